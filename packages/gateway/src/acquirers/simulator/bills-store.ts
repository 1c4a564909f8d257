import type { Pool } from "pg";

/** What the page of a bill shows. */
export interface BillView {
  readonly merchantName: string;
  readonly amount: string;
  readonly currency: string;
  readonly language: "en" | "ar";
}

export interface NewBill {
  readonly requestId: string;
  readonly billToken: string;
  readonly number: string;
  readonly method: string;
  readonly view: BillView;
}

export interface Bill extends NewBill {
  readonly state: "open" | "paid" | "closed";
}

interface BillRow {
  request_id: string;
  bill_token: string;
  number: string;
  method: string;
  view: BillView;
  state: Bill["state"];
}

/** Writes the bill down, unless this request has one already. */
export async function enterBill(pool: Pool, profileId: number, bill: NewBill): Promise<void> {
  await pool.query({
    name: "simulator-enter-bill",
    text: `insert into simulator_bill (profile_id, request_id, bill_token, number, method, view)
      values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
    values: [profileId, bill.requestId, bill.billToken, bill.number, bill.method, bill.view],
  });
}

/**
 * Writes a closed bill without content, so that none is written should its request still arrive;
 * nobody has its token. `false`: this request has a bill.
 */
export async function barBill(
  pool: Pool,
  profileId: number,
  { requestId, billToken }: Pick<NewBill, "requestId" | "billToken">,
): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: "simulator-bar-bill",
    text: `insert into simulator_bill (profile_id, request_id, bill_token, number, method, view, state)
      values ($1, $2, $3, '', '', '{}', 'closed') on conflict do nothing`,
    values: [profileId, requestId, billToken],
  });
  return rowCount === 1;
}

export async function findBill(
  pool: Pool,
  profileId: number,
  by: { readonly requestId: string } | { readonly billToken: string },
): Promise<Bill | undefined> {
  const [column, value] =
    "requestId" in by ? ["request_id", by.requestId] : ["bill_token", by.billToken];
  const { rows } = await pool.query<BillRow>({
    name: `simulator-find-bill-by-${column}`,
    text: `select request_id, bill_token, number, method, view, state from simulator_bill
      where profile_id = $1 and ${column} = $2`,
    values: [profileId, value],
  });
  const [row] = rows;
  return (
    row && {
      requestId: row.request_id,
      billToken: row.bill_token,
      number: row.number,
      method: row.method,
      view: row.view,
      state: row.state,
    }
  );
}

/** Pays or closes an open bill; `false` when it was no longer open. */
export async function moveBill(
  pool: Pool,
  profileId: number,
  requestId: string,
  to: "paid" | "closed",
): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: "simulator-move-bill",
    text: `update simulator_bill set state = $3
      where profile_id = $1 and request_id = $2 and state = 'open'`,
    values: [profileId, requestId, to],
  });
  return rowCount === 1;
}
