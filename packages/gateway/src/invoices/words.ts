import { html } from "../http/html.ts";
import type { SafeHtml } from "../http/html.ts";
import type { InvoiceStage } from "./views.ts";

/** A name, a time or an amount inside a sentence: already HTML, already isolated. */
type Part = SafeHtml;

interface StageWords {
  readonly title: string;
  readonly text: (merchant: Part, time: Part | null) => SafeHtml;
}

/** Every text of the pages of invoices and payment links, beside the payment page's own. */
export interface Words {
  /** `number` is the invoice's. */
  readonly title: (number: string, merchant: string) => string;
  readonly heading: (number: Part, merchant: Part) => SafeHtml;
  readonly stages: Readonly<Record<InvoiceStage, StageWords>>;
  readonly items: string;
  readonly rows: Readonly<
    Record<
      | "status"
      | "customer"
      | "description"
      | "order"
      | "due"
      | "payableUntil"
      | "paid"
      | "card"
      | "method",
      string
    >
  >;
  readonly sums: Readonly<
    Record<
      "subtotal" | "discount" | "tax" | "shipping" | "extraCharges" | "extraDiscount" | "total",
      string
    >
  >;
  /** Of one line item: "2 × 50.00", "discount 20.00", "tax 10 %: 8.00". */
  readonly lineDiscount: (amount: Part) => SafeHtml;
  readonly lineTax: (amount: Part, rate: Part | null) => SafeHtml;
  readonly pay: (amount: Part) => SafeHtml;
  readonly continuePayment: string;
  readonly look: string;
  readonly payHint: string;
  readonly print: string;
  readonly keepReceipt: string;

  readonly linkTitle: (title: string, merchant: string) => string;
  readonly linkHeading: (merchant: Part) => SafeHtml;
  readonly linkHint: string;
  readonly linkExpired: StageWords;

  readonly mail: {
    readonly invoiceSubject: (number: string, merchant: string, amount: string) => string;
    readonly invoiceIntro: (number: string, merchant: string, amount: string) => string;
    readonly linkSubject: (title: string, merchant: string, amount: string) => string;
    readonly linkIntro: (title: string, merchant: string, amount: string) => string;
    readonly due: (time: string) => string;
    readonly see: string;
    readonly unexpected: (merchant: string) => string;
  };
}

export const english: Words = {
  title: (number, merchant) => `Invoice ${number} · ${merchant}`,
  heading: (number, merchant) => html`Invoice ${number} from ${merchant}`,
  stages: {
    payable: { title: "To be paid", text: () => html`` },
    overdue: {
      title: "Overdue",
      text: (_merchant, due) => html`This invoice was due on ${due}. You can still pay it here.`,
    },
    not_active: {
      title: "Not yet",
      text: (_merchant, from) => html`This invoice can be paid from ${from}.`,
    },
    under_way: {
      title: "Begun",
      text: () => html`A payment of this invoice has begun. You can go on with it.`,
    },
    checking: {
      title: "We are checking a payment",
      text: (merchant) =>
        html`A payment of this invoice is with the bank. ${merchant} will confirm it to you. Please
        do not pay again.`,
    },
    paid: {
      title: "Paid",
      text: (merchant) => html`Thank you. Your invoice from ${merchant} is paid.`,
    },
    cancelled: {
      title: "This invoice was cancelled",
      text: (merchant) =>
        html`There is nothing to pay. If that surprises you, please ask ${merchant}.`,
    },
    expired: {
      title: "The time to pay this invoice has ended",
      text: (merchant) => html`To pay, please ask ${merchant} for a new one.`,
    },
  },
  items: "What it is for",
  rows: {
    status: "Status",
    customer: "For",
    description: "Description",
    order: "Order",
    due: "Due",
    payableUntil: "Can be paid until",
    paid: "Paid on",
    card: "Card",
    method: "Paid by",
  },
  sums: {
    subtotal: "Subtotal",
    discount: "Discounts",
    tax: "Tax",
    shipping: "Shipping",
    extraCharges: "Other charges",
    extraDiscount: "Further discount",
    total: "Total",
  },
  lineDiscount: (amount) => html`discount ${amount}`,
  lineTax: (amount, rate) => (rate === null ? html`tax ${amount}` : html`tax ${rate}: ${amount}`),
  pay: (amount) => html`Pay ${amount}`,
  continuePayment: "Go on with the payment",
  look: "Look again",
  payHint: "You enter your card on the next page.",
  print: "Print",
  keepReceipt: "This link stays your receipt. You can print it or come back to it.",

  linkTitle: (title, merchant) => `${title} · ${merchant}`,
  linkHeading: (merchant) => html`Payment to ${merchant}`,
  linkHint: "You enter your card on the next page. Each payment through this link is a new one.",
  linkExpired: {
    title: "This payment link has ended",
    text: (merchant) => html`To pay, please ask ${merchant} for a new one.`,
  },

  mail: {
    invoiceSubject: (number, merchant, amount) => `Invoice ${number} from ${merchant}: ${amount}`,
    invoiceIntro: (number, merchant, amount) =>
      `${merchant} has sent you invoice ${number} of ${amount}.`,
    linkSubject: (title, merchant, amount) => `${title}: ${amount} to ${merchant}`,
    linkIntro: (title, merchant, amount) => `${merchant} asks you to pay ${amount} for ${title}.`,
    due: (time) => `It is due on ${time}.`,
    see: "See and pay",
    unexpected: (merchant) => `If you did not expect this, please ask ${merchant} before you pay.`,
  },
};
