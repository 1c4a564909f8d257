import {
  amountMinorMax,
  type Currency,
  formatAmount,
  minorDigits,
  type Money,
  moneyOf,
} from "@wasl/protocol";
import type { AlternativeRates } from "../config.ts";
import type { AmountView } from "./views.ts";

/**
 * About how much an amount is in another currency, by the operator's rate, rounded half up. It is
 * shown and never charged; without a rate there is nothing to show.
 *
 * @example alternativeAmount(sar(11500n), "USD", rates) // { decimal: "30.66", currency: "USD" }
 */
export function alternativeAmount(
  amount: Money,
  wanted: string | undefined,
  rates: AlternativeRates,
): AmountView | undefined {
  if (wanted === undefined || wanted === amount.currency) return undefined;
  const rate = rates.get(`${amount.currency}/${wanted}`);
  if (rate === undefined) return undefined;
  const currency = wanted as Currency;
  // minor × rate, from the one currency's decimals to the other's.
  const digits = minorDigits(currency) - minorDigits(amount.currency) - rate.decimals;
  const product = amount.minor * rate.digits * 10n ** BigInt(Math.max(digits, 0));
  const divisor = 10n ** BigInt(Math.max(-digits, 0));
  const minor = (2n * product + divisor) / (2n * divisor);
  if (minor === 0n || minor > amountMinorMax) return undefined;
  return { decimal: formatAmount(moneyOf(minor, currency)), currency };
}
