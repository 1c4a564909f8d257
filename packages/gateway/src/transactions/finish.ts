import type { ContactDetails, Outcome } from "../responses/facts.ts";
import { complete, type CompletionResult } from "./complete.ts";
import { outcomeRecorded, outcomeWithoutAcquirer } from "./outcome.ts";
import type { TransactionServices } from "./services.ts";
import type { Actor, Transaction } from "./transaction.ts";

/** The shopper pressed cancel, or somebody else did: C/321 (protocol.md 6.3). */
export function cancel(
  services: TransactionServices,
  transaction: Transaction,
  customer: ContactDetails,
  actor: Actor = "shopper",
): Promise<CompletionResult> {
  return complete(services, transaction, {
    step: "cancel",
    actor,
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

/** The merchant was paid elsewhere, in cash for example, and says so. */
export function recordPaid(
  services: TransactionServices,
  transaction: Transaction,
  paid: Pick<Outcome, "method">,
): Promise<CompletionResult> {
  return complete(services, transaction, {
    step: "record",
    actor: "merchant",
    outcome: outcomeRecorded(paid, services.clock.now()),
  });
}
