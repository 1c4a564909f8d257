import { formatAmount, statuses } from "@wasl/protocol";
import type { AttemptRecord, DeliveryRecord } from "../deliveries/delivery.ts";
import { type VerdictCode, verdicts } from "../deliveries/verdicts.ts";
import type { FollowUpState } from "../transactions/follow-ups-store.ts";
import type { LiveWarning, Transaction, TransactionEvent } from "../transactions/transaction.ts";
import type { InboxMessage } from "./inbox.ts";
import {
  attemptText,
  eventText,
  followUpText,
  laneRests,
  notConfigured,
} from "./timeline-words.ts";

export type Channel =
  | "api"
  | "shopper"
  | "acquirer"
  | "callback"
  | "ipn"
  | "mail"
  | "return"
  | "query"
  | "gateway";

/** One thing that happened to a payment. */
export interface TimelineEntry {
  /** ISO 8601, UTC, with milliseconds. */
  readonly at: string;
  /** Counted from the payment's creation. */
  readonly offsetMs: number;
  readonly channel: Channel;
  readonly kind: string;
  /** One plain sentence. */
  readonly text: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface CallbackSummary {
  readonly configured: boolean;
  readonly url: string | null;
  readonly delivered: boolean;
  /** `null` until an attempt has come to an end. */
  readonly verdict: VerdictCode | null;
  /** Until when nothing is sent, since the server has failed too often. */
  readonly restsUntil: string | null;
  readonly sentence: string | null;
  readonly fix: string | null;
  readonly attempts: number;
  readonly nextTryAt: string | null;
}

export interface ReturnSummary {
  readonly configured: boolean;
  readonly url: string | null;
  /** Whether the shopper's browser was given what it is to take to the shop. */
  readonly handedOver: boolean;
  readonly way: "post" | "get" | "none" | "message" | null;
  readonly handedOverAt: string | null;
}

export interface TimelineSummary {
  readonly tranRef: string;
  readonly cartId: string;
  readonly amount: string;
  readonly currency: string;
  readonly state: Transaction["state"];
  readonly outcome: {
    readonly status: string;
    readonly word: string;
    readonly code: string;
    readonly message: string;
  } | null;
  /** Rules of live gateways that this payment breaks. */
  readonly warnings: readonly LiveWarning[];
  readonly callback: CallbackSummary;
  readonly return: ReturnSummary;
}

export interface Timeline {
  readonly summary: TimelineSummary;
  readonly entries: readonly TimelineEntry[];
}

/** Everything that is written down about a payment. */
export interface PaymentRecords {
  readonly transaction: Transaction;
  readonly events: readonly TransactionEvent[];
  readonly followUps: readonly FollowUpState[];
  readonly deliveries: readonly DeliveryRecord[];
  /** What the built-in inbox got; empty when the addresses lead elsewhere. */
  readonly messages: readonly InboxMessage[];
}

interface Moment extends Omit<TimelineEntry, "at" | "offsetMs"> {
  readonly at: Date;
}

/**
 * All that happened to a payment, in order, and what it amounts to.
 *
 * @example buildTimeline(records).entries[0] // { offsetMs: 1, channel: "api", kind: "requested", … }
 */
export function buildTimeline(records: PaymentRecords): Timeline {
  const { transaction, events, deliveries, messages } = records;
  const moments = [
    ...events.map((event) => eventMoment(event, records)),
    ...deliveries.flatMap((delivery) => deliveryMoments(delivery, decidedAt(events, delivery))),
    ...messages.filter(({ kind }) => kind === "return").map(returnMoment),
  ];
  const start = transaction.createdAt.getTime();
  return {
    summary: summaryOf(records),
    entries: moments
      .toSorted((a, b) => a.at.getTime() - b.at.getTime())
      .map(({ at, ...moment }) => ({
        at: at.toISOString(),
        offsetMs: at.getTime() - start,
        ...moment,
      })),
  };
}

const channels: Readonly<Record<TransactionEvent["kind"], Channel>> = {
  requested: "api",
  page_opened: "shopper",
  time_extended: "shopper",
  card_submitted: "shopper",
  card_refused: "gateway",
  challenged: "acquirer",
  challenge_ended: "acquirer",
  method_chosen: "shopper",
  sent_to_provider: "acquirer",
  still_away: "acquirer",
  unanswered: "acquirer",
  inquired: "acquirer",
  completed: "gateway",
  return_handed_over: "return",
  delivery_exhausted: "callback",
  redelivery_asked: "callback",
  followed_up: "api",
  bill_asked: "shopper",
  settled: "acquirer",
  mail_sent: "mail",
  mail_given_up: "mail",
  tokenised: "gateway",
  token_deleted: "api",
  queried: "query",
};

function eventMoment(event: TransactionEvent, { transaction, followUps }: PaymentRecords): Moment {
  const { at, kind, actor, detail } = event;
  const followUp =
    kind === "followed_up"
      ? followUps.find(({ tranRef }) => tranRef === detail["tranRef"])
      : undefined;
  return {
    at,
    channel: channelOf(event),
    kind,
    text: `${eventText(event, transaction)}${followUp ? followUpText(followUp) : ""}`,
    detail: { actor, ...detail, ...(followUp && followUpDetail(followUp)) },
  };
}

function followUpDetail({ amount, reserves, status }: FollowUpState) {
  return {
    amount: formatAmount(amount),
    currency: amount.currency,
    status: status ?? "P",
    reserved: reserves !== undefined && status === undefined,
  };
}

function channelOf({ kind, actor, detail }: TransactionEvent): Channel {
  if (detail["purpose"] === "ipn") return "ipn";
  const channel = channels[kind];
  // The shop's server pays with a card it has, or one of the vault: no shopper is there.
  return channel === "shopper" && actor === "merchant" ? "api" : channel;
}

/** A delivery's row carries the start of the transaction that wrote it; the outcome came first. */
function decidedAt(events: readonly TransactionEvent[], delivery: DeliveryRecord): Date {
  const outcome = events.find(({ kind }) => kind === "completed")?.at;
  return outcome !== undefined && outcome > delivery.createdAt ? outcome : delivery.createdAt;
}

function deliveryMoments(delivery: DeliveryRecord, createdAt: Date): Moment[] {
  const { id, purpose, url, body, attempts } = delivery;
  const created: Moment = {
    at: createdAt,
    channel: purpose,
    kind: `${purpose}_created`,
    text: `The ${purpose === "ipn" ? "IPN" : "Callback"} was signed and stored; it will be sent until it is taken.`,
    detail: { id, url, bytes: body.length },
  };
  return [created, ...attempts.map((attempt) => attemptMoment(delivery, attempt, created.at))];
}

function attemptMoment(delivery: DeliveryRecord, attempt: AttemptRecord, notBefore: Date): Moment {
  const last = attempt.number === delivery.attempts.length;
  return {
    at: attempt.startedAt > notBefore ? attempt.startedAt : notBefore,
    channel: delivery.purpose,
    kind: `${delivery.purpose}_attempt`,
    text: attemptText(attempt),
    detail: {
      id: delivery.id,
      number: attempt.number,
      verdict: attempt.verdict,
      ...verdicts[attempt.verdict],
      note: attempt.detail,
      status: attempt.httpStatus ?? null,
      ms: Math.round(attempt.timings.totalMs),
      nextTryAt: last ? nextTryAt(delivery) : null,
    },
  };
}

function nextTryAt({ state, dueAt }: DeliveryRecord): string | null {
  return state === "pending" ? dueAt.toISOString() : null;
}

function returnMoment({ at, method, url }: InboxMessage): Moment {
  const path = url.split("?")[0] ?? "";
  return {
    at,
    channel: "return",
    kind: "return_received",
    text: `The browser brought the Return to the built-in inbox by ${method}.`,
    detail: { method, path },
  };
}

function summaryOf({ transaction, events, deliveries }: PaymentRecords): TimelineSummary {
  const { facts, state, outcome, liveWarnings } = transaction;
  return {
    tranRef: facts.tranRef,
    cartId: facts.cartId,
    amount: formatAmount(facts.amount),
    currency: facts.amount.currency,
    state,
    outcome:
      outcome === undefined
        ? null
        : {
            status: outcome.status,
            word: statuses[outcome.status],
            code: outcome.code,
            message: outcome.message,
          },
    warnings: liveWarnings,
    callback: callbackSummary(transaction, deliveries),
    return: returnSummary(transaction, events),
  };
}

function callbackSummary(
  { callbackUrl }: Transaction,
  deliveries: readonly DeliveryRecord[],
): CallbackSummary {
  const delivery = deliveries.find(({ purpose }) => purpose === "callback");
  const verdict = delivery?.attempts.at(-1)?.verdict ?? null;
  const why = callbackUrl === undefined ? notConfigured : whyOf(delivery, verdict);
  return {
    configured: callbackUrl !== undefined,
    url: callbackUrl ?? null,
    delivered: delivery?.state === "delivered",
    verdict,
    restsUntil: delivery?.restsUntil?.toISOString() ?? null,
    sentence: why && why.sentence,
    fix: why && why.fix,
    attempts: delivery?.attempts.length ?? 0,
    nextTryAt: delivery === undefined ? null : nextTryAt(delivery),
  };
}

/** Why nothing arrived, or did; `null` while nothing was tried. */
function whyOf(delivery: DeliveryRecord | undefined, verdict: VerdictCode | null) {
  return delivery?.restsUntil ? laneRests : verdict && verdicts[verdict];
}

const ways = ["post", "get", "none", "message"] as const;

function returnSummary(
  { returnUrl }: Transaction,
  events: readonly TransactionEvent[],
): ReturnSummary {
  const handed = events.find(({ kind }) => kind === "return_handed_over");
  const way = handed?.detail["way"];
  return {
    configured: returnUrl !== undefined,
    url: returnUrl ?? null,
    handedOver: handed !== undefined,
    way: ways.find((known) => known === way) ?? null,
    handedOverAt: handed?.at.toISOString() ?? null,
  };
}
