import { z } from "zod";
import { ApiError } from "../errors.ts";
import type { ApiBody } from "../http/merchant-api.ts";
import { newTrace } from "../ids.ts";
import type { Profile } from "../profiles/profile.ts";
import { wireContact } from "../responses/contact.ts";
import { wirePaymentInfo } from "../responses/payment-info.ts";
import type { TransactionServices } from "../transactions/services.ts";
import { deleteToken } from "../transactions/tokens-store.ts";
import { text } from "./fields.ts";
import { requireToken } from "./stored-card.ts";

export const tokenRequestSchema = z.object({ token: text(64) });

/**
 * `/payment/token`: what is known of a stored card, from the payment that made the token
 * (protocol.md 10.3). The card itself is not opened.
 *
 * @throws ApiError INVALID_FIELD for a token that is not this profile's, or was deleted
 */
export async function queryToken(
  services: Pick<TransactionServices, "pool">,
  profile: Profile,
  body: ApiBody,
): Promise<Record<string, unknown>> {
  const { tranRef, card, customer } = await requireToken(services, profile, readToken(body));
  return {
    tran_ref: tranRef,
    payment_info: wirePaymentInfo(card && { card: card }),
    customer_details: wireContact(customer),
  };
}

/**
 * `/payment/token/delete`: the stored card is gone at once. Code 0 is success (protocol.md 10.3).
 *
 * @throws ApiError INVALID_FIELD for a token that is not this profile's, or was deleted before
 */
export async function removeToken(
  services: Pick<TransactionServices, "pool" | "clock">,
  profile: Profile,
  body: ApiBody,
): Promise<Record<string, unknown>> {
  const { token } = await requireToken(services, profile, readToken(body));
  if (!(await deleteToken(services.pool, profile.profileId, token))) {
    throw new ApiError("INVALID_FIELD", { field: "token", rule: "was deleted" });
  }
  return { code: 0, message: "Token deleted", trace: newTrace("PMNT", services.clock.now()) };
}

function readToken(body: ApiBody): string {
  const reading = tokenRequestSchema.shape.token.safeParse(body["token"] ?? undefined);
  if (reading.success) return reading.data;
  const rule = reading.error.issues[0]?.message ?? "is invalid";
  throw new ApiError("INVALID_FIELD", { field: "token", rule });
}
