import type { Pool } from "pg";
import type { ReceivedRequest } from "./receiver.ts";

/** What was committed held against what arrived. All lists are to be empty. */
export interface Ledger {
  readonly committed: number;
  readonly received: number;
  /** Requests that no attempt was recorded of: what was under way when a node died. */
  readonly unrecorded: number;
  readonly exhausted: number;
  /** Committed and never received. */
  readonly lost: readonly string[];
  /** Said to be committed by a node, and not there. */
  readonly forgotten: readonly string[];
  /** Received and never committed. */
  readonly invented: readonly string[];
  /** Received with other bytes, or another signature, than were committed. */
  readonly altered: readonly string[];
  /** Closed without an attempt that delivered it, and not given up either. */
  readonly unexplained: readonly string[];
  /** With a gap in the numbers of its attempts. */
  readonly gaps: readonly string[];
}

interface Row {
  readonly id: string;
  readonly body: string;
  readonly signature: string;
  readonly open: boolean;
  readonly exhausted: boolean;
  readonly attempts: number;
  readonly highest: number;
  readonly delivered: boolean;
}

/**
 * @param requests what came, at all receivers
 * @param lines what the nodes said; `committed <id>` means that COMMIT had returned
 */
export async function keepLedger(
  pool: Pool,
  requests: readonly ReceivedRequest[],
  lines: readonly string[],
): Promise<Ledger> {
  const rows = await committedRows(pool);
  const byId = new Map(rows.map((row) => [row.id, row]));
  const ids = new Set(requests.map(idOf));
  const said = lines.flatMap((line) => /^committed (\S+)$/.exec(line)?.slice(1) ?? []);
  const altered = requests.filter((request) => {
    const row = byId.get(idOf(request));
    const same = row?.body === request.body.toString() && row.signature === signatureOf(request);
    return row && !same;
  });
  const named = (wrong: (row: Row) => boolean) => rows.filter(wrong).map(({ id }) => id);
  return {
    committed: rows.length,
    received: requests.length,
    unrecorded: requests.length - rows.reduce((sum, { attempts }) => sum + attempts, 0),
    exhausted: rows.filter(({ exhausted }) => exhausted).length,
    lost: named(({ id }) => !ids.has(id)),
    forgotten: said.filter((id) => !byId.has(id)),
    invented: [...ids].filter((id) => !byId.has(id)),
    altered: altered.map(idOf),
    unexplained: named(({ open, exhausted, delivered }) => !open && !exhausted && !delivered),
    gaps: named(({ attempts, highest }) => attempts !== highest),
  };
}

const idOf = ({ headers }: ReceivedRequest) => headers["webhook-id"] ?? "";
const signatureOf = ({ headers }: ReceivedRequest) => headers["signature"] ?? "";

/** For `expect`: nothing was lost, invented or changed. */
export const balanced = {
  lost: [],
  forgotten: [],
  invented: [],
  altered: [],
  unexplained: [],
  gaps: [],
};

async function committedRows(pool: Pool): Promise<readonly Row[]> {
  const { rows } = await pool.query<Row>(
    `select d.delivery_id as id, convert_from(d.body, 'UTF8') as body,
       d.headers ->> 'Signature' as signature, q.delivery_id is not null as open,
       d.exhausted_at is not null as exhausted, count(a.number)::integer as attempts,
       coalesce(max(a.number), 0) as highest,
       coalesce(bool_or(a.verdict in ('ok', 'ok_not_200', 'ok_html')), false) as delivered
     from delivery d left join delivery_queue q using (profile_id, delivery_id)
     left join delivery_attempt a using (profile_id, delivery_id)
     group by d.profile_id, d.delivery_id, q.delivery_id`,
  );
  return rows;
}

/** One line for people. */
export function summary({ committed, received, unrecorded, exhausted, lost }: Ledger): string {
  return (
    `${committed} committed, ${received} received, ${unrecorded} of these repeated, ` +
    `${exhausted} exhausted, ${lost.length} lost`
  );
}
