import { ApiError } from "../errors.ts";
import { cancel } from "../transactions/finish.ts";
import type { TransactionServices } from "../transactions/services.ts";
import { findByReference } from "../transactions/transactions-store.ts";
import type { Invoice } from "./invoice.ts";
import { leaveHeldPayment } from "./invoices-store.ts";

/** The channel of what the API itself did (protocol.md 3.3): a payment that was made elsewhere. */
export const recordChannel = "Transaction API";

/**
 * Ends the payment that has the invoice, if its page is merely open: the merchant has settled the
 * matter otherwise. The page then says that it was cancelled, and so does the Callback. One that is
 * held (H) stays so, without the invoice: nothing can follow it (protocol.md 3.3), and the merchant
 * knows of it.
 *
 * @throws ApiError INVOICE_BUSY when the bank was asked already, or a bill was issued, or another
 *   call of the merchant records one
 */
export async function freeInvoice(services: TransactionServices, invoice: Invoice): Promise<void> {
  const { profileId, paymentRef } = invoice;
  if (paymentRef === undefined) return;
  const payment = await findByReference(services.pool, profileId, paymentRef, { asQuery: false });
  if (payment?.outcome?.status === "H") {
    await leaveHeldPayment(services.pool, invoice, paymentRef);
    return;
  }
  if (payment?.state !== "open" || payment.facts.paymentChannel === recordChannel) {
    throw new ApiError("INVOICE_BUSY", { payment: paymentRef });
  }
  await cancel(services, payment, payment.facts.customer, "merchant");
}
