import { ApiError } from "../errors.ts";
import { cancel } from "../transactions/finish.ts";
import type { TransactionServices } from "../transactions/services.ts";
import { findByReference } from "../transactions/transactions-store.ts";
import type { Invoice } from "./invoice.ts";

/**
 * Ends the payment that has the invoice, if its page is merely open: the merchant has settled the
 * matter otherwise. The page then says that it was cancelled, and so does the Callback.
 *
 * @returns the payment that is held (H), if that has the invoice: it stays so, since nothing can
 *   follow it (protocol.md 3.3), and the merchant knows of it. It must be left in the transaction that
 *   settles the matter: before, a shopper could pay again.
 * @throws ApiError INVOICE_BUSY when the bank was asked already, or a bill was issued
 */
export async function freeInvoice(
  services: TransactionServices,
  invoice: Invoice,
): Promise<string | undefined> {
  const { profileId, paymentRef } = invoice;
  if (paymentRef === undefined) return undefined;
  const payment = await findByReference(services.pool, profileId, paymentRef, { asQuery: false });
  if (payment?.outcome?.status === "H") return paymentRef;
  if (payment?.state !== "open") throw new ApiError("INVOICE_BUSY", { payment: paymentRef });
  await cancel(services, payment, payment.facts.customer, "merchant");
  return undefined;
}
