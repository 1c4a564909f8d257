import { type Currency, minorDigits } from "./currencies.ts";

declare const minorBrand: unique symbol;

/** A whole number of the currency's smallest unit: halalas for SAR, fils for KWD. */
export type MinorUnits = bigint & { readonly [minorBrand]: true };

/** An amount that cannot be mistaken for another currency's. Never a float. */
export interface Money {
  readonly minor: MinorUnits;
  readonly currency: Currency;
}

/** Largest amount accepted, in minor units: 15 digits, well inside a PostgreSQL bigint. */
export const amountMinorMax = 999_999_999_999_999n;

/** An exponent beyond this cannot give an acceptable amount, so it is not even expanded. */
const exponentMax = 20;

export type AmountFault =
  | "not_a_decimal"
  | "negative"
  | "zero"
  | "too_large"
  | "too_many_decimals"
  | "below_minimum";

export type AmountReading =
  | { readonly ok: true; readonly money: Money }
  | { readonly ok: false; readonly fault: AmountFault };

const decimal =
  /^(?<sign>-?)(?<whole>\d{1,40})(?:\.(?<fraction>\d{1,40}))?(?:[eE](?<exponent>[+-]?\d{1,6}))?$/;

/**
 * Reads an amount from its decimal text, as written in JSON or sent as a string, by integer
 * arithmetic only. Decimals beyond the currency's are accepted only when they are zeros
 * (Python clients send `"500.0"`, protocol.md 1.4). The minimum is 0.01 (protocol.md 2.1).
 *
 * @example parseAmount("115.5", sar)  // { ok: true, money: { minor: 11550n, currency: "SAR" } }
 * @example parseAmount("1.005", sar)  // { ok: false, fault: "too_many_decimals" }
 */
export function parseAmount(text: string, currency: Currency): AmountReading {
  const parts = decimal.exec(text)?.groups;
  if (parts === undefined) return { ok: false, fault: "not_a_decimal" };
  const whole = parts["whole"] ?? "";
  const fraction = parts["fraction"] ?? "";
  const exponent = Number.parseInt(parts["exponent"] ?? "0", 10);
  const significant = BigInt(whole + fraction);
  if (significant === 0n) return { ok: false, fault: "zero" };
  if (parts["sign"] === "-") return { ok: false, fault: "negative" };
  if (exponent > exponentMax) return { ok: false, fault: "too_large" };
  if (exponent < -exponentMax) return { ok: false, fault: "too_many_decimals" };
  return scale(significant, exponent - fraction.length + minorDigits(currency), currency);
}

function scale(significant: bigint, shift: number, currency: Currency): AmountReading {
  const factor = 10n ** BigInt(Math.abs(shift));
  if (shift < 0 && significant % factor !== 0n) return { ok: false, fault: "too_many_decimals" };
  const minor = shift < 0 ? significant / factor : significant * factor;
  if (minor > amountMinorMax) return { ok: false, fault: "too_large" };
  if (minor * 100n < 10n ** BigInt(minorDigits(currency))) {
    return { ok: false, fault: "below_minimum" };
  }
  return { ok: true, money: { minor: minor as MinorUnits, currency } };
}

/**
 * The least that can be charged: 0.01, or the currency's smallest unit where that is larger.
 *
 * @example minimumAmount(jpy) // { minor: 1n, currency: "JPY" }
 */
export function minimumAmount(currency: Currency): Money {
  const whole = 10n ** BigInt(minorDigits(currency));
  return { minor: ((whole + 99n) / 100n) as MinorUnits, currency };
}

/**
 * Money from minor units already known to be valid, such as a stored amount.
 *
 * @throws RangeError when the amount is negative or above {@link amountMinorMax}
 */
export function moneyOf(minor: bigint, currency: Currency): Money {
  if (minor < 0n || minor > amountMinorMax) throw new RangeError("amount out of range");
  return { minor: minor as MinorUnits, currency };
}

/**
 * The wire's decimal text, padded to the currency's digits (protocol.md 3.1).
 *
 * @example formatAmount({ minor: 50000n, currency: "SAR" }) // "500.00"
 */
export function formatAmount({ minor, currency }: Money): string {
  const count = minorDigits(currency);
  const padded = minor.toString().padStart(count + 1, "0");
  return count === 0 ? padded : `${padded.slice(0, -count)}.${padded.slice(-count)}`;
}
