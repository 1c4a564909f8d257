import { ApiError } from "../errors.ts";
import { newTrace } from "../ids.ts";
import type { Profile } from "../profiles/profile.ts";
import { findOwnInvoice } from "./find-own-invoice.ts";
import { freeInvoice } from "./free-invoice.ts";
import { closeAsCancelled } from "./invoices-store.ts";
import type { InvoiceServices } from "./services.ts";

/** A shopper may begin a payment between freeing the invoice and closing it. */
const triesMax = 3;

/**
 * Cancels an invoice that is not paid; a payment whose page is merely open ends with it. Cancelling
 * twice is the same as once (protocol.md 10.4).
 *
 * @throws ApiError INVOICE_NOT_FOUND, INVOICE_PAID, INVOICE_BUSY
 */
export async function cancelInvoice(
  services: InvoiceServices,
  profile: Profile,
  id: string,
): Promise<Record<string, unknown>> {
  for (let tries = 1; tries <= triesMax; tries += 1) {
    const invoice = await findOwnInvoice(services.pool, profile, id);
    if (invoice.state === "paid") throw new ApiError("INVOICE_PAID");
    if (invoice.state === "cancelled") return cancelled(services);
    const heldRef = await freeInvoice(services, invoice);
    if (await closeAsCancelled(services.pool, invoice, heldRef)) return cancelled(services);
  }
  throw new ApiError("INVOICE_BUSY", { payment: "a shopper is paying" });
}

/** Code 0 is success, as where a token is deleted (protocol.md 10.3). */
function cancelled({ clock }: Pick<InvoiceServices, "clock">): Record<string, unknown> {
  return { code: 0, message: "Invoice cancelled", trace: newTrace("PMNT", clock.now()) };
}
