import type { PoolClient } from "pg";
import { inTransaction } from "../database/in-transaction.ts";
import { newPageToken, newTrace } from "../ids.ts";
import type { TransactionFacts } from "../responses/facts.ts";
import { expire } from "../transactions/finish.ts";
import type { TransactionServices } from "../transactions/services.ts";
import type { Actor, NewTransaction, Transaction } from "../transactions/transaction.ts";
import { findByReference, insertTransaction } from "../transactions/transactions-store.ts";
import { invoicePath } from "./addresses.ts";
import { closedBecause, type Invoice, type InvoiceKey } from "./invoice.ts";
import { holdForPayment, lockInvoice } from "./invoices-store.ts";
import { restoredTerms } from "./terms.ts";

export type BeginResult =
  | { readonly kind: "begun"; readonly transaction: Transaction }
  /** Another payment has the invoice, and will until it has ended. */
  | { readonly kind: "under_way"; readonly transaction: Transaction }
  | { readonly kind: "closed" };

/** A page whose time is over gives way to a new one; more than once needs a very slow shopper. */
const roundsMax = 3;

/**
 * Makes the payment with which a shopper pays an invoice. An invoice is held by one payment at a
 * time, so however often and from wherever Pay is pressed, there is one, and everybody is led to it.
 */
export async function beginPayment(
  services: TransactionServices,
  key: InvoiceKey,
): Promise<BeginResult> {
  for (let round = 1; ; round += 1) {
    const result = await inTransaction(services.pool, (client) => hold(services, client, key));
    if (result.kind !== "under_way") return result;
    const { profileId } = key;
    const options = { asQuery: false };
    const found = await findByReference(services.pool, profileId, result.tranRef, options);
    if (found === undefined) throw new Error(`payment ${result.tranRef} is gone`);
    const over = found.state === "open" && found.secondsLeft <= 0;
    if (!over || round === roundsMax) return { kind: "under_way", transaction: found };
    await expire(services, found);
  }
}

type Held =
  | Exclude<BeginResult, { readonly kind: "under_way" }>
  | { readonly kind: "under_way"; readonly tranRef: string };

async function hold(
  services: Pick<TransactionServices, "clock">,
  client: PoolClient,
  key: InvoiceKey,
): Promise<Held> {
  const invoice = await lockInvoice(client, key);
  if (invoice === undefined || closedBecause(invoice) !== undefined) return { kind: "closed" };
  if (invoice.paymentRef !== undefined) {
    return { kind: "under_way", tranRef: invoice.paymentRef };
  }
  const transaction = await holdWithNew(services, client, invoice, { actor: "shopper" });
  return { kind: "begun", transaction };
}

export interface PaymentOfInvoice {
  readonly actor: Actor;
  readonly facts?: Pick<TransactionFacts, "paymentChannel">;
  readonly terms?: Pick<NewTransaction, "returnUrl">;
}

/** Writes a payment of a locked invoice that no other payment has. */
export async function holdWithNew(
  { clock }: Pick<TransactionServices, "clock">,
  client: PoolClient,
  invoice: Invoice,
  { actor, facts, terms }: PaymentOfInvoice,
): Promise<Transaction> {
  const kept = restoredTerms(invoice.terms, invoice.amount);
  const { invoiceId } = invoice;
  const transaction = await insertTransaction(client, {
    ...kept,
    ...terms,
    facts: { ...kept.facts, ...facts, invoiceId, backPath: invoicePath(invoice) },
    pageToken: newPageToken(invoice.profileId),
    trace: newTrace("PMNT", clock.now()),
    requestedBy: actor,
  });
  const { tranRef } = transaction.facts;
  if (await holdForPayment(client, invoice, { tranRef, actor })) return transaction;
  throw new Error(`invoice ${invoiceId} was taken by another payment while it was locked`);
}
