import { randomBytes } from "node:crypto";
import { formatAmount } from "@wasl/protocol";
import type { PageFrame } from "../http/look/document.ts";
import { momentView, zone } from "../payment-page/page-views.ts";
import type { MomentView } from "../payment-page/views.ts";
import type { Profile } from "../profiles/profile.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { closedBecause, type Invoice } from "./invoice.ts";
import type { PaymentLink } from "./payment-link.ts";
import type { InvoiceStage, InvoiceView, LinkView, ReceiptView } from "./views.ts";

export interface InvoiceParts {
  readonly invoice: Invoice;
  /** The payment that has it, or that paid it. */
  readonly payment: Transaction | undefined;
  readonly profile: Profile;
  readonly frame: PageFrame;
  readonly now: Date;
  readonly payPath: string;
}

export function invoiceView(parts: InvoiceParts): InvoiceView {
  const { invoice, payment, profile, frame, now } = parts;
  const { facts } = invoice.terms;
  const moment = (at: Date | undefined): MomentView | null =>
    at === undefined ? null : momentView({ frame }, at, now, { date: true });
  return {
    ...frame,
    stage: stageOf(invoice, payment),
    merchantName: profile.name,
    number: invoice.invoiceId.toString(),
    cartId: facts.cartId,
    description: facts.cartDescription,
    customerName: facts.customer.name ?? null,
    amount: { decimal: formatAmount(invoice.amount), currency: invoice.amount.currency },
    content: invoice.content,
    activatesAt: moment(invoice.activatesAt),
    dueAt: moment(invoice.dueAt),
    expiresAt: moment(invoice.expiresAt),
    zone,
    payPath: parts.payPath,
    receipt: invoice.state === "paid" ? receiptOf(payment, parts) : null,
  };
}

export function stageOf(invoice: Invoice, payment: Transaction | undefined): InvoiceStage {
  if (invoice.paymentRef !== undefined && payment !== undefined) {
    // A payment that was begun may be finished, even after the invoice has expired.
    if (payment.state !== "open") return "checking";
    if (payment.secondsLeft > 0) return "under_way";
  }
  return closedBecause(invoice) ?? (invoice.passed.due ? "overdue" : "payable");
}

function receiptOf(
  payment: Transaction | undefined,
  { frame, now }: InvoiceParts,
): ReceiptView | null {
  const outcome = payment?.outcome;
  if (payment === undefined || outcome === undefined) return null;
  const { card, method } = outcome;
  return {
    tranRef: payment.facts.tranRef,
    paidAt: momentView({ frame }, new Date(outcome.time), now, { date: true }),
    paidBy: card ? { card: card.description } : method ? { method: method.name } : null,
  };
}

export interface LinkParts {
  readonly link: PaymentLink;
  readonly profile: Profile;
  readonly frame: PageFrame;
  readonly now: Date;
  readonly payPath: string;
}

export function linkView({ link, profile, frame, now, payPath }: LinkParts): LinkView {
  const { cartDescription } = link.terms.facts;
  return {
    ...frame,
    expired: link.expired,
    merchantName: profile.name,
    title: link.title,
    description: cartDescription === link.title ? null : cartDescription,
    amount: { decimal: formatAmount(link.amount), currency: link.amount.currency },
    expiresAt:
      link.expiresAt === undefined
        ? null
        : momentView({ frame }, link.expiresAt, now, { date: true }),
    zone,
    payPath,
    once: randomBytes(16).toString("hex"),
  };
}
