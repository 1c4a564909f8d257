import { type Currency, type Money, parseCurrency } from "@wasl/protocol";
import { z } from "zod";
import { ApiError } from "../errors.ts";
import type { ApiBody } from "../http/merchant-api.ts";
import { type FollowUpKind, followUpKinds } from "../transactions/follow-up.ts";
import { readAmount } from "./amount.ts";
import { flag, invalidField, optional, text, word } from "./fields.ts";

export const followUpSchema = z.object({
  tran_type: word(followUpKinds),
  tran_ref: text(64),
  cart_id: optional(text(64).refine((value) => value !== "0", 'must not be "0"')),
  cart_description: optional(text(128)),
  cart_currency: optional(text(255)),
  cart_amount: z.unknown().optional().meta({ type: "number", minimum: 0.01 }),
  callback: optional(z.string("must be a URL")),
  plugin_info: optional(z.object({ cart_name: optional(text(255)) }, "must be an object")),
  return_using_get: optional(flag()),
});

/** A follow-up as it is understood, before it is held against what it follows. */
export interface FollowUpRequest {
  readonly kind: FollowUpKind;
  readonly tranRef: string;
  readonly cartId: string | undefined;
  readonly cartDescription: string | undefined;
  readonly callback: string | undefined;
  readonly paymentChannel: string | undefined;
  /**
   * The amount in the original's currency; `undefined` when none is given, which only a void, a
   * release and an authext may do (a shipped client voids without any cart member: protocol.md 1.4).
   *
   * @throws ApiError INVALID_FIELD, or CURRENCY_NOT_ENABLED for another currency than the original's
   */
  amountIn(currency: Currency): Money | undefined;
}

export function isFollowUp(tranType: unknown): boolean {
  const kinds: readonly string[] = followUpKinds;
  return typeof tranType === "string" && kinds.includes(tranType.toLowerCase());
}

/** @throws ApiError naming the first faulty member and its rule */
export function readFollowUp(body: ApiBody): FollowUpRequest {
  const reading = followUpSchema.safeParse(body);
  if (!reading.success) throw invalidField(reading.error.issues[0]);
  const request = reading.data;
  const { tran_type: kind, cart_amount: amount, cart_currency: given } = request;
  const needsAmount = kind === "capture" || kind === "refund";
  const isGiven = amount !== undefined && amount !== null && amount !== "";
  return {
    kind,
    tranRef: request.tran_ref,
    cartId: request.cart_id,
    cartDescription: request.cart_description,
    callback: request.callback === "none" ? undefined : request.callback,
    paymentChannel: request.plugin_info?.cart_name,
    amountIn(currency) {
      if (given !== undefined && parseCurrency(given) !== currency) {
        throw new ApiError("CURRENCY_NOT_ENABLED", {
          rule: `must be ${currency}, like that of the transaction it follows`,
        });
      }
      return needsAmount || isGiven ? readAmount(amount, currency) : undefined;
    },
  };
}
