import { amountMinorMax, type Money, minimumAmount, parseAmount } from "@wasl/protocol";
import { z } from "zod";
import { JsonNumber } from "../http/json-body.ts";
import type { DonationOptions } from "../transactions/page-options.ts";
import type { Reading } from "./card-rules.ts";
import { flag, optional } from "./fields.ts";

const decimal = z
  .preprocess(
    (value) => (value instanceof JsonNumber ? value.source : value),
    z.string("must be a decimal number"),
  )
  .meta({ type: "number" });

/** The members that let the shopper choose the amount (protocol.md 2.3). */
export const donationMembers = {
  donation_mode: optional(flag()),
  cart_min: optional(decimal),
  cart_max: optional(decimal),
};

type DonationRequest = z.output<z.ZodObject<typeof donationMembers>>;

/**
 * The bounds of what the shopper may choose; `cart_amount` is what the page proposes. Without
 * `cart_min` it is the least that can be charged, without `cart_max` the most.
 */
export function readDonation(
  request: DonationRequest,
  { currency }: Money,
): Reading<DonationOptions | undefined> {
  if (request.donation_mode !== true) return { ok: true, value: undefined };
  const bounds = { cart_min: minimumAmount(currency).minor as bigint, cart_max: amountMinorMax };
  for (const member of ["cart_min", "cart_max"] as const) {
    const given = request[member];
    if (given === undefined || /^0+(?:\.0+)?$/.test(given)) continue;
    const reading = parseAmount(given, currency);
    if (!reading.ok) {
      return { ok: false, field: member, rule: `must be an amount of ${currency}` };
    }
    bounds[member] = reading.money.minor;
  }
  const { cart_min: min, cart_max: max } = bounds;
  if (min > max) return { ok: false, field: "cart_max", rule: "must not be below cart_min" };
  return { ok: true, value: { minMinor: min.toString(), maxMinor: max.toString() } };
}
