import type { AttemptRecord, AttemptTimings, DeliveryRecord, DeliveryState } from "./delivery.ts";
import type { DeliveryPurpose } from "./delivery.ts";
import type { Database } from "./queue-store.ts";
import type { VerdictCode } from "./verdicts.ts";

interface DeliveryRow {
  delivery_id: string;
  purpose: DeliveryPurpose;
  url: string;
  content_type: string;
  headers: Record<string, string>;
  body: Buffer;
  state: DeliveryState;
  created_at: Date;
  due_at: Date;
  settled_at: Date | null;
  rests_until: Date | null;
}

interface AttemptRow {
  delivery_id: string;
  number: number;
  started_at: Date;
  dns_ms: number | null;
  connect_ms: number | null;
  tls_ms: number | null;
  first_byte_ms: number | null;
  total_ms: number;
  address: string | null;
  http_status: number | null;
  verdict: VerdictCode;
  detail: string;
  answer_headers: Record<string, string>;
  answer: Buffer;
}

/**
 * The deliveries of one profile about one subject with their attempts, oldest first.
 *
 * @example
 * const [callback] = await deliveriesOf(pool, 45001, "TST2609100000101");
 * callback?.attempts[0]?.verdict; // "ok"
 */
export async function deliveriesOf(
  database: Database,
  profileId: number,
  subject: string,
): Promise<readonly DeliveryRecord[]> {
  const deliveries = await database.query<DeliveryRow>(
    `select d.delivery_id, d.purpose, d.url, d.content_type, d.headers, d.body, d.created_at,
       greatest(q.due_at, l.rests_until, case when q is null then d.created_at end) as due_at,
       l.rests_until,
       coalesce(q.state, case when d.exhausted_at is null then 'delivered' else 'exhausted' end)
         as state,
       case when q.state is null then coalesce(d.exhausted_at, last.ended_at) end as settled_at
     from delivery d left join delivery_queue q using (profile_id, delivery_id)
     left join lane l on l.profile_id = q.profile_id and l.lane_id = q.lane_id
     left join lateral (
       select a.started_at + a.total_ms * interval '1 millisecond' as ended_at
       from delivery_attempt a
       where a.profile_id = d.profile_id and a.delivery_id = d.delivery_id
       order by a.number desc limit 1) last on true
     where d.profile_id = $1 and d.subject = $2
     order by d.created_at, d.delivery_id`,
    [profileId, subject],
  );
  const attempts = await database.query<AttemptRow>(
    `select delivery_id, number, started_at, dns_ms, connect_ms, tls_ms, first_byte_ms, total_ms,
       address, http_status, verdict, detail, answer_headers, answer
     from delivery_attempt
     where profile_id = $1 and delivery_id = any ($2::uuid[])
     order by delivery_id, number`,
    [profileId, deliveries.rows.map((row) => row.delivery_id)],
  );
  return deliveries.rows.map((row) => {
    const own = attempts.rows.filter((attempt) => attempt.delivery_id === row.delivery_id);
    return deliveryRecord(row, own.map(attemptRecord));
  });
}

function deliveryRecord(row: DeliveryRow, attempts: readonly AttemptRecord[]): DeliveryRecord {
  return {
    id: row.delivery_id,
    purpose: row.purpose,
    url: row.url,
    contentType: row.content_type,
    headers: row.headers,
    body: row.body,
    state: row.state,
    createdAt: row.created_at,
    dueAt: row.due_at,
    settledAt: row.settled_at ?? undefined,
    restsUntil: row.rests_until ?? undefined,
    attempts,
  };
}

function attemptRecord(row: AttemptRow): AttemptRecord {
  return {
    number: row.number,
    startedAt: row.started_at,
    timings: timingsOf(row),
    address: row.address ?? undefined,
    httpStatus: row.http_status ?? undefined,
    verdict: row.verdict,
    detail: row.detail,
    answerHeaders: row.answer_headers,
    answer: row.answer,
  };
}

function timingsOf(row: AttemptRow): AttemptTimings {
  return {
    ...(row.dns_ms !== null && { dnsMs: row.dns_ms }),
    ...(row.connect_ms !== null && { connectMs: row.connect_ms }),
    ...(row.tls_ms !== null && { tlsMs: row.tls_ms }),
    ...(row.first_byte_ms !== null && { firstByteMs: row.first_byte_ms }),
    totalMs: row.total_ms,
  };
}
