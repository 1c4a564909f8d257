import { formatAmount, type Money, parseAmount, parseCurrency } from "@wasl/protocol";
import type { PoolClient } from "pg";
import { z } from "zod";
import { inTransaction } from "../database/in-transaction.ts";
import { ApiError } from "../errors.ts";
import { JsonNumber } from "../http/json-body.ts";
import type { ApiBody } from "../http/merchant-api.ts";
import { optional, text, word } from "../payment-requests/fields.ts";
import type { Profile } from "../profiles/profile.ts";
import { channels } from "../responses/facts.ts";
import { recordPaid } from "../transactions/finish.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { holdWithNew } from "./begin-payment.ts";
import { findOwnInvoice, invoiceIdOf } from "./find-own-invoice.ts";
import { freeInvoice } from "./free-invoice.ts";
import type { Invoice } from "./invoice.ts";
import { leaveHeldPayment, lockInvoice } from "./invoices-store.ts";
import type { InvoiceServices } from "./services.ts";

/** How PT2's replies and responses name the four methods (protocol.md 10.4). */
const methodNames = {
  cash: "Cash",
  cheque: "Cheque",
  banktransfer: "Bank Transfer",
  pointofsale: "Point of Sale",
} as const;

export const markPaidSchema = z.object({
  pay_method: word(["cash", "cheque", "banktransfer", "pointofsale"]),
  pay_description: optional(text(255)),
  invoice_currency: text(255),
  invoice_total: z.unknown().optional().meta({ type: "number", minimum: 0.01 }),
});

/**
 * The merchant was paid elsewhere: writes a payment of its own, authorised at once, with Callback
 * and IPN like any other (protocol.md 10.4). An overdue or expired invoice can be paid so too.
 *
 * @throws ApiError naming the faulty member, or why the invoice cannot be paid
 */
export async function markPaid(
  services: InvoiceServices,
  profile: Profile,
  body: ApiBody,
): Promise<Record<string, unknown>> {
  const id = invoiceIdOf(body);
  const request = readRequest(body);
  const invoice = await findOwnInvoice(services.pool, profile, id);
  refuseClosed(invoice);
  requireAmount(request.invoice_currency, request.invoice_total, invoice.amount);
  const heldRef = await freeInvoice(services, invoice);
  const name = methodNames[request.pay_method];
  const method = { name, description: request.pay_description ?? name };
  const { tranRef, handOver } = await inTransaction(services.pool, async (client) => {
    const payment = await take(services, client, invoice, heldRef);
    const written = await recordPaid(services, client, payment, { method, profile });
    return { tranRef: payment.facts.tranRef, handOver: written };
  });
  handOver();
  return {
    profile_id: profile.profileId,
    invoice_id: invoice.invoiceId,
    invoice_currency: invoice.amount.currency,
    invoice_total: formatAmount(invoice.amount),
    pay_method: name,
    pay_description: request.pay_description ?? "",
    tran_ref: tranRef,
  };
}

function readRequest(body: ApiBody): z.output<typeof markPaidSchema> {
  const reading = markPaidSchema.safeParse(body);
  if (reading.success) return reading.data;
  const [issue] = reading.error.issues;
  throw invalid(issue?.path.join(".") ?? "body", issue?.message ?? "is invalid");
}

function invalid(field: string, rule: string): ApiError {
  return new ApiError("INVALID_FIELD", { field, rule });
}

function refuseClosed({ state }: Invoice): void {
  if (state === "paid") throw new ApiError("INVOICE_PAID");
  if (state === "cancelled") throw new ApiError("INVOICE_CANCELLED");
}

function requireAmount(currency: string, total: unknown, amount: Money): void {
  if (parseCurrency(currency) !== amount.currency) {
    throw invalid("invoice_currency", `must be the invoice's, ${amount.currency}`);
  }
  const decimal = total instanceof JsonNumber ? total.source : total;
  const reading = parseAmount(typeof decimal === "string" ? decimal : "", amount.currency);
  if (!reading.ok || reading.money.minor !== amount.minor) {
    throw invalid("invoice_total", `must be the invoice's, ${formatAmount(amount)}`);
  }
}

/** Makes the payment of a locked invoice, in place of the one that is held. */
async function take(
  services: InvoiceServices,
  client: PoolClient,
  { profileId, invoiceId }: Invoice,
  heldRef: string | undefined,
): Promise<Transaction> {
  const invoice = await lockInvoice(client, { profileId, invoiceId });
  if (invoice === undefined) throw new ApiError("INVOICE_NOT_FOUND");
  refuseClosed(invoice);
  if (invoice.paymentRef !== undefined) {
    if (invoice.paymentRef !== heldRef) {
      throw new ApiError("INVOICE_BUSY", { payment: invoice.paymentRef });
    }
    await leaveHeldPayment(client, invoice, heldRef);
  }
  return holdWithNew(services, client, invoice, {
    actor: "merchant",
    facts: { paymentChannel: channels.api },
    terms: { returnUrl: undefined },
  });
}
