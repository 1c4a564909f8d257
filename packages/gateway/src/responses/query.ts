import { formatAmount, responseCode } from "@wasl/protocol";
import { wireContact, wireContactRawState } from "./contact.ts";
import { type Outcome, type TransactionFacts, wireTime } from "./facts.ts";
import { wirePaymentInfo } from "./payment-info.ts";

export interface QueriedTransaction {
  readonly facts: TransactionFacts;
  /** `undefined` while the payment is not finished. */
  readonly outcome: Outcome | undefined;
  readonly createdAt: Date;
}

/** The number PT2 gives the hosted page as a service (protocol.md 3.1, 10.1). */
export const hostedServiceId = 2;

/** The reply to a query by `tran_ref` (protocol.md 10.1). */
export function queryByReference(
  queried: QueriedTransaction,
  ids: { readonly merchantId: number; readonly trace: string },
): Record<string, unknown> {
  const { facts } = queried;
  return {
    ...commonMembers(queried),
    invoice_id: facts.invoiceId,
    customer_ref: facts.customerRef,
    customer_details: wireContact(facts.customer),
    shipping_details: facts.shipping && wireContact(facts.shipping),
    payment_result: paymentResult(queried),
    payment_info: wirePaymentInfo(queried.outcome),
    user_defined: facts.userDefined,
    serviceId: hostedServiceId,
    paymentChannel: facts.paymentChannel,
    profileId: facts.profileId,
    merchantId: ids.merchantId,
    trace: ids.trace,
  };
}

/** One item of the reply to a query by `cart_id` (protocol.md 10.2). */
export function queryByCartItem(queried: QueriedTransaction): Record<string, unknown> {
  const { facts } = queried;
  return {
    ...commonMembers(queried),
    invoice_id: facts.invoiceId,
    customer_ref: facts.customerRef,
    customer_details: wireContactRawState(facts.customer),
    payment_result: paymentResult(queried),
    payment_info: wirePaymentInfo(queried.outcome),
    user_defined: facts.userDefined,
    serviceId: 0,
  };
}

function commonMembers({ facts, outcome }: QueriedTransaction): Record<string, unknown> {
  const amount = formatAmount(facts.amount);
  return {
    tran_ref: facts.tranRef,
    tran_type: outcome?.status === "H" ? "Auth" : facts.tranType,
    cart_id: facts.cartId,
    cart_description: facts.cartDescription,
    cart_currency: facts.amount.currency,
    cart_amount: amount,
    tran_currency: outcome === undefined ? "" : facts.amount.currency,
    tran_total: outcome === undefined ? "0" : amount,
  };
}

/** Four members only; an unfinished payment is P/600, since clients read it unguarded. */
function paymentResult({ outcome, createdAt }: QueriedTransaction): Record<string, string> {
  const { status, code, message } = outcome ?? responseCode("pending");
  return {
    response_status: status,
    response_code: code,
    response_message: message,
    transaction_time: outcome?.time ?? wireTime(createdAt),
  };
}
