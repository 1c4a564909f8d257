import type { PageFrame } from "../http/look/document.ts";
import type { ReturnHandOff } from "../responses/return.ts";

export type { Language, PageFrame } from "../http/look/document.ts";

/** A decimal as the money module writes it ("1150.00") and its ISO 4217 code. */
export interface AmountView {
  readonly decimal: string;
  readonly currency: string;
}

/** A moment for people ("14:45") and for machines (ISO 8601). */
export interface MomentView {
  readonly iso: string;
  readonly text: string;
}

/** What is being paid for, by the shop's own words. */
export interface OrderView {
  readonly merchantName: string;
  readonly cartId: string;
  readonly description: string;
  readonly amount: AmountView;
  /** The payment's reference, copyable in the footer of the form and on every result. */
  readonly tranRef: string;
}

/** When the page ends, and how to ask for more time. */
export interface EndView {
  readonly at: MomentView;
  /** "UTC" or another zone's short name, shown beside the time. */
  readonly zone: string;
  /** Counted when the page is made, so that the browser's clock does not matter. */
  readonly secondsLeft: number;
  /** POST; `null` when no more time can be had. */
  readonly extendPath: string | null;
}

export type CardFieldName = "number" | "expiry" | "security_code" | "holder";

export type BillingFieldName =
  | "name"
  | "email"
  | "phone"
  | "street1"
  | "city"
  | "state"
  | "country"
  | "zip";

export type FieldName = CardFieldName | BillingFieldName;

/** A mistake in one field; the words stand in `words.ts`. */
export type FieldError =
  | {
      readonly field: "number";
      readonly kind: "missing" | "invalid" | "not_a_test_card" | "brand_not_supported";
    }
  | { readonly field: "expiry"; readonly kind: "missing" | "invalid" | "past" }
  | { readonly field: "security_code"; readonly kind: "missing" | "length" }
  | { readonly field: "holder"; readonly kind: "missing" | "too_long" }
  | { readonly field: BillingFieldName; readonly kind: "missing" | "invalid" };

/** An accepted brand, in the order shown; the first whose prefix fits is the card's. */
export interface BrandView {
  readonly name: string;
  readonly prefixes: readonly (string | readonly [from: number, to: number])[];
}

/** A row of the sandbox's drawer. `label` and `outcome` come in the page's language. */
export interface TestCardView {
  readonly label: string;
  readonly brand: string;
  /** Digits only. */
  readonly number: string;
  /** "12 / 30" */
  readonly expiry: string;
  readonly securityCode: string;
  readonly outcome: string;
}

export interface PayFormView extends PageFrame {
  readonly order: OrderView;
  readonly end: EndView;
  /** POST: the card. */
  readonly payPath: string;
  /** GET: asks before cancelling. */
  readonly cancelPath: string;
  readonly brands: readonly BrandView[];
  /** Only the fields the request did not bring. */
  readonly billingFields: readonly BillingFieldName[];
  /** What was typed before; a security code is never shown again, even if given here. */
  readonly values: Partial<Readonly<Record<FieldName, string>>>;
  readonly errors: readonly FieldError[];
  /** Empty outside the sandbox. */
  readonly testCards: readonly TestCardView[];
  /** Then only its security code is asked. */
  readonly storedCard: StoredCardView | null;
  /** Whether the shopper is asked to have the card stored, and has ticked it. */
  readonly saveCard: { readonly ticked: boolean } | null;
  /** The card is only checked, nothing is taken. */
  readonly registers: boolean;
}

/** A card in the vault, as the shopper knows it. */
export interface StoredCardView {
  /** "4111 11## #### 1111" */
  readonly description: string;
  readonly brand: string;
  /** "12 / 30" */
  readonly expiry: string;
  /** The security code of a test card, in the sandbox. */
  readonly testCode: string | null;
}

export interface ConfirmCancelView extends PageFrame {
  readonly order: OrderView;
  /** POST: cancels for good. */
  readonly confirmPath: string;
  /** GET: back to the form. */
  readonly backPath: string;
}

export interface ProcessingView extends PageFrame {
  readonly order: OrderView;
  /** `unknown`: the bank has not answered in time; the shop will say how it ended. */
  readonly stage: "checking" | "unknown";
  /** GET: this page again, or the result once there is one. */
  readonly refreshPath: string;
  readonly refreshSeconds: number;
}

export type OutcomeName =
  | "paid"
  | "registered"
  | "held"
  | "pending"
  | "declined"
  | "cancelled"
  | "expired"
  | "error";

export interface HandOffView extends PageFrame {
  readonly order: OrderView;
  readonly outcome: OutcomeName;
  readonly finishedAt: MomentView;
  readonly zone: string;
  /** "4111 11## #### 1111", where a card was used. */
  readonly cardDescription: string | null;
  /** `none` makes this page the receipt. */
  readonly handOff: ReturnHandOff;
  /** Whether the page may go on by itself, with or without JavaScript. */
  readonly auto: boolean;
}

export type ProblemName = "used_link" | "unknown_link" | "not_found" | "server_error";

export interface ProblemView extends PageFrame {
  readonly problem: ProblemName;
  /** Known for a used link. */
  readonly merchantName: string | null;
  readonly tranRef: string | null;
  /** A path of ours to look again: the result of a used link. */
  readonly againPath: string | null;
}
