import type { Money } from "@wasl/protocol";
import type { InvoiceContent } from "../payment-requests/invoice-object.ts";
import type { StoredTerms } from "./terms.ts";

/** What is stored; whether it is overdue or expired only its dates say. */
export type InvoiceState = "open" | "paid" | "cancelled";

/**
 * What the merchant is told (protocol.md 10.4). PT2 knows `refunded` and `failed` too: neither is
 * said here. A failed payment leaves the invoice payable, and after a void or a refund it stays
 * `paid`, where the payment's own status says the rest.
 */
export type InvoiceStatus = "pending" | "overdue" | "expired" | "paid" | "cancelled";

export interface InvoiceKey {
  readonly profileId: number;
  readonly invoiceId: number;
}

/** An invoice as it is stored. */
export interface Invoice extends InvoiceKey {
  readonly token: string;
  readonly amount: Money;
  readonly terms: StoredTerms;
  readonly content: InvoiceContent;
  readonly state: InvoiceState;
  readonly activatesAt: Date | undefined;
  readonly dueAt: Date | undefined;
  readonly expiresAt: Date | undefined;
  /** Which of its dates have passed, by the database's clock when it was read. */
  readonly passed: {
    readonly activation: boolean;
    readonly due: boolean;
    readonly expiry: boolean;
  };
  /** The payment that is under way. */
  readonly paymentRef: string | undefined;
  /** The payment that paid it. */
  readonly paidRef: string | undefined;
  readonly createdAt: Date;
}

export type NewInvoice = Pick<
  Invoice,
  "profileId" | "token" | "amount" | "terms" | "content" | "activatesAt" | "dueAt" | "expiresAt"
> & { readonly trace: string };

export function statusOf({ state, passed }: Pick<Invoice, "state" | "passed">): InvoiceStatus {
  switch (state) {
    case "paid":
    case "cancelled":
      return state;
    case "open":
      if (passed.expiry) return "expired";
      return passed.due ? "overdue" : "pending";
    default:
      return state satisfies never;
  }
}

/** Why nobody can begin to pay it now, or `undefined` when a shopper can. */
export function closedBecause(
  invoice: Pick<Invoice, "state" | "passed">,
): "paid" | "cancelled" | "expired" | "not_active" | undefined {
  const status = statusOf(invoice);
  if (status === "paid" || status === "cancelled" || status === "expired") return status;
  return invoice.passed.activation ? undefined : "not_active";
}

export type InvoiceEventKind =
  | "created"
  | "payment_begun"
  | "payment_failed"
  | "held_payment_left"
  | "paid"
  | "cancelled";
