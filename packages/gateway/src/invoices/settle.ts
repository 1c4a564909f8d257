import type { TransactionFacts } from "../responses/facts.ts";
import type { OutcomeCompanion } from "../transactions/outcome-store.ts";
import { invoiceSettlement } from "./invoices-store.ts";

/** What is written with the outcome of a payment that pays an invoice. */
export function settlementOf(facts: TransactionFacts): OutcomeCompanion | undefined {
  return facts.invoiceId === undefined ? undefined : invoiceSettlement;
}
