import type { ContactDetails } from "../responses/facts.ts";
import { complete, type CompletionResult } from "./complete.ts";
import { outcomeWithoutAcquirer } from "./outcome.ts";
import type { TransactionServices } from "./services.ts";
import type { Transaction } from "./transaction.ts";

/** The shopper pressed cancel: C/321 (protocol.md 6.3). */
export function cancel(
  services: TransactionServices,
  transaction: Transaction,
  customer: ContactDetails,
): Promise<CompletionResult> {
  return complete(services, transaction, {
    step: "cancel",
    actor: "shopper",
    outcome: outcomeWithoutAcquirer("cancelled", services.clock.now()),
    customer,
  });
}

/** The page's time ended unpaid: X/355 (protocol.md 8.4). */
export function expire(
  services: TransactionServices,
  transaction: Transaction,
): Promise<CompletionResult> {
  return complete(services, transaction, {
    step: "expire",
    actor: "gateway",
    outcome: outcomeWithoutAcquirer("expired", services.clock.now()),
  });
}
