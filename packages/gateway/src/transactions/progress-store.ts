import { formatAmount, type Money } from "@wasl/protocol";
import type { Pool } from "pg";
import type { CardFacts } from "../acquirers/acquirer.ts";
import type { ContactDetails } from "../responses/facts.ts";
import type { SealedCard } from "../vault/envelope.ts";
import { keepCardCte, sealedParameter } from "../vault/vault-store.ts";
import {
  type Actor,
  type EventKind,
  statesAllowing,
  type Transaction,
  type TransactionEvent,
  type TransactionState,
  type TransactionStep,
} from "./transaction.ts";
import { toTransaction, transactionColumns, type TransactionRow } from "./transactions-store.ts";

interface Key {
  readonly profileId: number;
  readonly tranRef: string;
}

/** An UPDATE of one payment with the line of history that belongs to it, in one statement. */
async function change(
  pool: Pool,
  key: Key,
  update: {
    readonly name: string;
    readonly set: string;
    readonly where: string;
    /** A CTE more, that reads `changed`. */
    readonly also?: string;
  },
  event: { readonly kind: EventKind; readonly actor: Actor; readonly detail?: object },
  values: readonly unknown[] = [],
): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: update.name,
    text: `with changed as (
        update transaction set ${update.set}
        where profile_id = $1 and tran_ref = $2 and ${update.where}
        returning profile_id, tran_ref),
      history as (
        insert into transaction_event (profile_id, tran_ref, kind, actor, detail)
        select profile_id, tran_ref, $3, $4, $5 from changed)
      ${update.also === undefined ? "" : `, ${update.also}`}
      select from changed`,
    values: [key.profileId, key.tranRef, event.kind, event.actor, event.detail ?? {}, ...values],
  });
  return rowCount === 1;
}

/** The state table's guard as SQL. */
function inStates(step: TransactionStep): string {
  return `state in (${statesAllowing(step)
    .map((state) => `'${state}'`)
    .join(", ")})`;
}

export function recordOpened(pool: Pool, key: Key, detail: object): Promise<boolean> {
  return change(
    pool,
    key,
    { name: "record-opened", set: "opened_at = now()", where: "opened_at is null" },
    { kind: "page_opened", actor: "shopper", detail },
  );
}

export interface StartOfAuthorisation {
  readonly acquirer: string;
  readonly requestId: string;
  readonly card: CardFacts;
  readonly customer: ContactDetails;
  /** What the shopper added; absent: as it was requested. */
  readonly shipping: ContactDetails | undefined;
  /** What the shopper chose, or what was asked for. */
  readonly amount: Money;
  /** What is charged, where a discount makes it less than the amount. */
  readonly charged: Money | undefined;
  /** When a recovery job may ask the acquirer, should no answer be written by then. */
  readonly recoverAfterMs: number;
  /** The card that is to get a token; it is in the vault before the acquirer is asked. */
  readonly keeps: SealedCard | undefined;
}

/** Step `submit`: the one submission that gets the payment. `false`: another did, or too late. */
export function startAuthorisation(
  pool: Pool,
  key: Key,
  start: StartOfAuthorisation,
): Promise<boolean> {
  const { keeps } = start;
  return change(
    pool,
    key,
    {
      name: keeps === undefined ? "start-authorisation" : "start-authorisation-keeping-card",
      set: `state = 'authorising', acquirer = $6, acquirer_request = $7, card = $8,
        details = details || $9::jsonb,
        due_at = now() + make_interval(secs => $10::float8 / 1000),
        asked_minor = nullif(amount_minor, $11), amount_minor = $11, charged_minor = $12
        ${keeps === undefined ? "" : ", saves_card = $13"}`,
      where: `${inStates("submit")} and expires_at > now()`,
      ...(keeps === undefined ? {} : { also: keepCardCte("changed", "$14") }),
    },
    { kind: "card_submitted", actor: "shopper", detail: submissionDetail(start) },
    [
      start.acquirer,
      start.requestId,
      start.card,
      { customer: start.customer, ...(start.shipping && { shipping: start.shipping }) },
      start.recoverAfterMs,
      start.amount.minor,
      start.charged?.minor,
      ...(keeps === undefined ? [] : [keeps.cardId, sealedParameter(keeps)]),
    ],
  );
}

/** What the history says of a submitted card. */
export function submissionDetail({
  card,
  charged,
}: Pick<StartOfAuthorisation, "card" | "charged">): object {
  return { card: card.description, ...(charged && { charged: formatAmount(charged) }) };
}

/**
 * Step `challenge`: the shopper goes to the issuer, or to the provider of this method. The acquirer
 * is asked after `askAfterMs` whether they were there, should they not come back.
 */
export function startChallenge(
  pool: Pool,
  key: Key,
  challenge: {
    readonly url: string;
    readonly method: string | undefined;
    readonly askAfterMs: number;
  },
): Promise<boolean> {
  const { method } = challenge;
  return change(
    pool,
    key,
    {
      name: "start-challenge",
      set: `state = 'challenging', challenge_url = $6, challenged_at = now(),
        due_at = now() + make_interval(secs => $7::float8 / 1000)`,
      where: inStates("challenge"),
    },
    method === undefined
      ? { kind: "challenged", actor: "acquirer" }
      : { kind: "sent_to_provider", actor: "acquirer", detail: { method } },
    [challenge.url, challenge.askAfterMs],
  );
}

/**
 * The shopper is still away: when to ask again. Leaves no line of history, since it is the rule, and
 * nothing where they are back meanwhile.
 */
export async function postponeAway(pool: Pool, key: Key, afterMs: number): Promise<void> {
  await pool.query({
    name: "postpone-away",
    text: `update transaction set due_at = now() + make_interval(secs => $3::float8 / 1000)
      where profile_id = $1 and tran_ref = $2 and ${inStates("leave")}`,
    values: [key.profileId, key.tranRef, afterMs],
  });
}

/**
 * Step `leave`: the shopper is back, and the acquirer did not say how it went. Nobody is led to that
 * page again, unless the acquirer says that it is not finished.
 */
export function recordLeft(pool: Pool, key: Key, afterMs: number): Promise<boolean> {
  return change(
    pool,
    key,
    {
      name: "record-left",
      set: "state = 'authorising', due_at = now() + make_interval(secs => $6::float8 / 1000)",
      where: inStates("leave"),
    },
    { kind: "unanswered", actor: "gateway", detail: { askAgainAfterMs: afterMs } },
    [afterMs],
  );
}

/**
 * Step `challenge` again, of a payment that was left too early: the acquirer says that the shopper
 * has not finished at that page. Their time there goes on counting from when they went.
 */
export function recordStillAway(pool: Pool, key: Key, afterMs: number): Promise<boolean> {
  return change(
    pool,
    key,
    {
      name: "record-still-away",
      set: "state = 'challenging', due_at = now() + make_interval(secs => $6::float8 / 1000)",
      where: `${inStates("challenge")} and challenge_url is not null`,
    },
    { kind: "still_away", actor: "acquirer" },
    [afterMs],
  );
}

/** The acquirer gave no answer: the payment stays as it is and is looked at again later. */
export function recordUnanswered(
  pool: Pool,
  key: Key,
  again: { readonly kind: "unanswered" | "inquired"; readonly afterMs: number },
): Promise<boolean> {
  return change(
    pool,
    key,
    {
      name: "record-unanswered",
      set: `inquiries = inquiries + $6,
        due_at = now() + make_interval(secs => $7::float8 / 1000)`,
      where: inStates("answer"),
    },
    { kind: again.kind, actor: "gateway", detail: { askAgainAfterMs: again.afterMs } },
    [again.kind === "inquired" ? 1 : 0, again.afterMs],
  );
}

/** The page's whole time again, counted from now, but no more than the bound at once. */
const extended =
  "greatest(expires_at, now() + make_interval(mins => least(ttl_minutes, $6::integer)))";

/** Gives the shopper more time on the page; `false` when it is over or was extended too often. */
export function extendTime(
  pool: Pool,
  key: Key,
  { minutesMax, extensionsMax }: { readonly minutesMax: number; readonly extensionsMax: number },
): Promise<boolean> {
  return change(
    pool,
    key,
    {
      name: "extend-time",
      set: `expires_at = ${extended}, due_at = ${extended}, extensions = extensions + 1`,
      where: `${inStates("expire")} and expires_at > now() and extensions < $7`,
    },
    { kind: "time_extended", actor: "shopper" },
    [minutesMax, extensionsMax],
  );
}

export function recordReturned(pool: Pool, key: Key, detail: object): Promise<boolean> {
  return change(
    pool,
    key,
    { name: "record-returned", set: "returned_at = now()", where: "returned_at is null" },
    { kind: "return_handed_over", actor: "shopper", detail },
  );
}

/**
 * Takes unfinished payments in these states whose time has come, and keeps other nodes off them for
 * a while: `holdMs`, which this node has for them before another may take them.
 */
export async function claimDue(
  pool: Pool,
  states: readonly TransactionState[],
  { limit, holdMs }: { readonly limit: number; readonly holdMs: number },
): Promise<Transaction[]> {
  const { rows } = await pool.query<TransactionRow>({
    name: "claim-due",
    text: `with due as materialized (
        select profile_id, tran_ref from transaction
        where state <> 'completed' and state = any($3) and due_at <= now()
        order by due_at limit $1 for update skip locked),
      held as (
        update transaction set due_at = now() + make_interval(secs => $2::float8 / 1000)
        where (profile_id, tran_ref) in (select profile_id, tran_ref from due)
        returning *)
      select ${transactionColumns} from held`,
    values: [limit, holdMs, states],
  });
  return rows.map(toTransaction);
}

/** As much of a history as anybody reads; a shop may query without end. */
const eventsMax = 500;

/** A payment's history, oldest first. */
export async function eventsOf(pool: Pool, key: Key): Promise<TransactionEvent[]> {
  const { rows } = await pool.query<TransactionEvent>({
    name: "events-of",
    text: `select at, kind, actor, detail from transaction_event
      where profile_id = $1 and tran_ref = $2 order by event_id limit $3`,
    values: [key.profileId, key.tranRef, eventsMax],
  });
  return rows;
}
