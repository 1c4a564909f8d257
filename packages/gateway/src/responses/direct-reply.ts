import type { CardFacts } from "../acquirers/acquirer.ts";
import { wirePaymentInfo } from "./payment-info.ts";
import { type QueriedTransaction, queryByReference } from "./query.ts";

/**
 * The reply to a payment or follow-up that needs no page (protocol.md 3.3): the members a query by
 * reference has, without what was asked for in its place. Without an outcome it reads P/600.
 */
export function directReply(
  done: QueriedTransaction & { readonly card: CardFacts | undefined },
  ids: { readonly merchantId: number; readonly trace: string },
): Record<string, unknown> {
  return {
    ...queryByReference(done, ids),
    original_tran_type: undefined,
    payment_info: wirePaymentInfo(done.card),
  };
}
