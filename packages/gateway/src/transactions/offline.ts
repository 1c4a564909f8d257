import { authorisedMessage, responseCode } from "@wasl/protocol";
import type { BillState } from "../acquirers/acquirer.ts";
import { billMethod } from "../acquirers/offered-methods.ts";
import { newPageToken, newTrace, uuidv7 } from "../ids.ts";
import {
  channels,
  type ContactDetails,
  type MethodFacts,
  type Outcome,
  wireTime,
} from "../responses/facts.ts";
import { acquirerAnswerMsMax, ask } from "./ask.ts";
import { complete, type CompletionResult } from "./complete.ts";
import { inquiryDelayMs } from "./inquire.ts";
import { postponeBill, settleBill, startBill } from "./offline-store.ts";
import { outcomeWithoutAcquirer } from "./outcome.ts";
import { recordUnanswered } from "./progress-store.ts";
import type { TransactionServices } from "./services.ts";
import type { Transaction } from "./transaction.ts";
import { findByReference } from "./transactions-store.ts";

/** When another node may take over if this one has written nothing, in ms. */
const recoverAfterMs = acquirerAnswerMsMax + 5000;

/** Between questions whether a bill is paid: a share of its age, within these bounds, in ms. */
const pollMsMin = 3000;
const pollMsMax = 60_000;

export interface BillWish {
  /** Code of `payment_methods`, and as responses name it. */
  readonly method: { readonly code: string; readonly name: string };
  readonly customer: ContactDetails;
  readonly merchantName: string;
  readonly language: "en" | "ar";
}

export type BillResult = CompletionResult | { readonly kind: "unknown" | "not_open" };

/**
 * Asks the acquirer for a bill the shopper pays elsewhere; the payment awaits that, and the merchant
 * is told P with the bill's number (protocol.md 7.6, 9.3).
 */
export async function requestBill(
  services: TransactionServices,
  transaction: Transaction,
  { method, customer, merchantName, language }: BillWish,
): Promise<BillResult> {
  const { pool, acquirer, clock, log } = services;
  const { profileId, tranRef, amount } = transaction.facts;
  const requestId = uuidv7();
  const start = {
    acquirer: acquirer.name,
    requestId,
    customer,
    recoverAfterMs,
    method: method.name,
  };
  if (!(await startBill(pool, transaction.facts, start))) return { kind: "not_open" };
  const question = () =>
    acquirer.issueBill({
      profileId,
      requestId,
      method: method.code,
      amount: transaction.facts.charged ?? amount,
      merchantName,
      language,
    });
  const answer = await ask(question, log, { tranRef, requestId });
  if (answer.kind === "unknown") {
    await recordUnanswered(pool, transaction.facts, {
      kind: "unanswered",
      afterMs: inquiryDelayMs(0),
    });
    return answer;
  }
  const begun = asPaymentRequest(transaction, requestId);
  if (answer.kind === "failed") {
    const outcome = outcomeWithoutAcquirer(answer.reason, clock.now());
    return complete(services, begun, { step: "answer", actor: "acquirer", outcome, customer });
  }
  const outcome = pending(clock.now(), { name: method.name, description: answer.number });
  const { payUrl } = answer;
  return complete(services, begun, { step: "await", actor: "acquirer", outcome, customer, payUrl });
}

/** The offline reference is code, description and acquirer's reference at once (protocol.md 7.6). */
function pending(at: Date, method: MethodFacts): Outcome {
  const { status, message } = responseCode("pending");
  return {
    status,
    code: method.description,
    message,
    time: wireTime(at),
    ipnTrace: newTrace("IPNS", at),
    acquirerRef: method.description,
    method,
  };
}

/** As it stands in the database once the bill was asked for. */
function asPaymentRequest(transaction: Transaction, requestId: string): Transaction {
  return {
    ...transaction,
    state: "authorising",
    acquirerRequest: requestId,
    facts: { ...transaction.facts, tranType: "Payment Request" },
  };
}

/**
 * Asks whether a bill is paid, and ends the payment when it is, or when its time is over: by our
 * clock, or because the acquirer takes no money for it any more.
 */
export async function checkBill(
  services: TransactionServices,
  transaction: Transaction,
): Promise<void> {
  const late = transaction.secondsLeft <= 0;
  const state = await askBill(services, transaction, { close: late });
  if (state.kind === "paid") {
    await settle(services, transaction, state.acquirerRrn);
  } else if (state.kind === "closed" || (late && state.kind === "not_received")) {
    await lapse(services, transaction);
  } else {
    const ageMs = services.clock.now().getTime() - transaction.createdAt.getTime();
    const afterMs = Math.min(Math.max(ageMs / 20, pollMsMin), pollMsMax);
    await postponeBill(services.pool, transaction.facts, afterMs);
  }
}

/**
 * A bill that was asked for without an answer: our pages do not show its number, so it is closed.
 * Banks do show open bills; one that was paid meanwhile becomes what it would have been, P and then
 * the sale that follows.
 */
export async function recoverBill(
  services: TransactionServices,
  transaction: Transaction,
): Promise<void> {
  const state = await askBill(services, transaction, { close: true });
  if (state.kind === "closed" || state.kind === "not_received") {
    const outcome = outcomeWithoutAcquirer("noResponse", services.clock.now());
    await complete(services, transaction, { step: "answer", actor: "gateway", outcome });
    return;
  }
  if (state.kind === "paid") {
    const { method: code, number } = state;
    const method = { name: billMethod(code)?.wireName ?? code, description: number };
    const outcome = pending(services.clock.now(), method);
    const waits = { step: "await", actor: "acquirer", outcome } as const;
    const awaited = await complete(services, transaction, waits);
    if (awaited.kind === "moved_on") return;
    const request = { ...transaction, state: "awaiting", outcome } as const;
    await settle(services, request, state.acquirerRrn);
    return;
  }
  const afterMs = inquiryDelayMs(transaction.inquiries);
  await recordUnanswered(services.pool, transaction.facts, { kind: "inquired", afterMs });
}

async function askBill(
  { acquirer, log }: TransactionServices,
  { facts, acquirerRequest: requestId }: Transaction,
  { close }: { readonly close: boolean },
): Promise<BillState> {
  const { profileId, tranRef } = facts;
  if (requestId === undefined) throw new Error(`no bill was asked for ${tranRef}`);
  const question = () => acquirer.inquireBill({ profileId, requestId, close });
  return ask(question, log, { tranRef, requestId });
}

/** A paid bill is a transaction of its own that follows the request (protocol.md 7.6). */
async function settle(
  services: TransactionServices,
  request: Transaction,
  acquirerRrn: string,
): Promise<void> {
  const { pool, clock } = services;
  const at = clock.now();
  const sale = await settleBill(pool, request, {
    pageToken: newPageToken(request.facts.profileId),
    trace: newTrace("PMNT", at),
    paymentChannel: channels.api,
    recoverAfterMs,
  });
  // Another node was first.
  if (sale !== undefined) await completeSale(services, request, sale, acquirerRrn);
}

/** Whether this is the sale of a paid bill, which has no outcome yet after a crash. */
export function isSettlement({ facts }: Transaction): boolean {
  return facts.tranType === "Sale" && facts.previousTranRef !== undefined;
}

/** Goes on where a node stopped between the two statements of a settlement. */
export async function recoverSettlement(
  services: TransactionServices,
  sale: Transaction,
): Promise<void> {
  const { profileId, previousTranRef = "" } = sale.facts;
  const key = { asQuery: false };
  const request = await findByReference(services.pool, profileId, previousTranRef, key);
  if (request === undefined) throw new Error(`${previousTranRef} is gone`);
  const state = await askBill(services, request, { close: false });
  if (state.kind === "paid") await completeSale(services, request, sale, state.acquirerRrn);
}

async function completeSale(
  services: TransactionServices,
  request: Transaction,
  sale: Transaction,
  acquirerRrn: string,
): Promise<void> {
  const at = services.clock.now();
  const { method, code = "" } = request.outcome ?? {};
  const outcome: Outcome = {
    status: "A",
    code,
    message: authorisedMessage,
    time: wireTime(at),
    ipnTrace: newTrace("IPNS", at),
    acquirerRef: newTrace("TRAN", at),
    acquirerRrn,
    ...(method && { method }),
  };
  await complete(services, sale, { step: "answer", actor: "acquirer", outcome });
}

/** X/355 about the request itself; shops compare its reference and total (protocol.md 7.6). */
async function lapse(services: TransactionServices, request: Transaction): Promise<void> {
  const method = request.outcome?.method;
  const outcome = {
    ...outcomeWithoutAcquirer("expired", services.clock.now()),
    ...(method && { method }),
  };
  await complete(services, request, { step: "lapse", actor: "gateway", outcome });
}
