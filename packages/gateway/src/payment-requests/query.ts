import { z } from "zod";
import { ApiError } from "../errors.ts";
import type { ApiBody } from "../http/merchant-api.ts";
import { newTrace } from "../ids.ts";
import type { Profile } from "../profiles/profile.ts";
import { queryByCartItem, queryByReference } from "../responses/query.ts";
import type { TransactionServices } from "../transactions/services.ts";
import { findByReference, queryByCart } from "../transactions/transactions-store.ts";
import { optional, text } from "./fields.ts";

/** As many as one captured reply holds (protocol.md 10.2). */
const cartItemsMax = 20;

export const querySchema = z.object({
  tran_ref: optional(text(64)),
  cart_id: optional(text(64)),
});

/**
 * `/payment/query` by `tran_ref` (one object) or by `cart_id` (a list, newest first; empty when the
 * cart is unknown). Source: protocol.md 10.1, 10.2.
 *
 * @throws ApiError INVALID_FIELD unless exactly one of the two is given; TRANSACTION_NOT_FOUND
 */
export async function query(
  services: Pick<TransactionServices, "pool" | "clock">,
  profile: Profile,
  body: ApiBody,
): Promise<Record<string, unknown> | Record<string, unknown>[]> {
  const { tran_ref: tranRef, cart_id: cartId } = readQuery(body);
  if ((tranRef === undefined) === (cartId === undefined)) {
    throw new ApiError("INVALID_FIELD", {
      field: "tran_ref",
      rule: "or cart_id is required, one of the two and not both",
    });
  }
  const { profileId, merchantId } = profile;
  if (cartId !== undefined) {
    const found = await queryByCart(services.pool, profileId, cartId, cartItemsMax);
    return found.map(queryByCartItem);
  }
  const found = await findByReference(services.pool, profileId, tranRef ?? "", { asQuery: true });
  if (found === undefined) throw new ApiError("TRANSACTION_NOT_FOUND");
  const trace = newTrace("PMNT", services.clock.now());
  return queryByReference(found, { merchantId, trace });
}

function readQuery(body: ApiBody): z.output<typeof querySchema> {
  const reading = querySchema.safeParse(body);
  if (reading.success) return reading.data;
  const [issue] = reading.error.issues;
  const field = issue?.path.join(".") ?? "body";
  throw new ApiError("INVALID_FIELD", { field, rule: issue?.message ?? "is invalid" });
}
