import type { InquiryAnswer } from "../acquirers/acquirer.ts";
import { ask } from "./ask.ts";
import { askAgainAfterMs } from "./away.ts";
import { complete, type CompletionResult } from "./complete.ts";
import { outcomeOf } from "./outcome.ts";
import { postponeAway, recordLeft, recordUnanswered } from "./progress-store.ts";
import type { TransactionServices } from "./services.ts";
import type { Transaction } from "./transaction.ts";

/** Delays between inquiries, in ms; the last one repeats for as long as there is no answer. */
const inquiryDelaysMs = [1000, 2000, 4000, 8000, 15_000, 30_000, 60_000] as const;

export function inquiryDelayMs(inquiries: number): number {
  return inquiryDelaysMs[Math.min(inquiries, inquiryDelaysMs.length - 1)] ?? 60_000;
}

/**
 * Asks the acquirer how an authorisation ended, and gives the payment its outcome when it knows.
 * Used when the shopper is back from another page, when the acquirer was silent, and after a crash.
 *
 * @returns `unknown` when the acquirer does not know yet: it will be asked again; `open` when the
 *   shopper has not finished at that page, of which nothing is written
 */
export async function inquire(
  services: TransactionServices,
  transaction: Transaction,
  { endChallenge }: { readonly endChallenge: boolean },
): Promise<CompletionResult | { readonly kind: "unknown" } | { readonly kind: "open" }> {
  const { pool } = services;
  const answer = await askHowItEnded(services, transaction, { endChallenge });
  if (answer.kind === "open" && !endChallenge) return answer;
  if (answer.kind === "unknown" || answer.kind === "open") {
    const afterMs = inquiryDelayMs(transaction.inquiries);
    if (transaction.state === "challenging") await recordLeft(pool, transaction.facts, afterMs);
    else await recordUnanswered(pool, transaction.facts, { kind: "inquired", afterMs });
    return { kind: "unknown" };
  }
  return finish(services, transaction, answer);
}

/**
 * Asks about a shopper who is at another page and may have paid there, without disturbing them. Only
 * an outcome is written; until there is one they stay where they are, and the acquirer is asked again.
 */
export async function inquireAway(
  services: TransactionServices,
  transaction: Transaction,
): Promise<void> {
  const answer = await askHowItEnded(services, transaction, { endChallenge: false });
  if (answer.kind === "unknown" || answer.kind === "open") {
    await postponeAway(services.pool, transaction.facts, askAgainAfterMs(transaction));
  } else {
    await finish(services, transaction, answer);
  }
}

async function askHowItEnded(
  { acquirer, log }: TransactionServices,
  { facts, acquirerRequest: requestId }: Transaction,
  { endChallenge }: { readonly endChallenge: boolean },
): Promise<InquiryAnswer> {
  const { profileId, tranRef } = facts;
  if (requestId === undefined) throw new Error("nothing was asked of the acquirer");
  const question = () => acquirer.inquire({ profileId, requestId, endChallenge });
  return ask(question, log, { tranRef, requestId });
}

function finish(
  services: TransactionServices,
  transaction: Transaction,
  answer: Exclude<InquiryAnswer, { readonly kind: "open" | "unknown" }>,
): Promise<CompletionResult> {
  const final =
    answer.kind === "not_received" ? ({ kind: "failed", reason: "noResponse" } as const) : answer;
  return complete(services, transaction, {
    step: "answer",
    actor: "acquirer",
    outcome: outcomeOf(final, transaction, services.clock.now()),
  });
}
