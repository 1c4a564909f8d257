import { type Currency, moneyOf } from "@wasl/protocol";
import type { Pool } from "pg";
import type { CardFacts } from "../acquirers/acquirer.ts";
import { enqueueCtes } from "../deliveries/enqueue.ts";
import type { Outcome, TransactionFacts } from "../responses/facts.ts";
import { keptCardCte, type KeptCardEnd, keptCardValues } from "./tokens-store.ts";
import {
  type LiveWarning,
  type NewTransaction,
  type PaymentOptions,
  statesAllowing,
  type Transaction,
  type TransactionEvent,
  type TransactionState,
  type TransactionStep,
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
  options, saves_card,
  extract(epoch from expires_at - now())::float8 as seconds_left`;

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
  return {
    customer,
    paymentChannel,
    ...(shipping === undefined ? {} : { shipping }),
    ...(userDefined === undefined ? {} : { userDefined }),
    ...(customerRef === undefined ? {} : { customerRef }),
  };
}

/** A new `tran_ref`: `TST`, year, day of the year, eight digits (protocol.md 3.2). */
export const newReference = `'TST' || to_char(now() at time zone 'utc', 'YYDDD')
  || lpad((nextval('tran_ref_number') % 100000000)::text, 8, '0')`;

/** Writes a new payment and its first line of history in one statement. */
export async function insertTransaction(pool: Pool, created: NewTransaction): Promise<Transaction> {
  const { facts } = created;
  const { rows } = await pool.query<TransactionRow>({
    name: "insert-transaction",
    text: `with created as (
        insert into transaction (profile_id, tran_ref, page_token, trace, tran_type, tran_class,
          cart_id, cart_description, currency, amount_minor, callback_url, return_url,
          return_using_get, language, details, live_warnings, options, service_id, state, due_at,
          expires_at, ttl_minutes)
        values ($1, ${newReference}, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $18, $19,
          'open', now() + make_interval(mins => $16::integer),
          now() + make_interval(mins => $16::integer), $16)
        returning ${columns}),
      history as (
        insert into transaction_event (profile_id, tran_ref, kind, actor, detail)
        select profile_id, tran_ref, 'requested', 'merchant', $17 from created)
      select ${columns} from created`,
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
    ],
  });
  const [row] = rows;
  if (row === undefined) throw new Error("the new transaction was not returned");
  return toTransaction(row);
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

/** What a completion writes, beside the outcome itself. */
export interface CompletionRow {
  readonly profileId: number;
  readonly tranRef: string;
  readonly step: TransactionStep;
  /** Lines of history, oldest first. */
  readonly events: readonly Pick<TransactionEvent, "kind" | "actor" | "detail">[];
  readonly outcome: Outcome;
  readonly customer: TransactionFacts["customer"];
  readonly callbackDelivery: string | undefined;
  /** With step `await`: where the bill can be paid in a browser. */
  readonly payUrl: string | undefined;
  /** From `enqueueParameter`. */
  readonly deliveries: string;
  /** It follows another transaction, which gets back what was reserved unless this is authorised. */
  readonly followUp: boolean;
  /** What becomes of the card this payment keeps in the vault, if it keeps one. */
  readonly keptCard: KeptCardEnd | undefined;
}

/** The acquirer is asked soon whether the bill is paid. */
const awaiting = "state = 'awaiting', due_at = now() + interval '3 seconds', challenge_url = $9";

/** Frees what a follow-up had reserved that the acquirer refused. */
const givenBack = ["captured", "released", "refunded"].map(
  (balance) => `${balance}_minor = original.${balance}_minor
    - case when done.reserves = '${balance}' then done.amount_minor else 0 end`,
);

const giveBack = `given_back as (
        update transaction original set ${givenBack.join(", ")}
        from done
        where $4::jsonb ->> 'status' <> 'A' and done.reserves is not null
          and original.profile_id = done.profile_id and original.tran_ref = done.previous_tran_ref),`;

/** How one statement that writes an outcome differs from another; its values begin at `$9`. */
interface Ending {
  /** Tells the texts apart. */
  readonly name: string;
  readonly set: string;
  /** A CTE with a comma behind it, or nothing. */
  readonly also: string;
  readonly values: readonly unknown[];
}

const completed = "state = 'completed', completed_at = now()";

/** One of these at most: a bill keeps no card and follows nothing, a follow-up keeps no card. */
function endingOf({ step, payUrl, followUp, keptCard }: CompletionRow): Ending {
  if (step === "await") return { name: "await", set: awaiting, also: "", values: [payUrl] };
  if (followUp) return { name: "follow-up", set: completed, also: giveBack, values: [] };
  if (keptCard === undefined) return { name: "payment", set: completed, also: "", values: [] };
  return {
    name: keptCard.kind,
    set: completed,
    also: `${keptCardCte(keptCard, "done", "$9")},`,
    values: keptCardValues(keptCard),
  };
}

/**
 * Writes the outcome, its history and its deliveries in one statement, so together or not at all.
 *
 * @returns whether this call wrote the outcome; `false` when the payment had moved on
 */
export async function writeOutcome(pool: Pool, completion: CompletionRow): Promise<boolean> {
  const ending = endingOf(completion);
  const { rows } = await pool.query<{ done: bigint }>({
    name: `write-outcome-${ending.name}`,
    text: `with done as (
        update transaction set outcome = $4, callback_delivery = $5,
          ${ending.set},
          details = jsonb_set(details, '{customer}', $6)
        where profile_id = $1 and tran_ref = $2 and state = any($3)
        returning profile_id, tran_ref, previous_tran_ref, reserves, amount_minor, saves_card),
      ${ending.also}
      history as (
        insert into transaction_event (profile_id, tran_ref, kind, actor, detail)
        select profile_id, tran_ref, kind, actor, detail
        from done, rows from (json_to_recordset($7::json)
          as (kind text, actor text, detail jsonb)) with ordinality as e (kind, actor, detail, place)
        order by place),
      ${enqueueCtes("done", "$8")}
      select count(*) as done from done`,
    values: [
      completion.profileId,
      completion.tranRef,
      statesAllowing(completion.step),
      completion.outcome,
      completion.callbackDelivery,
      completion.customer,
      JSON.stringify(completion.events),
      completion.deliveries,
      ...ending.values,
    ],
  });
  return rows[0]?.done === 1n;
}

export { columns as transactionColumns, toTransaction, type TransactionRow };
