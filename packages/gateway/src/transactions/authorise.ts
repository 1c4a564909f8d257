import type { AuthorisationAnswer, Card, Initiation } from "../acquirers/acquirer.ts";
import { cardFacts } from "../acquirers/card-facts.ts";
import type { Mandate } from "../acquirers/mandate.ts";
import { uuidv7 } from "../ids.ts";
import type { ContactDetails } from "../responses/facts.ts";
import type { SealedCard } from "../vault/envelope.ts";
import { acquirerAnswerMsMax, ask } from "./ask.ts";
import { askAwayAfterMs } from "./away.ts";
import { complete, type CompletionResult } from "./complete.ts";
import { outcomeOf } from "./outcome.ts";
import { recordUnanswered, startAuthorisation, startChallenge } from "./progress-store.ts";
import type { Price } from "./price.ts";
import type { TransactionServices } from "./services.ts";
import type { NewTransaction, Transaction } from "./transaction.ts";

/** When another node may ask the acquirer if this one has written nothing, in ms. */
export const recoverAfterMs = acquirerAnswerMsMax + 5000;

/** How soon after silence the acquirer is asked what happened, in ms. */
const firstInquiryAfterMs = 1000;

/** A card, and how it comes to the acquirer. */
export interface CardToCharge {
  readonly card: Card;
  readonly initiation: Initiation;
  readonly mandate?: Mandate;
  /** Who may show the issuer's page in a frame, where this payment's page is in one. */
  readonly frameAncestors?: readonly string[];
  readonly language: "en" | "ar";
  readonly merchantName: string;
  /** Where the shopper's browser comes back to after 3-D Secure. */
  readonly backUrl: string;
}

export interface Submission extends CardToCharge {
  readonly customer: ContactDetails;
  /** What the shopper added; absent: as it was requested. */
  readonly shipping?: ContactDetails | undefined;
  /** Absent: the amount that was asked for. */
  readonly price?: Price;
  /** The shopper agrees that the card is stored, where the request wants that asked. */
  readonly savesCard: boolean;
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
 *
 * @throws VaultError when the card is to be stored and cannot be; the payment stays open then
 */
export async function authorise(
  services: TransactionServices,
  transaction: Transaction,
  submission: Submission,
): Promise<SubmissionResult> {
  const { pool, acquirer } = services;
  const facts = factsToPay(transaction, submission);
  const requestId = uuidv7();
  const card = cardFacts(submission.card);
  const keeps = sealToKeep(services, transaction, submission);
  const started = await startAuthorisation(pool, facts, {
    acquirer: acquirer.name,
    requestId,
    card,
    customer: facts.customer,
    shipping: submission.shipping,
    amount: facts.amount,
    charged: facts.charged,
    recoverAfterMs,
    keeps,
  });
  if (!started) return { kind: "not_open" };
  const begun = {
    ...transaction,
    facts,
    card,
    acquirerRequest: requestId,
    savesCard: keeps?.cardId,
  };
  return askForAuthorisation(services, begun, submission);
}

/**
 * The card as it is to be kept in the vault until the outcome is known, if it is to get a token at
 * all. It has to be there from the start: after a challenge or a crash nobody knows it any more.
 */
export function sealToKeep(
  { vault }: Pick<TransactionServices, "vault">,
  { options, facts }: Pick<NewTransaction, "options" | "facts">,
  { card, savesCard }: Pick<Submission, "card" | "savesCard">,
): SealedCard | undefined {
  const { save } = options;
  if (save === undefined || (save.ifTicked && !savesCard)) return undefined;
  return vault.seal({ profileId: facts.profileId, cardId: uuidv7() }, card);
}

type Asked =
  | CompletionResult
  | { readonly kind: "unknown" }
  | { readonly kind: "challenge"; readonly url: string };

/** Asks the acquirer about a payment that is `authorising`, and writes down what it says. */
export async function askForAuthorisation(
  services: TransactionServices,
  transaction: Transaction,
  charge: CardToCharge,
): Promise<Asked> {
  const { acquirer, log } = services;
  const { facts, acquirerRequest: requestId } = transaction;
  if (requestId === undefined) throw new Error("the acquirer's request has no id");
  const question = () =>
    acquirer.authorise({
      ...charge,
      profileId: facts.profileId,
      requestId,
      amount: facts.charged ?? facts.amount,
      purpose: facts.tranType === "Register" ? "verification" : "payment",
    });
  const answer = await ask(question, log, { tranRef: facts.tranRef, requestId });
  return recordAnswer(services, transaction, answer);
}

/**
 * Writes down what the acquirer said of a payment that is `authorising`.
 *
 * @param method whose page the shopper is led to, if not the issuer's
 */
export async function recordAnswer(
  services: TransactionServices,
  transaction: Transaction,
  answer: AuthorisationAnswer,
  method?: string,
): Promise<Asked> {
  const { pool, clock } = services;
  const { facts } = transaction;
  switch (answer.kind) {
    case "challenge":
      await startChallenge(pool, facts, { url: answer.url, method, askAfterMs: askAwayAfterMs });
      return answer;
    case "unknown":
      await recordUnanswered(pool, facts, { kind: "unanswered", afterMs: firstInquiryAfterMs });
      return answer;
    case "approved":
    case "held":
    case "declined":
    case "failed":
      return complete(services, transaction, {
        step: "answer",
        actor: "acquirer",
        outcome: outcomeOf(answer, transaction, clock.now()),
      });
    default:
      return answer satisfies never;
  }
}

/** The payment with what the shopper chose and added, as it is written before the acquirer is asked. */
function factsToPay(
  { facts }: Transaction,
  { customer, shipping, price }: Submission,
): Transaction["facts"] {
  const { charged: _, ...requested } = facts;
  const discounted = price !== undefined && price.charged.minor !== price.amount.minor;
  return {
    ...requested,
    customer,
    amount: price?.amount ?? facts.amount,
    ...(discounted && { charged: price.charged }),
    ...(shipping && { shipping }),
  };
}
