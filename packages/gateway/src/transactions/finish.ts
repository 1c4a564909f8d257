import type { ContactDetails, Outcome } from "../responses/facts.ts";
import type { Queryable } from "../database/in-transaction.ts";
import type { Profile } from "../profiles/profile.ts";
import { complete, type CompletionResult, writeCompletion } from "./complete.ts";
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

/**
 * The merchant was paid elsewhere, in cash for example, and says so: written in the database
 * transaction that made the payment, which therefore nobody ever sees open.
 *
 * @returns what lets this node send Callback and IPNs; call it when COMMIT has returned
 */
export async function recordPaid(
  services: TransactionServices,
  connection: Queryable,
  transaction: Transaction,
  paid: Pick<Outcome, "method"> & { readonly profile: Profile },
): Promise<() => void> {
  const written = await writeCompletion(services, connection, transaction, {
    step: "record",
    actor: "merchant",
    outcome: outcomeRecorded(paid, services.clock.now()),
    profile: paid.profile,
  });
  if (written !== undefined) return written.handOver;
  throw new Error(`${transaction.facts.tranRef} was not open in the transaction that made it`);
}
