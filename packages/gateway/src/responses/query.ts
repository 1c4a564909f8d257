import { formatAmount, responseCode } from "@wasl/protocol";
import { wireContact, wireContactRawState } from "./contact.ts";
import {
  type Outcome,
  serviceIds,
  type TransactionFacts,
  wireTime,
  wireTranType,
} from "./facts.ts";
import { wirePaymentInfo } from "./payment-info.ts";

export interface QueriedTransaction {
  readonly facts: TransactionFacts;
  /** `undefined` while the payment is not finished. */
  readonly outcome: Outcome | undefined;
  readonly createdAt: Date;
}

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
    token: queried.outcome?.token,
    user_defined: facts.userDefined,
    serviceId: facts.serviceId,
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
  // What the API made has its amount from the start; a page has none before somebody pays.
  const none = outcome === undefined && facts.serviceId === serviceIds.hosted;
  return {
    tran_ref: facts.tranRef,
    previous_tran_ref: facts.previousTranRef,
    tran_type: wireTranType(facts, outcome?.status),
    original_tran_type: facts.originalTranType,
    cart_id: facts.cartId,
    cart_description: facts.cartDescription,
    cart_currency: facts.amount.currency,
    cart_amount: amount,
    tran_currency: none ? "" : facts.amount.currency,
    tran_total: none ? "0" : formatAmount(facts.charged ?? facts.amount),
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
