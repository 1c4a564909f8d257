import { uuidv7 } from "../ids.ts";
import type { Outcome, TransactionFacts } from "../responses/facts.ts";
import { acquirerAnswerMsMax, ask } from "./ask.ts";
import { complete } from "./complete.ts";
import { type FollowUpKind, type FollowUpRefusal, planFollowUp } from "./follow-up.ts";
import { type NewFollowUp, startFollowUp } from "./follow-ups-store.ts";
import { inquiryDelayMs } from "./inquire.ts";
import { outcomeOf, outcomeWithoutAcquirer } from "./outcome.ts";
import { recordUnanswered } from "./progress-store.ts";
import type { TransactionServices } from "./services.ts";
import type { Transaction } from "./transaction.ts";
import { findByReference } from "./transactions-store.ts";

/** When another node may ask the acquirer if this one has written nothing, in ms. */
const recoverAfterMs = acquirerAnswerMsMax + 5000;

/** Each further try means that somebody else changed the balance meanwhile. */
const triesMax = 10;

export interface FollowUpWish extends Pick<
  NewFollowUp,
  "pageToken" | "trace" | "callbackUrl" | "liveWarnings"
> {
  readonly kind: FollowUpKind;
  readonly amount: TransactionFacts["amount"] | undefined;
  readonly facts: Omit<NewFollowUp["facts"], "amount">;
}

/** `done`: carried out, or refused by the acquirer, or (without an outcome yet) pending. */
export type FollowUpResult =
  | { readonly kind: "done"; readonly transaction: Transaction }
  | FollowUpRefusal;

/**
 * Captures, voids, releases, refunds or extends. The amount is reserved, and that the acquirer is
 * being asked is on disk, before it is asked; what it refuses is given back with its outcome.
 */
export async function follow(
  services: TransactionServices,
  original: Transaction,
  wish: FollowUpWish,
): Promise<FollowUpResult> {
  const { pool, acquirer } = services;
  const { profileId, tranRef } = original.facts;
  let seen: Transaction | undefined = original;
  for (let tries = 0; seen !== undefined && tries < triesMax; tries += 1) {
    const plan = planFollowUp(seen, wish);
    if (plan.kind !== "plan") return plan;
    const requestId = uuidv7();
    const begun = await startFollowUp(pool, {
      ...wish,
      ...plan,
      facts: { ...wish.facts, amount: plan.amount },
      previousTranRef: tranRef,
      acquirer: acquirer.name,
      requestId,
      card: original.card,
      recoverAfterMs,
    });
    if (begun !== undefined) {
      const ending = plan.onHold
        ? refuse(services, begun)
        : carryOut(services, original, begun, wish.kind);
      return { kind: "done", transaction: await orPending(services, begun, ending) };
    }
    seen = await findByReference(pool, profileId, tranRef, { asQuery: false });
  }
  throw new Error(`the balance of ${tranRef} would not stand still`);
}

/**
 * From here on the acquirer may have done it: whatever fails, the merchant is told that it is
 * pending, and not to ask again; it is inquired about.
 */
function orPending(
  { log }: TransactionServices,
  begun: Transaction,
  ending: Promise<Transaction>,
): Promise<Transaction> {
  return ending.catch((error: unknown) => {
    const { tranRef } = begun.facts;
    log.error({ err: error, tranRef }, "a follow-up has no outcome yet; it is inquired about");
    return begun;
  });
}

async function carryOut(
  services: TransactionServices,
  original: Transaction,
  begun: Transaction,
  kind: FollowUpKind,
): Promise<Transaction> {
  const { acquirer, clock, log, pool } = services;
  const { profileId, tranRef, amount } = begun.facts;
  const { acquirerRequest: requestId } = begun;
  const { acquirerRequest: originalRequestId } = original;
  if (requestId === undefined || originalRequestId === undefined) {
    throw new Error(`${tranRef} or what it follows was never sent to an acquirer`);
  }
  const question = () =>
    acquirer.followUp({ profileId, requestId, originalRequestId, kind, amount });
  const answer = await ask(question, log, { tranRef, requestId });
  if (answer.kind === "pending" || answer.kind === "unknown") {
    const afterMs = inquiryDelayMs(0);
    await recordUnanswered(pool, begun.facts, { kind: "unanswered", afterMs });
    return begun;
  }
  return end(services, begun, outcomeOf(answer, begun, clock.now()));
}

/** What follows a held transaction is refused, and that is written down (protocol.md 3.3). */
function refuse(services: TransactionServices, begun: Transaction): Promise<Transaction> {
  return end(services, begun, outcomeWithoutAcquirer("previousOnHold", services.clock.now()));
}

async function end(
  services: TransactionServices,
  begun: Transaction,
  outcome: Outcome,
): Promise<Transaction> {
  const result = await complete(services, begun, { step: "answer", actor: "acquirer", outcome });
  if (result.kind === "completed") return { ...begun, state: "completed", outcome };
  const { profileId, tranRef } = begun.facts;
  return (await findByReference(services.pool, profileId, tranRef, { asQuery: false })) ?? begun;
}
