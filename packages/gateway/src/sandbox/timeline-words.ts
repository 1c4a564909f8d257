import { formatAmount, type StatusLetter, statuses } from "@wasl/protocol";
import type { AttemptRecord } from "../deliveries/delivery.ts";
import { verdicts } from "../deliveries/verdicts.ts";
import type { FollowUpState } from "../transactions/follow-ups-store.ts";
import type { Transaction, TransactionEvent } from "../transactions/transaction.ts";

interface Line extends TransactionEvent {
  readonly payment: Transaction;
}

const sentences: Readonly<Record<TransactionEvent["kind"], (line: Line) => string>> = {
  requested: ({ payment }) => requestedText(payment),
  page_opened: ({ detail }) =>
    `The shopper opened the payment page${inLanguage(detail["language"])}.`,
  time_extended: () => "The shopper asked for more time.",
  card_submitted: ({ actor, detail }) =>
    `The ${actor} paid with ${textOr(detail["card"], "a card")}; the acquirer was asked.`,
  card_refused: ({ detail }) =>
    `The shop's card_filter does not take ${textOr(detail["card"], "this card")}; no acquirer was asked.`,
  challenged: () => "The card's issuer asked the shopper for 3-D Secure.",
  challenge_ended: ({ detail }) => challengeText(detail["transStatus"], detail["eci"]),
  method_chosen: ({ detail }) =>
    `The shopper chose to pay with ${textOr(detail["method"], "another method")}; the acquirer was asked.`,
  sent_to_provider: ({ detail }) =>
    `The shopper was sent to the page of ${textOr(detail["method"], "the provider")}.`,
  still_away: () =>
    "The acquirer says that the shopper has not finished at that page, so they may go on there.",
  unanswered: () => "The acquirer gave no answer in time; it will be asked what became of it.",
  inquired: () => "The acquirer was asked again what became of the payment, and did not know yet.",
  completed: ({ actor, detail }) => completedText(actor, detail),
  return_handed_over: ({ detail }) => handedOverText(detail["way"]),
  delivery_exhausted: () =>
    "The last planned attempt failed. Nothing more is sent until somebody redelivers it.",
  redelivery_asked: ({ detail }) =>
    detail["hurried"] === true
      ? "An operator had its next attempt made at once, ahead of the schedule."
      : "An operator had it sent again: the same bytes, under the same webhook-id.",
  bill_asked: ({ detail }) =>
    `The shopper chose to pay later by ${textOr(detail["method"], "a bill")}.`,
  settled: ({ detail }) =>
    `The bill was paid; ${textOr(detail["tranRef"], "a transaction")} says so.`,
  followed_up: ({ detail }) =>
    `The shop asked for a ${textOr(detail["tranType"], "follow-up").toLowerCase()} of it: ${textOr(detail["tranRef"], "")}.`,
  mail_sent: ({ detail }) =>
    `The mail server took the e-mail to the ${textOr(detail["purpose"], "reader")}.`,
  mail_given_up: ({ detail }) =>
    `The e-mail to the ${textOr(detail["purpose"], "reader")} was given up${mailReason(detail["answer"])}.`,
  tokenised: () => "The card was stored in the vault, and the shop got a token for it.",
  token_deleted: () => "The shop deleted the token; the stored card is gone.",
  queried: () => "The shop's server asked for the payment's status.",
};

/** One plain sentence for a line of a payment's history. */
export function eventText(event: TransactionEvent, payment: Transaction): string {
  return sentences[event.kind]({ ...event, payment });
}

/** What has become of it, as long as that is not known: what it asked for stays taken until then. */
export function followUpText({ amount, reserves, status }: FollowUpState): string {
  if (status !== undefined) return "";
  const taken = `${amount.currency} ${formatAmount(amount)} stays reserved until the acquirer says`;
  return ` It is pending${reserves ? `; ${taken}` : ""}.`;
}

function mailReason(answer: unknown): string {
  return typeof answer === "string" && answer !== "" ? `: ${answer.replace(/\.$/, "")}` : "";
}

function requestedText({ facts }: Transaction): string {
  const { currency } = facts.amount;
  return `The shop asked for ${currency} ${formatAmount(facts.amount)} for cart ${facts.cartId}.`;
}

function challengeText(transStatus: unknown, eci: unknown): string {
  if (typeof transStatus !== "string" || transStatus === "") {
    return "The 3-D Secure check ended without an answer.";
  }
  const indicator = typeof eci === "string" && eci !== "" ? `, ECI ${eci}` : "";
  return `The 3-D Secure check ended with status ${transStatus}${indicator}.`;
}

/** By what the line itself says: an offline payment has two of them. */
function completedText(
  actor: TransactionEvent["actor"],
  detail: TransactionEvent["detail"],
): string {
  const { status, message } = detail;
  if (typeof status !== "string" || !(status in statuses)) return "The payment ended.";
  if (status === "C" && actor === "shopper") return "The shopper cancelled: that is the outcome.";
  if (status === "X") return "Its time ran out unpaid: that is the outcome.";
  if (status === "P") return "The shopper has a bill to pay; the shop is told that it is pending.";
  const word = statuses[status as StatusLetter];
  const said = textOr(message, word).toLowerCase() === word ? "" : ` (${textOr(message, "")})`;
  return `The outcome is ${status}, ${word}${said}. It is final.`;
}

function handedOverText(way: unknown): string {
  if (way === "none") return "There is no return address: the shopper saw the receipt here.";
  if (way === "message") return "The result was given to the page around the frame as a message.";
  if (way === "get") return "The shopper's browser was sent to the return address by GET.";
  return "The shopper's browser was given the form to post to the return address.";
}

/** Why nothing is sent although something is due. */
export const laneRests = {
  sentence: "The server has failed too often, so it is left alone for a while, then asked once.",
  fix: "Mend the server. It is found out by itself, or at once when you redeliver.",
} as const;

/** Why no Callback is sent at all. */
export const notConfigured = {
  sentence: "The request named no callback, so nothing is sent.",
  fix: "Name a callback in the request, or set up an IPN for the profile.",
} as const;

/** What came of one attempt: its number, the status and the time, the verdict's sentence. */
export function attemptText({ number, httpStatus, timings, verdict }: AttemptRecord): string {
  const ms = Math.round(timings.totalMs);
  const what = httpStatus === undefined ? `no answer, ${ms} ms` : `${httpStatus} in ${ms} ms`;
  return `Attempt ${number}: ${what}. ${verdicts[verdict].sentence}`;
}

function inLanguage(language: unknown): string {
  if (language === "ar") return " in Arabic";
  return language === "en" ? " in English" : "";
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === "string" && value !== "" ? value : otherwise;
}
