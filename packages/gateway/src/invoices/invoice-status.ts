import type { Profile } from "../profiles/profile.ts";
import { findByReference } from "../transactions/transactions-store.ts";
import { findOwnInvoice } from "./find-own-invoice.ts";
import { statusOf } from "./invoice.ts";
import type { InvoiceServices } from "./services.ts";

/**
 * How an invoice stands (protocol.md 10.4). A paid one names its payment, whose own status tells
 * whether the money is still there.
 *
 * @throws ApiError INVOICE_NOT_FOUND
 */
export async function invoiceStatus(
  { pool }: Pick<InvoiceServices, "pool">,
  profile: Profile,
  id: string,
): Promise<Record<string, unknown>> {
  const invoice = await findOwnInvoice(pool, profile, id);
  const status = { invoice_status: statusOf(invoice) };
  if (invoice.paidRef === undefined) return status;
  const options = { asQuery: false };
  const payment = await findByReference(pool, profile.profileId, invoice.paidRef, options);
  return {
    ...status,
    tran_ref: invoice.paidRef,
    tran_status: payment?.outcome?.status,
    tran_status_msg: payment?.outcome?.message,
  };
}
