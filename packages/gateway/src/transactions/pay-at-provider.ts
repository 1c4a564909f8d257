import type { ProviderMethod } from "../acquirers/offered-methods.ts";
import { uuidv7 } from "../ids.ts";
import type { ContactDetails } from "../responses/facts.ts";
import { ask } from "./ask.ts";
import { recordAnswer, recoverAfterMs, type SubmissionResult } from "./authorise.ts";
import { startAtProvider } from "./provider-store.ts";
import type { TransactionServices } from "./services.ts";
import type { Transaction } from "./transaction.ts";

export interface ProviderWish {
  readonly method: ProviderMethod;
  readonly customer: ContactDetails;
  readonly merchantName: string;
  readonly language: "en" | "ar";
  /** Where the shopper's browser comes back to from the provider's page. */
  readonly backUrl: string;
  /** Who may show the provider's page in a frame, where this payment's page is in one. */
  readonly frameAncestors?: readonly string[];
}

/**
 * Begins a payment on the page of the method's provider, once; the shopper is to be led there. From
 * there on it is a payment like one with a card: the outcome is inquired about when the shopper is
 * back, and now and then until they are.
 */
export async function payAtProvider(
  services: TransactionServices,
  transaction: Transaction,
  { method, customer, merchantName, language, backUrl, frameAncestors }: ProviderWish,
): Promise<SubmissionResult> {
  const { pool, acquirer, log } = services;
  const requestId = uuidv7();
  const named = { name: method.wireName, description: method.wireName };
  const facts = { ...transaction.facts, customer, method: named };
  const start = { acquirer: acquirer.name, requestId, customer, method: named, recoverAfterMs };
  if (!(await startAtProvider(pool, facts, start))) return { kind: "not_open" };
  const question = () =>
    acquirer.beginAtProvider({
      profileId: facts.profileId,
      requestId,
      method: method.code,
      amount: facts.charged ?? facts.amount,
      merchantName,
      language,
      backUrl,
      ...(frameAncestors && { frameAncestors }),
    });
  const answer = await ask(question, log, { tranRef: facts.tranRef, requestId });
  const begun: Transaction = {
    ...transaction,
    facts,
    state: "authorising",
    acquirerRequest: requestId,
  };
  return recordAnswer(services, begun, answer, method.wireName);
}
