import { type Money, moneyOf } from "@wasl/protocol";
import { ApiError } from "../errors.ts";
import type { ApiBody } from "../http/merchant-api.ts";
import { type CreateServices, type PaymentTerms, readTerms } from "../payment-requests/create.ts";
import type { Profile } from "../profiles/profile.ts";

/** The terms of later payments as they are kept: JSON, the amount in columns of its own. */
export type StoredTerms = Omit<PaymentTerms, "facts"> & {
  readonly facts: Omit<PaymentTerms["facts"], "amount">;
};

/** Members that belong to a payment which is made at once, by whoever sends them. */
const forPaymentsAtOnce = [
  "card_details",
  "payment_token",
  "apple_pay_token",
  "token",
  "tran_ref",
] as const;

/**
 * The terms of payments that a shopper makes later, on a page: the members of a page's request.
 *
 * @throws ApiError naming the faulty member
 */
export function readLaterTerms(
  services: CreateServices,
  profile: Profile,
  body: ApiBody,
): { readonly terms: StoredTerms; readonly amount: Money } {
  const member = forPaymentsAtOnce.find((name) => (body[name] ?? "") !== "");
  if (member !== undefined) {
    throw new ApiError("NOT_SUPPORTED", {
      rule: `${member} cannot wait for a shopper who pays later`,
    });
  }
  const { facts, ...terms } = readTerms(services, profile, body);
  const { amount, ...others } = facts;
  if (facts.tranType !== "Sale" && facts.tranType !== "Auth") {
    throw new ApiError("NOT_SUPPORTED", { rule: "tran_type must be sale or auth" });
  }
  return { terms: { ...terms, facts: others }, amount };
}

/** Terms that were kept, ready to make a payment from. */
export function restoredTerms(terms: StoredTerms, { minor, currency }: Money): PaymentTerms {
  return { ...terms, facts: { ...terms.facts, amount: moneyOf(minor, currency) } };
}
