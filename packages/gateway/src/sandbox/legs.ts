import type { DeliveryRecord } from "../deliveries/delivery.ts";
import { verdicts } from "../deliveries/verdicts.ts";
import type { Profile } from "../profiles/profile.ts";
import { serviceIds } from "../responses/facts.ts";
import { makeReturn } from "../responses/return.ts";
import type { Transaction, TransactionEvent } from "../transactions/transaction.ts";
import { type InboxKind, inboxOfUrl, type InboxMessage } from "./inbox.ts";
import { callbackMessage, type MessageView, receivedMessage, returnMessage } from "./messages.ts";
import type { PaymentRecords } from "./timeline.ts";
import { laneRests } from "./timeline-words.ts";

/** Where a response is to go. */
export type LegTarget = "inbox" | "own" | "off";

/** `going`: on its way, nothing is known yet. `failing`: tried and not taken. */
export type LegStage = "off" | "waiting" | "going" | "arrived" | "failing";

/** One of the two ways a shop learns of the outcome, as the page shows it. */
export interface LegView {
  readonly kind: InboxKind;
  readonly target: LegTarget;
  readonly stage: LegStage;
  /** The stage in one or two words. */
  readonly word: string;
  readonly sentence: string;
  /** What to do when it is failing. */
  readonly fix: string | null;
  readonly url: string | null;
  /** Counted from the outcome. */
  readonly offsetMs: number | null;
  readonly at: Date | null;
  /** When a failing one is tried again. */
  readonly nextTryAt: Date | null;
  /** What the other end said to the last attempt. */
  readonly answer: { readonly status: number | null; readonly text: string } | null;
  /** Rules of live gateways that the address breaks. */
  readonly warnings: readonly string[];
  /** How often it came, in all. */
  readonly copies: number;
  readonly message: MessageView | null;
}

export interface LegContext {
  readonly records: PaymentRecords;
  readonly profile: Profile;
  readonly publicUrl: string;
  /** A sandbox without --strict: http to loopback gets the form POST. */
  readonly relaxed: boolean;
}

type Stage = Pick<LegView, "stage" | "word" | "sentence" | "fix">;

/** The Callback's side: gateway to shop, server to server. */
export function callbackLeg({ records, profile, publicUrl }: LegContext): LegView {
  const { transaction, deliveries, messages } = records;
  const url = transaction.callbackUrl;
  const target = targetOf(publicUrl, url);
  const delivery = deliveries.find(({ purpose }) => purpose === "callback");
  const received = messages.filter(({ kind }) => kind === "callback");
  const first = received[0];
  const at = first?.at ?? answeredAt(delivery);
  return {
    kind: "callback",
    target,
    ...callbackStage(transaction, target, delivery, first),
    url: url ?? null,
    ...timing(records, at),
    nextTryAt: delivery?.state === "pending" ? delivery.dueAt : null,
    answer: answerOf(delivery),
    warnings: warningsOf(transaction, "callback"),
    copies: received.length,
    message:
      first === undefined
        ? delivery === undefined
          ? null
          : callbackMessage(delivery, profile.serverKey)
        : receivedMessage(first, profile.serverKey),
  };
}

function callbackStage(
  { outcome }: Transaction,
  target: LegTarget,
  delivery: DeliveryRecord | undefined,
  received: InboxMessage | undefined,
): Stage {
  if (target === "off") {
    return stage("off", "Off", "This payment has no callback address: nothing is sent.");
  }
  if (received !== undefined) {
    return stage("arrived", "Arrived", "The gateway's server posted it to the inbox.");
  }
  if (outcome === undefined) {
    return stage("waiting", "Waiting", "Sent the moment the payment has its outcome.");
  }
  const attempt = delivery?.attempts.at(-1);
  if (delivery?.restsUntil) {
    return { ...stage("failing", "Waiting", laneRests.sentence), fix: laneRests.fix };
  }
  if (delivery === undefined || attempt === undefined) {
    return stage("going", "On its way", "The first attempt is being made.");
  }
  const { sentence, fix } = verdicts[attempt.verdict];
  if (delivery.state === "delivered") return stage("arrived", "Delivered", sentence);
  const again = delivery.state === "exhausted" ? "Given up" : "Not taken yet";
  return { ...stage("failing", again, sentence), fix };
}

/** The Return's side: by the shopper's browser. */
export function returnLeg(context: LegContext): LegView {
  const { records, profile, publicUrl } = context;
  const { transaction, events, messages } = records;
  const url = transaction.returnUrl;
  const target = targetOf(publicUrl, url);
  const handedOver = events.find(({ kind }) => kind === "return_handed_over");
  const received = messages.filter(({ kind }) => kind === "return");
  const first = received[0];
  const at = first?.at ?? (target === "own" ? handedOver?.at : undefined);
  return {
    kind: "return",
    target,
    ...(noReturn(records) ?? returnStage(transaction, target, handedOver !== undefined, first)),
    url: url ?? null,
    ...timing(records, at),
    nextTryAt: null,
    answer: null,
    warnings: noReturn(records) ? [] : warningsOf(transaction, "return"),
    copies: received.length,
    message:
      first === undefined
        ? handedOver === undefined
          ? null
          : handedOverMessage(context)
        : receivedMessage(first, profile.serverKey),
  };
}

/** What shows that a shopper's browser takes part. */
const browserEvents: ReadonlySet<TransactionEvent["kind"]> = new Set([
  "challenged",
  "page_opened",
  "return_handed_over",
]);

/** Where no browser takes part there is no Return to wait for; `undefined` where one does. */
function noReturn({ transaction: { facts }, events }: PaymentRecords): Stage | undefined {
  const atBrowser = events.some(({ kind }) => browserEvents.has(kind));
  if (facts.serviceId !== serviceIds.api || atBrowser) return undefined;
  const why =
    facts.previousTranRef === undefined
      ? "A direct payment is answered in the reply to the shop's server. It has a Return only if the card's issuer asks the shopper for 3-D Secure."
      : "It follows another transaction, and no shopper's browser takes part in it.";
  return stage("off", "No Return", why);
}

function returnStage(
  { outcome }: Transaction,
  target: LegTarget,
  handedOver: boolean,
  received: InboxMessage | undefined,
): Stage {
  if (target === "off") {
    const why = "This payment has no return address: the shopper gets the receipt and stays.";
    return stage("off", "Off", why);
  }
  if (received !== undefined) {
    const by = received.method === "POST" ? "posted the form" : "came by GET";
    return stage("arrived", "Arrived", `The shopper's browser ${by} to the inbox.`);
  }
  if (outcome === undefined) {
    return stage("waiting", "Waiting", "Sent when the shopper's browser leaves the payment page.");
  }
  if (!handedOver) {
    const why = "The browser has not come back for it. If its tab is closed, it never will.";
    return stage("waiting", "Not collected", why);
  }
  if (target === "own") {
    const where = "The browser was sent to your address; what happens there only you can see.";
    return stage("arrived", "Handed over", where);
  }
  return stage("going", "On its way", "The browser has the form and has not brought it yet.");
}

function handedOverMessage({ records, profile, relaxed }: LegContext): MessageView | null {
  const { facts, outcome, returnUrl, returnUsingGet } = records.transaction;
  if (outcome === undefined) return null;
  const handOff = makeReturn(profile, facts, outcome, {
    url: returnUrl,
    usingGet: returnUsingGet,
    postToLoopback: relaxed,
  });
  return handOff.way === "none" ? null : returnMessage(handOff, profile.serverKey);
}

function stage(name: LegStage, word: string, sentence: string): Stage {
  return { stage: name, word, sentence, fix: null };
}

function targetOf(publicUrl: string, url: string | undefined): LegTarget {
  if (url === undefined) return "off";
  return inboxOfUrl(publicUrl, url) === undefined ? "own" : "inbox";
}

function warningsOf({ liveWarnings }: Transaction, field: InboxKind): string[] {
  return liveWarnings.filter((warning) => warning.field === field).map(({ message }) => message);
}

function answerOf(delivery: DeliveryRecord | undefined): LegView["answer"] {
  const attempt = delivery?.attempts.at(-1);
  if (attempt === undefined) return null;
  return { status: attempt.httpStatus ?? null, text: attempt.answer.toString("utf8") };
}

function answeredAt(delivery: DeliveryRecord | undefined): Date | undefined {
  const attempt = delivery?.state === "delivered" ? delivery.attempts.at(-1) : undefined;
  if (attempt === undefined) return undefined;
  return new Date(attempt.startedAt.getTime() + attempt.timings.totalMs);
}

function timing(
  { events }: PaymentRecords,
  at: Date | undefined,
): Pick<LegView, "at" | "offsetMs"> {
  const decided = events.find(({ kind }) => kind === "completed")?.at;
  if (at === undefined || decided === undefined) return { at: at ?? null, offsetMs: null };
  return { at, offsetMs: Math.max(0, at.getTime() - decided.getTime()) };
}
