import { type Currency, type Money, moneyOf, type StatusLetter } from "@wasl/protocol";
import type { Pool } from "pg";
import type { CardFacts } from "../acquirers/acquirer.ts";
import type { TransactionFacts } from "../responses/facts.ts";
import type { FollowUpPlan } from "./follow-up.ts";
import type { Balances, Transaction } from "./transaction.ts";
import {
  detailsOf,
  newReference,
  toTransaction,
  transactionColumns,
  type TransactionRow,
} from "./transactions-store.ts";

export interface NewFollowUp extends Pick<FollowUpPlan, "tranType" | "originalTranType"> {
  readonly facts: Omit<
    TransactionFacts,
    "tranRef" | "tranType" | "originalTranType" | "previousTranRef"
  >;
  readonly previousTranRef: string;
  /** `undefined`: nothing is taken, so nothing is guarded. */
  readonly reserves: keyof Balances | undefined;
  readonly pageToken: string;
  readonly trace: string;
  readonly callbackUrl: string | undefined;
  readonly liveWarnings: Transaction["liveWarnings"];
  readonly acquirer: string;
  readonly requestId: string;
  readonly card: CardFacts | undefined;
  /** When a recovery job may ask the acquirer, should no answer be written by then. */
  readonly recoverAfterMs: number;
}

/** As much of a transaction's follow-ups as anybody reads. */
const followUpsMax = 500;

/** A follow-up as its original's history shows it. */
export interface FollowUpState {
  readonly tranRef: string;
  readonly amount: Money;
  /** The balance of the original that its amount was taken from, if from any. */
  readonly reserves: keyof Balances | undefined;
  /** `undefined` while nobody knows what became of it. */
  readonly status: StatusLetter | undefined;
}

/** What followed a transaction, and what has become of it. */
export async function followUpsOf(
  pool: Pool,
  { profileId, tranRef }: { readonly profileId: number; readonly tranRef: string },
): Promise<FollowUpState[]> {
  const { rows } = await pool.query<{
    tran_ref: string;
    amount_minor: bigint;
    currency: Currency;
    reserves: keyof Balances | null;
    status: StatusLetter | null;
  }>({
    name: "follow-ups-of",
    text: `select tran_ref, amount_minor, currency, reserves, outcome ->> 'status' as status
      from transaction where profile_id = $1 and previous_tran_ref = $2
      order by created_at desc limit $3`,
    values: [profileId, tranRef, followUpsMax],
  });
  return rows.map((row) => ({
    tranRef: row.tran_ref,
    amount: moneyOf(row.amount_minor, row.currency),
    reserves: row.reserves ?? undefined,
    status: row.status ?? undefined,
  }));
}

/** The reservation of each balance: only what is there, only of an authorised transaction. */
const reservations: Readonly<Record<keyof Balances, string>> = {
  captured: reservation("captured_minor", "captured_minor + released_minor"),
  released: reservation("released_minor", "captured_minor + released_minor"),
  refunded: reservation("refunded_minor", "refunded_minor"),
};

function reservation(column: string, taken: string): string {
  return `update transaction set ${column} = ${column} + $9
    where profile_id = $1 and tran_ref = $2 and outcome ->> 'status' = 'A' and currency = $8
      and ${taken} + $9 <= coalesce(charged_minor, amount_minor)
    returning profile_id`;
}

const nothingToReserve = `select profile_id from transaction
  where profile_id = $1 and tran_ref = $2 and currency = $8 and $9::bigint > 0`;

/**
 * Writes a follow-up, as a transaction that the acquirer is being asked about, together with the
 * reservation of its amount and both lines of history. `undefined`: the balance no longer allows it.
 */
export async function startFollowUp(
  pool: Pool,
  created: NewFollowUp,
): Promise<Transaction | undefined> {
  const { facts, reserves } = created;
  const { rows } = await pool.query<TransactionRow>({
    name: `start-follow-up-${reserves ?? "free"}`,
    text: `with original as (${reserves ? reservations[reserves] : nothingToReserve}),
      created as (
        insert into transaction (profile_id, previous_tran_ref, tran_ref, page_token, trace,
          tran_type, original_tran_type, tran_class, cart_id, cart_description, currency,
          amount_minor, callback_url, return_using_get, details, live_warnings, service_id,
          reserves, state, due_at, expires_at, ttl_minutes, acquirer, acquirer_request, card)
        select profile_id, $2, ${newReference}, $3, $4, $5, $6, $7, $10, $11, $8, $9, $12, false,
          $13, $14, $15, $16, 'authorising', now() + make_interval(secs => $17::float8 / 1000),
          now(), 0, $18, $19, $20
        from original
        returning *),
      history as (
        insert into transaction_event (profile_id, tran_ref, kind, actor, detail)
        select profile_id, tran_ref, 'requested', 'merchant', jsonb_build_object('trace', trace)
        from created),
      noted as (
        insert into transaction_event (profile_id, tran_ref, kind, actor, detail)
        select profile_id, previous_tran_ref, 'followed_up', 'merchant',
          jsonb_build_object('tranRef', tran_ref, 'tranType', tran_type)
        from created)
      select ${transactionColumns} from created`,
    values: [
      facts.profileId,
      created.previousTranRef,
      created.pageToken,
      created.trace,
      created.tranType,
      created.originalTranType,
      facts.tranClass,
      facts.amount.currency,
      facts.amount.minor,
      facts.cartId,
      facts.cartDescription,
      created.callbackUrl,
      detailsOf(facts),
      JSON.stringify(created.liveWarnings),
      facts.serviceId,
      reserves,
      created.recoverAfterMs,
      created.acquirer,
      created.requestId,
      created.card,
    ],
  });
  return rows[0] && toTransaction(rows[0]);
}
