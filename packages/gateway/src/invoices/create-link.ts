import { z } from "zod";
import { ApiError } from "../errors.ts";
import type { ApiBody } from "../http/merchant-api.ts";
import { newLinkToken, newTrace } from "../ids.ts";
import { text } from "../payment-requests/fields.ts";
import { moment } from "../payment-requests/invoice-object.ts";
import type { Profile } from "../profiles/profile.ts";
import { linkPath } from "./addresses.ts";
import { insertLink, nextLinkId } from "./payment-links-store.ts";
import { linkMessage } from "./message.ts";
import { sendByMail } from "./send-by-mail.ts";
import type { InvoiceServices } from "./services.ts";
import { readLaterTerms } from "./terms.ts";

export const linkSchema = z.object({ link_title: text(128), expiry_date: moment });

/**
 * Creates a payment link: everybody who opens it can pay, each time anew. PT2 publishes little of
 * it: `link_title`, `cart_currency` and `cart_amount` are required; every other member of a page's
 * request may be given, and what a link does not need has a default (docs/compatibility.md).
 *
 * @throws ApiError naming the faulty member; nothing is written then
 */
export async function createLink(
  services: InvoiceServices,
  profile: Profile,
  body: ApiBody,
): Promise<Record<string, unknown>> {
  const reading = linkSchema.safeParse(body);
  if (!reading.success) {
    const [issue] = reading.error.issues;
    const field = issue?.path.join(".") ?? "body";
    throw new ApiError("INVALID_FIELD", { field, rule: issue?.message ?? "is invalid" });
  }
  const { link_title: title, expiry_date: expiresAt } = reading.data;
  const { terms, amount } = readLaterTerms(services, profile, withDefaults(body, title));
  const linkId = await nextLinkId(services.pool);
  const cartId = isGiven(body["cart_id"]) ? terms.facts.cartId : `link-${linkId}`;
  const trace = newTrace("PMNT", services.clock.now());
  const link = await insertLink(services.pool, {
    profileId: profile.profileId,
    linkId,
    token: newLinkToken(profile.profileId),
    trace,
    title,
    amount,
    terms: { ...terms, facts: { ...terms.facts, cartId } },
    expiresAt,
  });
  if (link === undefined) throw new ApiError("LINK_EXPIRED");
  const url = `${services.publicUrl()}${linkPath(link)}`;
  await sendByMail(
    services,
    profile,
    { terms, amount, link: url, about: `link ${link.linkId}` },
    (sent) => linkMessage({ ...sent, title }),
  );
  return {
    link_id: link.linkId,
    link_url: url,
    trace,
  };
}

const isGiven = (value: unknown) => value !== undefined && value !== null && value !== "";

function withDefaults(body: ApiBody, title: string): ApiBody {
  const defaults = { tran_type: "sale", cart_id: "link", cart_description: title };
  const missing = Object.entries(defaults).filter(([name]) => !isGiven(body[name]));
  return { ...body, ...Object.fromEntries(missing) };
}
