import type { Currency } from "@wasl/protocol";

/** How a mandate's later payments come about (PT2's `token_type`). */
export const mandateKinds = [
  "registered",
  "unscheduled",
  "recurring_fixed",
  "recurring_variable",
] as const;

/** How often they come, PT2's `payment_frequency`. */
export const mandateFrequencies = [
  "AD_HOC",
  "DAILY",
  "FORTNIGHTLY",
  "MONTHLY",
  "QUARTERLY",
  "TWICE_YEARLY",
  "WEEKLY",
  "YEARLY",
  "OTHER",
] as const;

/**
 * What the shopper agreed to when the card was stored (PT2's `token_info`, protocol.md 2.4).
 * Acquirers pass it on to the card's issuer, who may refuse a later payment that breaks it.
 */
export interface Mandate {
  readonly kind?: (typeof mandateKinds)[number];
  readonly frequency?: (typeof mandateFrequencies)[number];
  /** Which payment of the agreement this is, and of how many. */
  readonly counter?: number;
  readonly totalCount?: number;
  /** Of the payment that stored the card; the amounts below are decimal text in it. */
  readonly currency: Currency;
  readonly amountMin?: string;
  readonly amountMax?: string;
  readonly daysBetweenMin?: number;
  /** `YYYY-MM-DD` */
  readonly startDate?: string;
  readonly expiryDate?: string;
}
