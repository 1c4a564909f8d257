import type { PageFrame } from "../http/look/document.ts";
import type { ReturnField, ReturnHandOff } from "../responses/return.ts";
import type { CardDiscount } from "../transactions/page-options.ts";

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
  /** About as much in another currency, for comparison only. */
  readonly alternative?: AmountView;
  readonly items?: ItemsView;
  /** An airline's. */
  readonly bookingReference?: string;
  /** What a discount took off the amount, once it is paid. */
  readonly discount?: DiscountView;
}

/** A discount that applies to the card typed. */
export interface DiscountView {
  /** The shop's words for it; `null`: ours. */
  readonly title: string | null;
  /** The amount without it. */
  readonly before: AmountView;
  readonly total: AmountView;
}

/** What is bought, line by line. Figures only where they add up to the amount. */
export interface ItemsView {
  readonly lines: readonly {
    readonly description: string;
    readonly quantity: string | null;
    /** Decimal text, of one. */
    readonly unitCost: string | null;
    readonly discount: AmountView | null;
    readonly tax: AmountView | null;
    readonly total: AmountView | null;
  }[];
  readonly charges: readonly {
    readonly kind: "shipping" | "extra" | "discount";
    readonly amount: AmountView;
  }[];
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

export type ContactFieldName =
  | "name"
  | "email"
  | "phone"
  | "street1"
  | "city"
  | "state"
  | "country"
  | "zip";

export type ShippingFieldName = `shipping_${ContactFieldName}`;

export type FieldName = CardFieldName | ContactFieldName | ShippingFieldName | "amount";

/** A mistake in one field; the words stand in `words.ts`. */
export type FieldError =
  | {
      readonly field: "number";
      readonly kind: "missing" | "invalid" | "not_a_test_card" | "brand_not_supported";
    }
  | { readonly field: "expiry"; readonly kind: "missing" | "invalid" | "past" }
  | { readonly field: "security_code"; readonly kind: "missing" | "length" }
  | { readonly field: "holder"; readonly kind: "missing" | "too_long" }
  | {
      readonly field: ContactFieldName | ShippingFieldName;
      readonly kind: "missing" | "invalid";
    }
  | { readonly field: "amount"; readonly kind: "missing" | "invalid" }
  | {
      readonly field: "amount";
      readonly kind: "too_small" | "too_large";
      readonly limit: AmountView;
    };

/** A brand, in the order shown; of all known ones the first whose prefix fits is the card's. */
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

export interface ShippingView {
  readonly fields: readonly ContactFieldName[];
  /** Asked only of shoppers who want another address than the billing one. */
  readonly optional: boolean;
}

export interface DonationView {
  /** `null`: no bound that people would meet. */
  readonly min: AmountView | null;
  readonly max: AmountView | null;
}

export interface CardFilterView {
  readonly title: string | null;
  /** "4111 11" */
  readonly prefixes: readonly string[];
}

/** The total changed by the card: with a discount, or without the one that was shown. */
export interface ConfirmView {
  readonly discount: DiscountView | null;
  readonly total: AmountView;
}

/** A button that pays some other way, in its own form: by a bill, or on a provider's page. */
export interface WayView {
  readonly code: string;
  readonly label: string;
  /** POST */
  readonly path: string;
}

export interface PayFormView extends PageFrame {
  readonly order: OrderView;
  readonly end: EndView;
  /** POST: the card. */
  readonly payPath: string;
  /** GET: asks before cancelling. */
  readonly cancelPath: string;
  readonly brands: readonly BrandView[];
  /** All brands the gateway knows: by them the script tells a card that is not taken here. */
  readonly knownBrands: readonly BrandView[];
  /** Only the fields the request did not bring. */
  readonly billingFields: readonly ContactFieldName[];
  /** `null`: the shop knows where to deliver, or there is nothing to. */
  readonly shipping: ShippingView | null;
  /** The shopper chooses the amount. */
  readonly donation: DonationView | null;
  /** What the shop says of the cards it takes. */
  readonly cardFilter: CardFilterView | null;
  /** For the script, which shows the total while the card is typed; empty without discounts. */
  readonly discounts: readonly CardDiscount[];
  /** The discount of the card in `values`: the total is to be confirmed before it is charged. */
  readonly confirm: ConfirmView | null;
  /** Ways to pay that are no cards. */
  readonly otherWays: readonly WayView[];
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
  /** In the page's language, where neither card nor bill was used. */
  readonly methodName: string | null;
  /** What is to be paid elsewhere, or was. */
  readonly bill: BillView | null;
  /** GET: this page again, which will say when the bill is paid or its time is over. */
  readonly watchPath: string | null;
  /** `none` makes this page the receipt. */
  readonly handOff: ReturnHandOff;
  /** Whether the page may go on by itself, with or without JavaScript. */
  readonly auto: boolean;
  /** The window that goes back to the shop, for a page in a frame. */
  readonly window: "self" | "parent" | "top";
  /** The result for the page around the frame, in place of a way back. */
  readonly message: ResultMessage | null;
  /** To the invoice or the payment link on which the shopper began. */
  readonly back: { readonly path: string; readonly why: "try_again" | "see_invoice" } | null;
}

export interface BillView {
  readonly method: string;
  readonly number: string;
  readonly until: MomentView;
  /** Where the simulator lets it be paid. */
  readonly payUrl: string | null;
}

/** What `postMessage` carries, and to which origin alone. */
export interface ResultMessage {
  readonly origin: string;
  readonly fields: readonly ReturnField[];
}

export type ProblemName = "used_link" | "unknown_link" | "not_found" | "too_many" | "server_error";

export interface ProblemView extends PageFrame {
  readonly problem: ProblemName;
  /** Known for a used link. */
  readonly merchantName: string | null;
  readonly tranRef: string | null;
  /** A path of ours to look again: the result of a used link, the link that is too busy. */
  readonly againPath: string | null;
}
