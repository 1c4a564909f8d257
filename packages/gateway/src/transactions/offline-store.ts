import type { Pool } from "pg";
import type { ContactDetails } from "../responses/facts.ts";
import { statesAllowing, type Transaction } from "./transaction.ts";
import {
  newReference,
  toTransaction,
  transactionColumns,
  type TransactionRow,
} from "./transactions-store.ts";

/** How long a bill can be paid, in minutes (protocol.md 9.2). */
export const billMinutes = 180;

/** Step `submit` for a bill: `false` when another submission was first, or it is too late. */
export async function startBill(
  pool: Pool,
  { profileId, tranRef }: { readonly profileId: number; readonly tranRef: string },
  start: {
    readonly acquirer: string;
    readonly requestId: string;
    readonly customer: ContactDetails;
    readonly recoverAfterMs: number;
    readonly method: string;
  },
): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: "start-bill",
    text: `with changed as (
        update transaction set state = 'authorising', tran_type = 'Payment Request',
          acquirer = $4, acquirer_request = $5, details = jsonb_set(details, '{customer}', $6),
          due_at = now() + make_interval(secs => $7::float8 / 1000),
          expires_at = now() + make_interval(mins => ${billMinutes})
        where profile_id = $1 and tran_ref = $2 and state = any($3) and expires_at > now()
        returning profile_id, tran_ref),
      history as (
        insert into transaction_event (profile_id, tran_ref, kind, actor, detail)
        select profile_id, tran_ref, 'bill_asked', 'shopper', jsonb_build_object('method', $8::text)
        from changed)
      select from changed`,
    values: [
      profileId,
      tranRef,
      statesAllowing("submit"),
      start.acquirer,
      start.requestId,
      start.customer,
      start.recoverAfterMs,
      start.method,
    ],
  });
  return rowCount === 1;
}

/**
 * Step `settle`: ends the request and writes the sale that follows it, still without its outcome, so
 * that a crash right after leaves a transaction the acquirer can be asked about.
 *
 * @returns the sale; `undefined` when the request had ended already
 */
export async function settleBill(
  pool: Pool,
  { facts }: Transaction,
  sale: {
    readonly pageToken: string;
    readonly trace: string;
    readonly paymentChannel: string;
    readonly recoverAfterMs: number;
  },
): Promise<Transaction | undefined> {
  const { rows } = await pool.query<TransactionRow>({
    name: "settle-bill",
    text: `with request as (
        update transaction set state = 'completed', completed_at = now()
        where profile_id = $1 and tran_ref = $2 and state = any($3)
        returning *),
      created as (
        insert into transaction (profile_id, previous_tran_ref, tran_ref, page_token, trace,
          tran_type, tran_class, cart_id, cart_description, currency, amount_minor, charged_minor,
          callback_url, return_using_get, details, live_warnings, service_id, state, due_at,
          expires_at, ttl_minutes, acquirer, acquirer_request)
        select profile_id, tran_ref, ${newReference}, $4, $5, 'Sale', tran_class, cart_id,
          cart_description, currency, amount_minor, charged_minor, callback_url, false,
          details || jsonb_build_object('paymentChannel', $6::text), live_warnings, 1,
          'authorising', now() + make_interval(secs => $7::float8 / 1000), now(), 0, acquirer,
          acquirer_request
        from request
        returning *),
      history as (
        insert into transaction_event (profile_id, tran_ref, kind, actor, detail)
        select profile_id, tran_ref, 'requested', 'acquirer', '{}'::jsonb from created
        union all
        select profile_id, previous_tran_ref, 'settled', 'acquirer',
          jsonb_build_object('tranRef', tran_ref)
        from created)
      select ${transactionColumns} from created`,
    values: [
      facts.profileId,
      facts.tranRef,
      statesAllowing("settle"),
      sale.pageToken,
      sale.trace,
      sale.paymentChannel,
      sale.recoverAfterMs,
    ],
  });
  return rows[0] && toTransaction(rows[0]);
}

/** The sale that says that the bill of a request was paid; `undefined` while there is none. */
export async function findSettlement(
  pool: Pool,
  { profileId, tranRef }: { readonly profileId: number; readonly tranRef: string },
): Promise<Transaction | undefined> {
  const { rows } = await pool.query<TransactionRow>({
    name: "find-settlement",
    text: `select ${transactionColumns} from transaction
      where profile_id = $1 and previous_tran_ref = $2 and tran_type = 'Sale'`,
    values: [profileId, tranRef],
  });
  return rows[0] && toTransaction(rows[0]);
}

/** The bill is not paid yet: when to ask again. Leaves no line of history, since it is the rule. */
export async function postponeBill(
  pool: Pool,
  { profileId, tranRef }: { readonly profileId: number; readonly tranRef: string },
  afterMs: number,
): Promise<void> {
  await pool.query({
    name: "postpone-bill",
    text: `update transaction set due_at = now() + make_interval(secs => $3::float8 / 1000)
      where profile_id = $1 and tran_ref = $2 and state = any($4)`,
    values: [profileId, tranRef, afterMs, statesAllowing("settle")],
  });
}
