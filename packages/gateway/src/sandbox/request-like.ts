import { formatAmount } from "@wasl/protocol";
import { providerMethod } from "../acquirers/offered-methods.ts";
import { isFollowUp } from "../payment-requests/follow-up-request.ts";
import { serviceIds } from "../responses/facts.ts";
import type { Transaction } from "../transactions/transaction.ts";

/** Methods of a provider are on a page only because they were named. */
function namedMethods({ page }: Transaction["options"]): { payment_methods?: readonly string[] } {
  const methods = page?.methods ?? [];
  const named = methods.some((code) => providerMethod(code) !== undefined);
  return named ? { payment_methods: methods } : {};
}

export interface RequestLike {
  /** For `/payment/request`. */
  readonly members: Readonly<Record<string, unknown>>;
  /** False where the shop sent a card, of which nothing is kept: it is then a page for the same. */
  readonly isSame: boolean;
}

/**
 * The request that makes such a transaction again.
 *
 * @example curlOf(publicUrl, requestLike(transaction).members)
 */
export function requestLike({
  facts,
  language,
  returnUrl,
  callbackUrl,
  options,
}: Transaction): RequestLike {
  const { ip: _, ...customer } = facts.customer;
  const followUp = isFollowUp(facts.tranType);
  const isSame = followUp || facts.serviceId !== serviceIds.api;
  const asked = facts.originalTranType ?? facts.tranType;
  const members = {
    profile_id: facts.profileId,
    // A bill begins as a sale whose method the shopper chooses.
    tran_type: asked === "Payment Request" ? "sale" : asked.toLowerCase(),
    tran_class: isSame ? facts.tranClass.toLowerCase() : "ecom",
    ...(followUp ? { tran_ref: facts.previousTranRef } : {}),
    cart_id: facts.cartId,
    cart_description: facts.cartDescription,
    cart_currency: facts.amount.currency,
    cart_amount: formatAmount(facts.amount),
    ...(language === undefined ? {} : { paypage_lang: language }),
    ...(returnUrl === undefined ? {} : { return: returnUrl }),
    ...(callbackUrl === undefined ? {} : { callback: callbackUrl }),
    ...(Object.keys(customer).length === 0 ? {} : { customer_details: customer }),
    ...(options.page?.hideShipping === true ? { hide_shipping: true } : {}),
    ...namedMethods(options),
  };
  return { members, isSame };
}
