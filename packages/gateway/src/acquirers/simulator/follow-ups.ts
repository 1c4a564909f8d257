import type { Pool } from "pg";
import type { FinalAnswer, FollowUpAnswer, FollowUpRequest } from "../acquirer.ts";
import { approvalCode } from "./approval-code.ts";
import {
  type BookEntry,
  enterAuthorisation,
  findAuthorisation,
  type Refunds,
} from "./simulator-store.ts";
import type { TestCard } from "./test-cards.ts";

/** How long a refund that is not carried out at once stays pending, in ms. */
export const lateRefundMs = 4000;

export function refundsOf({ behaviour }: TestCard): Refunds {
  if (behaviour === "late_refund") return "later";
  return behaviour === "no_refund" ? "never" : "at_once";
}

/**
 * Carries out a later step on an entry of the book, which it finds by the original's request. The
 * gateway guards the balances, as it must with any acquirer.
 */
export async function followUp(pool: Pool, request: FollowUpRequest): Promise<FollowUpAnswer> {
  const { profileId, requestId, originalRequestId, kind } = request;
  const original = await findAuthorisation(pool, profileId, originalRequestId);
  if (original?.answer?.kind !== "approved") return { kind: "failed", reason: "unsupported" };
  const late = kind === "refund" && original.refunds === "later";
  const answer: FinalAnswer =
    kind === "refund" && original.refunds === "never"
      ? { kind: "declined", reason: "unsupported" }
      : { kind: "approved", approvalCode: approvalCode(requestId) };
  const entered = await enterAuthorisation(pool, profileId, {
    ...withoutChallenge,
    requestId,
    answer,
    answersInMs: late ? lateRefundMs : 0,
    refunds: original.refunds,
  });
  const entry = entered ? undefined : await findAuthorisation(pool, profileId, requestId);
  // It was refused for ever by an inquiry that came first, or this is a repetition.
  if (!entered)
    return entry?.answersInMs === 0 && entry.answer ? entry.answer : { kind: "unknown" };
  return late ? { kind: "pending" } : answer;
}

const withoutChallenge = {
  challengeToken: null,
  challenge: null,
  challengeOpen: false,
} as const satisfies Partial<BookEntry>;
