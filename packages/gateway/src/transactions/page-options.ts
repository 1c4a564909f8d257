/**
 * How a payment's page behaves, as its request asked (protocol.md 2.3, 2.5). Stored as the member
 * `page` of `transaction.options`, so every value is JSON: amounts are minor units as digits.
 */
export interface PageOptions {
  /** Codes of the methods the page offers; absent: every card the gateway takes. */
  readonly methods?: readonly string[];
  readonly hideShipping?: true;
  readonly framed?: FramedOptions;
  readonly cardFilter?: CardFilter;
  readonly cardDiscounts?: readonly CardDiscount[];
  readonly donation?: DonationOptions;
  /** An ISO 4217 code shown beside the amount; nothing is charged in it. */
  readonly altCurrency?: string;
  /** `config_id`: one of the profile's themes. */
  readonly theme?: number;
  /** `airline_data.pnr_code` */
  readonly bookingReference?: string;
  readonly invoice?: InvoiceOptions;
  /** `plugin_info` beside the name, which is the payment's channel. */
  readonly plugin?: { readonly cartVersion?: string; readonly pluginVersion?: string };
}

export interface FramedOptions {
  /** Which window goes back to the shop: the frame itself, its parent, or the topmost. */
  readonly returnTo: "self" | "parent" | "top";
  /** The origin that gets the result as a message, in place of a redirect. */
  readonly messageTarget?: string;
  /** The shop's name and the order are shown in the frame too. */
  readonly fullUi?: true;
}

export interface CardFilter {
  /** Leading digits of the cards accepted. */
  readonly prefixes: readonly string[];
  readonly title?: string;
}

export interface CardDiscount {
  readonly prefixes: readonly string[];
  /** Either an amount in minor units, or a share in hundredths of a per cent. */
  readonly by: { readonly minor: string } | { readonly hundredths: number };
  readonly title?: string;
}

export interface DonationOptions {
  /** Bounds of what the shopper may choose, in minor units. */
  readonly minMinor: string;
  readonly maxMinor: string;
}

export interface InvoiceOptions {
  readonly items: readonly InvoiceItem[];
  /** Minor units as digits; absent where not given. */
  readonly shippingMinor?: string;
  readonly extraMinor?: string;
  readonly discountMinor?: string;
}

/** One line of what is bought, as far as it is shown. */
export interface InvoiceItem {
  readonly description: string;
  /** As written: "2", "1.5". */
  readonly quantity?: string;
  /** Of one, as decimal text: "40.00", "0.3333". */
  readonly unitCost?: string;
  readonly discountMinor?: string;
  readonly taxMinor?: string;
  /** Of the whole line; absent where it was neither given nor can be worked out. */
  readonly totalMinor?: string;
}
