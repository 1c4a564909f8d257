import type { Card } from "../acquirers/acquirer.ts";
import { cardFacts } from "../acquirers/card-facts.ts";
import type { ContactDetails } from "../responses/facts.ts";
import { complete, type CompletionResult } from "./complete.ts";
import { outcomeWithoutAcquirer } from "./outcome.ts";
import type { TransactionServices } from "./services.ts";
import type { Transaction } from "./transaction.ts";

/**
 * The shop does not take this card (`card_filter`): D/354, decided before any acquirer is asked
 * (protocol.md 12.2, 13.1). `not_open`: the payment's time is over.
 */
export async function refuseCard(
  services: TransactionServices,
  transaction: Transaction,
  refused: { readonly card: Card; readonly customer: ContactDetails },
): Promise<CompletionResult | { readonly kind: "not_open" }> {
  if (transaction.secondsLeft <= 0) return { kind: "not_open" };
  const outcome = outcomeWithoutAcquirer("cardNotApproved", services.clock.now());
  return complete(services, transaction, {
    step: "refuse",
    actor: "gateway",
    outcome: { ...outcome, card: cardFacts(refused.card) },
    customer: refused.customer,
  });
}
