import { minimumAmount, type Money, moneyOf } from "@wasl/protocol";
import type { CardDiscount, CardFilter, PageOptions } from "./page-options.ts";

/** What a card is charged, and why it is not the amount. */
export interface Price {
  readonly amount: Money;
  /** What the acquirer is asked for. */
  readonly charged: Money;
  /** The discount that makes the two differ. */
  readonly discount?: CardDiscount;
}

/** A whole, in hundredths of a per cent. */
const wholeHundredths = 10_000n;

/**
 * The price for a card. Of several discounts that fit, the shopper gets the largest. A share is
 * rounded down to the currency's smallest unit, so that no shop gives more than it promised, and
 * what is left is never below the least that can be charged.
 *
 * @param cardNumber digits only, whole
 * @example priceFor({ cardDiscounts: [tenPerCent] }, sar(9999n), "4111…").charged // SAR 90.00
 */
export function priceFor(
  { cardDiscounts = [] }: Pick<PageOptions, "cardDiscounts">,
  amount: Money,
  cardNumber: string,
): Price {
  let best: Price = { amount, charged: amount };
  for (const discount of cardDiscounts) {
    if (!fitsAny(discount.prefixes, cardNumber)) continue;
    const charged = discounted(amount, discount);
    if (charged.minor < best.charged.minor) best = { amount, charged, discount };
  }
  return best;
}

/** The amount less this discount. */
export function discounted(amount: Money, { by }: CardDiscount): Money {
  const off =
    "minor" in by ? BigInt(by.minor) : (amount.minor * BigInt(by.hundredths)) / wholeHundredths;
  const least = minimumAmount(amount.currency).minor;
  const left = amount.minor - off;
  // An amount that is itself the least stays as it is.
  return moneyOf(left > least ? left : least, amount.currency);
}

/** Whether the shop takes this card at all (`card_filter`, protocol.md 2.3). */
export function passesFilter(filter: CardFilter | undefined, cardNumber: string): boolean {
  return filter === undefined || fitsAny(filter.prefixes, cardNumber);
}

function fitsAny(prefixes: readonly string[], digits: string): boolean {
  return prefixes.some((prefix) => digits.startsWith(prefix));
}
