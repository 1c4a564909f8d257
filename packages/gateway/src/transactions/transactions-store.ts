import { type Currency, moneyOf } from "@wasl/protocol";
import type { Pool } from "pg";
import type { CardFacts } from "../acquirers/acquirer.ts";
import type { Queryable } from "../database/in-transaction.ts";
import type { Outcome, TransactionFacts } from "../responses/facts.ts";
import {
  type LiveWarning,
  type NewTransaction,
  type PaymentOptions,
  type Transaction,
  type TransactionState,
} from "./transaction.ts";

/** The facts that have no column of their own. */
type Details = Omit<
  TransactionFacts,
  | "profileId"
  | "tranRef"
  | "previousTranRef"
  | "tranType"
  | "originalTranType"
  | "tranClass"
  | "serviceId"
  | "cartId"
  | "cartDescription"
  | "amount"
  | "charged"
>;

interface TransactionRow {
  profile_id: number;
  tran_ref: string;
  page_token: string;
  trace: string;
  previous_tran_ref: string | null;
  tran_type: TransactionFacts["tranType"];
  original_tran_type: TransactionFacts["tranType"] | null;
  service_id: number;
  tran_class: string;
  cart_id: string;
  cart_description: string;
  currency: Currency;
  amount_minor: bigint;
  charged_minor: bigint | null;
  callback_url: string | null;
  return_url: string | null;
  return_using_get: boolean;
  language: "en" | "ar" | null;
  details: Details;
  live_warnings: LiveWarning[];
  options: PaymentOptions;
  state: TransactionState;
  created_at: Date;
  expires_at: Date;
  seconds_left: number;
  extensions: number;
  opened_at: Date | null;
  returned_at: Date | null;
  acquirer_request: string | null;
  challenge_url: string | null;
  seconds_away: number | null;
  inquiries: number;
  card: CardFacts | null;
  saves_card: string | null;
  outcome: Outcome | null;
  callback_delivery: string | null;
  captured_minor: bigint;
  released_minor: bigint;
  refunded_minor: bigint;
}

const columns = `profile_id, tran_ref, page_token, trace, tran_type, tran_class, cart_id,
  cart_description, currency, amount_minor, callback_url, return_url, return_using_get, language,
  details, live_warnings, state, created_at, expires_at, extensions, opened_at, returned_at,
  acquirer_request, challenge_url, inquiries, card, outcome, callback_delivery, previous_tran_ref,
  original_tran_type, service_id, charged_minor, captured_minor, released_minor, refunded_minor,
  options, saves_card, challenged_at,
  extract(epoch from expires_at - now())::float8 as seconds_left,
  extract(epoch from now() - challenged_at)::float8 as seconds_away`;

function toTransaction(row: TransactionRow): Transaction {
  return {
    facts: {
      profileId: row.profile_id,
      tranRef: row.tran_ref,
      ...(row.previous_tran_ref !== null && { previousTranRef: row.previous_tran_ref }),
      tranType: row.tran_type,
      ...(row.original_tran_type !== null && { originalTranType: row.original_tran_type }),
      tranClass: row.tran_class,
      serviceId: row.service_id,
      cartId: row.cart_id,
      cartDescription: row.cart_description,
      amount: moneyOf(row.amount_minor, row.currency),
      ...(row.charged_minor !== null && { charged: moneyOf(row.charged_minor, row.currency) }),
      ...row.details,
    },
    pageToken: row.page_token,
    trace: row.trace,
    callbackUrl: row.callback_url ?? undefined,
    returnUrl: row.return_url ?? undefined,
    returnUsingGet: row.return_using_get,
    language: row.language ?? undefined,
    liveWarnings: row.live_warnings,
    options: row.options,
    state: row.state,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    secondsLeft: row.seconds_left,
    extensions: row.extensions,
    openedAt: row.opened_at ?? undefined,
    returnedAt: row.returned_at ?? undefined,
    acquirerRequest: row.acquirer_request ?? undefined,
    challengeUrl: row.challenge_url ?? undefined,
    secondsAway: row.seconds_away ?? undefined,
    inquiries: row.inquiries,
    card: row.card ?? undefined,
    savesCard: row.saves_card ?? undefined,
    outcome: row.outcome ?? undefined,
    balances: {
      captured: row.captured_minor,
      released: row.released_minor,
      refunded: row.refunded_minor,
    },
    callbackDelivery: row.callback_delivery ?? undefined,
  };
}

export function detailsOf(facts: Details): Details {
  const { customer, paymentChannel, shipping, userDefined, customerRef } = facts;
  const { invoiceId, backPath, method } = facts;
  return {
    customer,
    paymentChannel,
    ...(shipping === undefined ? {} : { shipping }),
    ...(userDefined === undefined ? {} : { userDefined }),
    ...(customerRef === undefined ? {} : { customerRef }),
    ...(invoiceId === undefined ? {} : { invoiceId }),
    ...(backPath === undefined ? {} : { backPath }),
    ...(method === undefined ? {} : { method }),
  };
}

/** A new `tran_ref`: `TST`, year, day of the year, eight digits (protocol.md 3.2). */
export const newReference = `'TST' || to_char(now() at time zone 'utc', 'YYDDD')
  || lpad((nextval('tran_ref_number') % 100000000)::text, 8, '0')`;

/** Writes a new payment and its first line of history in one statement. */
export async function insertTransaction(
  connection: Queryable,
  created: NewTransaction,
): Promise<Transaction> {
  const insertion = await insertUnlessRepeated(connection, created, { windowS: 0 });
  if (insertion.kind === "created") return insertion.transaction;
  throw new Error("a transaction was refused as a repetition, although none was looked for");
}

export type Insertion =
  | { readonly kind: "created"; readonly transaction: Transaction }
  /** Nothing was written: the payment with this `tran_ref` is the same, and newer than the window. */
  | { readonly kind: "repeated"; readonly tranRef: string };

/** Something good for one payment of a profile, kept by somebody else. */
export interface UsedOnce {
  /** Tells this statement from those without it. */
  readonly name: string;
  /**
   * A CTE `used`, with one row if this is the first use by profile `$1`; none where the CTE `earlier`
   * names a payment that is repeated.
   */
  readonly cte: (parameter: string) => string;
  readonly value: Buffer;
}

export type InsertionOnce =
  | Insertion
  /** Nothing was written: an earlier payment used what this one uses. */
  | { readonly kind: "used_before" };

/**
 * A CTE `earlier` with the payment that this one would repeat (`repeats`), or null. Profile, cart,
 * currency and amount are parameters 1, 6, 8 and 9 of the statement, the window is the one named; 0
 * looks for none.
 */
export const earlierCte = (windowS: string): string => `earlier as materialized (
        select case when ${windowS}::integer > 0
          then recent_page($1, $6, $8, $9, ${windowS}) end as repeats)`;

/** The payment that one with these facts would repeat now; whoever inserts has to look again. */
export async function findRepeated(
  pool: Pool,
  facts: Pick<TransactionFacts, "profileId" | "cartId" | "amount">,
  windowS: number,
): Promise<string | undefined> {
  const { profileId, cartId, amount } = facts;
  const { rows } = await pool.query<{ repeats: string | null }>({
    name: "find-repeated",
    text: "select recent_page($1, $2, $3, $4, $5) as repeats",
    values: [profileId, cartId, amount.currency, amount.minor, windowS],
  });
  return rows[0]?.repeats ?? undefined;
}

/**
 * The same, unless the profile made a payment for the same cart, amount and currency in the last
 * seconds (protocol.md 4.1). Decided in the statement that inserts: of two at once, on whatever
 * nodes, one is created and the other one is told of it.
 *
 * @param windowS how far back, in seconds; 0 looks for none
 * @param uses what the payment uses up; without it none was used before
 */
export async function insertUnlessRepeated(
  connection: Queryable,
  created: NewTransaction,
  { windowS, uses }: { readonly windowS: number; readonly uses?: UsedOnce | undefined },
): Promise<InsertionOnce> {
  const { facts } = created;
  type Row = TransactionRow & { readonly repeats: string | null; readonly written: boolean };
  const { rows } = await connection.query<Row>({
    name: `insert-transaction${uses ? `-using-${uses.name}` : ""}`,
    text: `with ${earlierCte("$21")},
      ${uses === undefined ? "" : `${uses.cte("$22")},`}
      created as (
        insert into transaction (profile_id, tran_ref, page_token, trace, tran_type, tran_class,
          cart_id, cart_description, currency, amount_minor, callback_url, return_url,
          return_using_get, language, details, live_warnings, options, service_id, state, due_at,
          expires_at, ttl_minutes)
        select $1, ${newReference}, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,
          $18, $19, 'open', now() + make_interval(mins => $16::integer),
          now() + make_interval(mins => $16::integer), $16
        from ${uses === undefined ? "earlier" : "earlier cross join used"} where repeats is null
        returning ${columns}),
      history as (
        insert into transaction_event (profile_id, tran_ref, kind, actor, detail)
        select profile_id, tran_ref, 'requested', $20, $17 from created)
      select repeats, created.tran_ref is not null as written, ${columns}
      from earlier left join created on true`,
    values: [
      facts.profileId,
      created.pageToken,
      created.trace,
      facts.tranType,
      facts.tranClass,
      facts.cartId,
      facts.cartDescription,
      facts.amount.currency,
      facts.amount.minor,
      created.callbackUrl,
      created.returnUrl,
      created.returnUsingGet,
      created.language,
      detailsOf(facts),
      JSON.stringify(created.liveWarnings),
      created.ttlMinutes,
      { trace: created.trace },
      created.options,
      facts.serviceId,
      created.requestedBy ?? "merchant",
      windowS,
      ...(uses === undefined ? [] : [uses.value]),
    ],
  });
  const [row] = rows;
  if (row === undefined) throw new Error("the new transaction was not returned");
  if (row.repeats !== null) return { kind: "repeated", tranRef: row.repeats };
  if (!row.written) return { kind: "used_before" };
  return { kind: "created", transaction: toTransaction(row) };
}

export async function findByPageToken(
  pool: Pool,
  profileId: number,
  pageToken: string,
): Promise<Transaction | undefined> {
  const { rows } = await pool.query<TransactionRow>({
    name: "find-transaction-by-page-token",
    text: `select ${columns} from transaction where profile_id = $1 and page_token = $2`,
    values: [profileId, pageToken],
  });
  return rows[0] && toTransaction(rows[0]);
}

/** Reads a payment; with `asQuery` the merchant's question leaves a line of history too. */
export async function findByReference(
  pool: Pool,
  profileId: number,
  tranRef: string,
  { asQuery }: { readonly asQuery: boolean },
): Promise<Transaction | undefined> {
  const found = `select ${columns} from transaction where profile_id = $1 and tran_ref = $2`;
  const recorded = `with found as (${found}), history as (
      insert into transaction_event (profile_id, tran_ref, kind, actor, detail)
      select profile_id, tran_ref, 'queried', 'merchant', jsonb_build_object('state', state)
      from found)
    select ${columns} from found`;
  const { rows } = await pool.query<TransactionRow>({
    name: asQuery ? "query-transaction" : "find-transaction",
    text: asQuery ? recorded : found,
    values: [profileId, tranRef],
  });
  return rows[0] && toTransaction(rows[0]);
}

/** The cart's newest payments, newest first; each gets the question in its history. */
export async function queryByCart(
  pool: Pool,
  profileId: number,
  cartId: string,
  limit: number,
): Promise<Transaction[]> {
  const { rows } = await pool.query<TransactionRow>({
    name: "query-cart",
    text: `with found as (
        select ${columns} from transaction where profile_id = $1 and cart_id = $2
        order by created_at desc, tran_ref desc limit $3),
      history as (
        insert into transaction_event (profile_id, tran_ref, kind, actor, detail)
        select profile_id, tran_ref, 'queried', 'merchant', jsonb_build_object('state', state)
        from found)
      select ${columns} from found order by created_at desc, tran_ref desc`,
    values: [profileId, cartId, limit],
  });
  return rows.map(toTransaction);
}

export { columns as transactionColumns, toTransaction, type TransactionRow };
