import type { Card } from "../acquirers/acquirer.ts";
import { cardFacts } from "../acquirers/card-facts.ts";
import { uuidv7 } from "../ids.ts";
import type { ContactDetails } from "../responses/facts.ts";
import { acquirerAnswerMsMax, ask } from "./ask.ts";
import { complete, type CompletionResult } from "./complete.ts";
import { outcomeOf } from "./outcome.ts";
import { recordUnanswered, startAuthorisation, startChallenge } from "./progress-store.ts";
import type { Price } from "./price.ts";
import type { TransactionServices } from "./services.ts";
import type { Transaction } from "./transaction.ts";

/** When another node may ask the acquirer if this one has written nothing, in ms. */
const recoverAfterMs = acquirerAnswerMsMax + 5000;

/** How long the shopper has at the issuer's page, in ms (experience.md 5.5). */
export const challengeMsMax = 5 * 60_000;

/** How soon after silence the acquirer is asked what happened, in ms. */
const firstInquiryAfterMs = 1000;

export interface Submission {
  readonly card: Card;
  readonly customer: ContactDetails;
  /** What the shopper added; absent: as it was requested. */
  readonly shipping?: ContactDetails | undefined;
  /** Absent: the amount that was asked for. */
  readonly price?: Price;
  /** Who may show the issuer's page in a frame, where this payment's page is in one. */
  readonly frameAncestors?: readonly string[];
  readonly language: "en" | "ar";
  readonly merchantName: string;
  readonly backUrl: string;
}

/**
 * `not_open`: another tab or click was first, or the time is up; the acquirer was not asked.
 * `unknown`: the acquirer was asked and said nothing; a recovery job goes on asking.
 */
export type SubmissionResult =
  | CompletionResult
  | { readonly kind: "challenge"; readonly url: string }
  | { readonly kind: "unknown" }
  | { readonly kind: "not_open" };

/**
 * Sends the shopper's card to the acquirer, once. That the acquirer is being asked is on disk
 * before it is asked, so a crash leaves a payment that can be inquired about.
 */
export async function authorise(
  services: TransactionServices,
  transaction: Transaction,
  submission: Submission,
): Promise<SubmissionResult> {
  const { pool, acquirer, clock, log } = services;
  const facts = factsToPay(transaction, submission);
  const key = facts;
  const requestId = uuidv7();
  const card = cardFacts(submission.card);
  const { customer } = submission;
  const started = await startAuthorisation(pool, key, {
    acquirer: acquirer.name,
    requestId,
    card,
    customer,
    shipping: submission.shipping,
    amount: facts.amount,
    charged: facts.charged,
    recoverAfterMs,
  });
  if (!started) return { kind: "not_open" };
  const question = () =>
    acquirer.authorise({
      profileId: key.profileId,
      requestId,
      amount: facts.charged ?? facts.amount,
      card: submission.card,
      merchantName: submission.merchantName,
      language: submission.language,
      backUrl: submission.backUrl,
      ...(submission.frameAncestors && { frameAncestors: submission.frameAncestors }),
    });
  const answer = await ask(question, log, { tranRef: key.tranRef, requestId });
  switch (answer.kind) {
    case "challenge":
      await startChallenge(pool, key, { url: answer.url, timeLimitMs: challengeMsMax });
      return answer;
    case "unknown":
      await recordUnanswered(pool, key, { kind: "unanswered", afterMs: firstInquiryAfterMs });
      return answer;
    case "approved":
    case "held":
    case "declined":
    case "failed":
      return complete(
        services,
        { ...transaction, facts },
        {
          step: "answer",
          actor: "acquirer",
          outcome: outcomeOf(answer, { ...transaction, card }, clock.now()),
          customer,
        },
      );
    default:
      return answer satisfies never;
  }
}

/** The payment with what the shopper chose and added, as it is written before the acquirer is asked. */
function factsToPay({ facts }: Transaction, { shipping, price }: Submission): Transaction["facts"] {
  const { charged: _, ...requested } = facts;
  const discounted = price !== undefined && price.charged.minor !== price.amount.minor;
  return {
    ...requested,
    amount: price?.amount ?? facts.amount,
    ...(discounted && { charged: price.charged }),
    ...(shipping && { shipping }),
  };
}
