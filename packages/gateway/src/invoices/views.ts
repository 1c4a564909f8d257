import type { PageFrame } from "../http/look/document.ts";
import type { AmountView, MomentView } from "../payment-page/views.ts";
import type { InvoiceContent } from "../payment-requests/invoice-object.ts";

/**
 * What the shopper sees of an invoice. `not_active`: it can be paid later. `under_way`: a payment
 * has begun and can be continued. `checking`: a payment is with the bank or held for review.
 */
export type InvoiceStage =
  | "payable"
  | "overdue"
  | "not_active"
  | "under_way"
  | "checking"
  | "paid"
  | "cancelled"
  | "expired";

/** A paid invoice is its own receipt. */
export interface ReceiptView {
  readonly tranRef: string;
  readonly paidAt: MomentView;
  /** "4111 11## #### 1111", or how it was paid without a card. */
  readonly paidBy: { readonly card: string } | { readonly method: string } | null;
}

export interface InvoiceView extends PageFrame {
  readonly stage: InvoiceStage;
  readonly merchantName: string;
  readonly number: string;
  readonly cartId: string;
  readonly description: string;
  readonly customerName: string | null;
  readonly amount: AmountView;
  readonly content: InvoiceContent;
  readonly activatesAt: MomentView | null;
  readonly dueAt: MomentView | null;
  readonly expiresAt: MomentView | null;
  readonly zone: string;
  /** POST: begins the payment, or leads to the one that was begun. */
  readonly payPath: string;
  readonly receipt: ReceiptView | null;
}

export interface LinkView extends PageFrame {
  readonly expired: boolean;
  readonly merchantName: string;
  readonly title: string;
  /** `null` where it only repeats the title. */
  readonly description: string | null;
  readonly amount: AmountView;
  readonly expiresAt: MomentView | null;
  readonly zone: string;
  readonly payPath: string;
  /** Sent with the form, so that sending it twice makes one payment. */
  readonly once: string;
}
