import { formatAmount } from "@wasl/protocol";
import type { ThreeDsFacts } from "../acquirers/acquirer.ts";
import type { Profile } from "../profiles/profile.ts";
import { wireContact } from "./contact.ts";
import { type Outcome, type TransactionFacts, wireTranType } from "./facts.ts";
import { wirePaymentInfo } from "./payment-info.ts";
import { hmacHex } from "./sign.ts";

/** A finished Callback or IPN: the exact bytes as text, and the headers that belong to them. */
export interface SignedMessage {
  readonly contentType: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Makes the Callback's bytes and signs them, once; they are stored and sent unchanged.
 * Source: protocol.md 7 (headers), 7.1 to 7.6 (body).
 */
export function makeCallback(
  profile: Profile,
  facts: TransactionFacts,
  outcome: Outcome,
): SignedMessage {
  return signed(profile, callbackBody(profile.merchantId, facts, outcome));
}

/** A body's bytes with PT2's headers (protocol.md 7). */
export function signed(profile: Profile, members: Record<string, unknown>): SignedMessage {
  const body = JSON.stringify(members);
  return {
    contentType: "application/json",
    body,
    headers: { "Client-Key": profile.clientKey, Signature: hmacHex(profile.serverKey, body) },
  };
}

/** The members of the body, Default Web, in PT2's order (protocol.md 7.2); `undefined` ones are left out. */
export function callbackBody(
  merchantId: number,
  facts: TransactionFacts,
  outcome: Outcome,
): Record<string, unknown> {
  const amount = formatAmount(facts.amount);
  return {
    tran_ref: facts.tranRef,
    previous_tran_ref: facts.previousTranRef,
    merchant_id: merchantId,
    profile_id: facts.profileId,
    cart_id: facts.cartId,
    cart_description: facts.cartDescription,
    cart_currency: facts.amount.currency,
    cart_amount: amount,
    tran_currency: facts.amount.currency,
    tran_total: facts.charged === undefined ? amount : formatAmount(facts.charged),
    tran_type: wireTranType(facts, outcome.status),
    tran_class: facts.tranClass,
    invoice_id: facts.invoiceId,
    customer_ref: facts.customerRef,
    customer_details: wireContact(facts.customer),
    shipping_details: facts.shipping && wireContact(facts.shipping),
    payment_result: paymentResult(outcome),
    payment_info: wirePaymentInfo(outcome),
    token: outcome.token,
    user_defined: facts.userDefined,
    threeDSDetails: outcome.threeDs && wireThreeDs(outcome.threeDs),
    ipn_trace: outcome.ipnTrace,
    paymentChannel: facts.paymentChannel,
  };
}

/** `threeDSDetails` in the order of protocol.md 7.5; what came through jsonb has lost it. */
function wireThreeDs(threeDs: ThreeDsFacts): Record<string, string | number> {
  return {
    responseLevel: threeDs.responseLevel,
    responseStatus: threeDs.responseStatus,
    enrolled: threeDs.enrolled,
    paResStatus: threeDs.paResStatus,
    eci: threeDs.eci,
    cavv: threeDs.cavv,
    ucaf: threeDs.ucaf,
    threeDSVersion: threeDs.threeDSVersion,
  };
}

/** `payment_result` of protocol.md 7.3. */
function paymentResult(outcome: Outcome): Record<string, unknown> {
  return {
    response_status: outcome.status,
    response_code: outcome.code,
    response_message: outcome.message,
    acquirer_message: outcome.acquirerMessage,
    acquirer_rrn: outcome.acquirerRrn,
    acquirer_ref: outcome.acquirerRef,
    cvv_result: " ",
    avs_result: " ",
    transaction_time: outcome.time,
  };
}
