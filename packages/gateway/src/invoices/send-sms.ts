import { z } from "zod";
import { ApiError } from "../errors.ts";
import type { ApiBody } from "../http/merchant-api.ts";
import { text } from "../payment-requests/fields.ts";
import type { Profile } from "../profiles/profile.ts";
import { findOwnInvoice } from "./find-own-invoice.ts";
import type { InvoiceServices } from "./services.ts";

const required = (issue: { readonly input?: unknown }) =>
  issue.input === undefined ? "is required" : "must be an object";

export const smsSchema = z.object({
  customer_details: z.object({ phone: text(255) }, { error: required }),
});

/**
 * Sending an invoice by SMS: Wasl has nobody who sends one, and says so rather than "sent". The
 * request is judged all the same, so that a client finds its own mistakes first.
 *
 * @throws ApiError always: a faulty member, INVOICE_NOT_FOUND, or SMS_NOT_OFFERED
 */
export async function sendSms(
  { pool }: Pick<InvoiceServices, "pool">,
  profile: Profile,
  id: string,
  body: ApiBody,
): Promise<never> {
  await findOwnInvoice(pool, profile, id);
  const reading = smsSchema.safeParse(body);
  if (!reading.success) {
    const [issue] = reading.error.issues;
    const field = issue?.path.join(".") ?? "body";
    throw new ApiError("INVALID_FIELD", { field, rule: issue?.message ?? "is invalid" });
  }
  throw new ApiError("SMS_NOT_OFFERED");
}
