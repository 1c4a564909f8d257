import { ApiError } from "../errors.ts";
import type { ApiBody } from "../http/merchant-api.ts";
import { newLinkToken, newTrace } from "../ids.ts";
import { readInvoiceObject } from "../payment-requests/invoice-object.ts";
import type { Profile } from "../profiles/profile.ts";
import { invoicePath } from "./addresses.ts";
import { insertInvoice } from "./invoices-store.ts";
import { invoiceMessage } from "./message.ts";
import { sendByMail } from "./send-by-mail.ts";
import type { InvoiceServices } from "./services.ts";
import { readLaterTerms } from "./terms.ts";

/**
 * Creates an invoice (protocol.md 10.4). Its payments are made later, by whoever opens its link.
 *
 * @throws ApiError naming the faulty member; nothing is written then
 */
export async function createInvoice(
  services: InvoiceServices,
  profile: Profile,
  body: ApiBody,
): Promise<Record<string, unknown>> {
  const { terms, amount } = readLaterTerms(services, profile, body);
  if (terms.options.page?.donation !== undefined) {
    const rule = "is not for invoices, whose total is what is due; a payment link may have it";
    throw new ApiError("INVALID_FIELD", { field: "donation_mode", rule });
  }
  const { language, content, ...dates } = readInvoiceObject(body["invoice"], amount);
  const trace = newTrace("PMNT", services.clock.now());
  const spoken = language === undefined ? terms : { ...terms, language };
  const invoice = await insertInvoice(services.pool, {
    profileId: profile.profileId,
    token: newLinkToken(profile.profileId),
    trace,
    amount,
    terms: spoken,
    content,
    ...dates,
  });
  if (invoice === undefined) throw new ApiError("INVOICE_EXPIRED");
  const link = `${services.publicUrl()}${invoicePath(invoice)}`;
  const number = invoice.invoiceId.toString();
  const { dueAt } = dates;
  await sendByMail(
    services,
    profile,
    { terms: spoken, amount, link, about: `invoice ${number}` },
    (sent) => invoiceMessage({ ...sent, number, dueAt }),
  );
  return {
    invoice_id: invoice.invoiceId,
    invoice_link: link,
    trace_code: trace,
  };
}
