import type { Profile } from "../profiles/profile.ts";
import { followUpsOf } from "../transactions/follow-ups-store.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { findByReference } from "../transactions/transactions-store.ts";
import { findOwnInvoice } from "./find-own-invoice.ts";
import { statusOf } from "./invoice.ts";
import type { InvoiceServices } from "./services.ts";

/**
 * How an invoice stands (protocol.md 10.4). A paid one stays so, and names its payment: with V once
 * all of it was voided or released. What was refunded is told by Query.
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
  if (payment !== undefined && (await isVoided(pool, payment))) {
    return { ...status, tran_ref: invoice.paidRef, tran_status: "V", tran_status_msg: "Voided" };
  }
  return {
    ...status,
    tran_ref: invoice.paidRef,
    tran_status: payment?.outcome?.status,
    tran_status_msg: payment?.outcome?.message,
  };
}

/** Not before the acquirer has said so: a void that is under way has its amount reserved already. */
async function isVoided(pool: InvoiceServices["pool"], payment: Transaction): Promise<boolean> {
  const { facts, balances } = payment;
  const whole = (facts.charged ?? facts.amount).minor;
  if (balances.released < whole) return false;
  const released = (await followUpsOf(pool, facts)).filter(
    ({ reserves }) => reserves === "released",
  );
  return released.every(({ status }) => status !== undefined);
}
