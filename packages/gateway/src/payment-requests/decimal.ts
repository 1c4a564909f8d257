import { type Currency, formatAmount, minorDigits, type MinorUnits } from "@wasl/protocol";
import { JsonNumber } from "../http/json-body.ts";

/**
 * A decimal that is not negative, as a whole number of millionths: unit costs, quantities and rates
 * have more decimals than money, and never become floats.
 */
export type Millionths = bigint;

/** How many decimals are read. */
export const decimalPlaces = 6;

/** One, in millionths. */
export const one: Millionths = 10n ** BigInt(decimalPlaces);

/** Fifteen digits before the point, as for amounts. */
const decimalMax = 10n ** 15n * one;

export type DecimalReading =
  | { readonly ok: true; readonly value: Millionths }
  | { readonly ok: false; readonly rule: string };

const pattern =
  /^(?<sign>-?)(?<whole>\d{1,40})(?:\.(?<fraction>\d{1,40}))?(?:[eE](?<exponent>[+-]?\d{1,2}))?$/;

/**
 * Reads a JSON number, or its decimal text.
 *
 * @example readDecimal("0.5") // { ok: true, value: 500000n }
 */
export function readDecimal(given: unknown): DecimalReading {
  const text = given instanceof JsonNumber ? given.source : given;
  const parts = typeof text === "string" ? pattern.exec(text)?.groups : undefined;
  if (parts === undefined) return { ok: false, rule: "must be a decimal number" };
  const fraction = parts["fraction"] ?? "";
  const digits = BigInt((parts["whole"] ?? "") + fraction);
  if (digits === 0n) return { ok: true, value: 0n };
  if (parts["sign"] === "-") return { ok: false, rule: "must not be negative" };
  const shift = Number.parseInt(parts["exponent"] ?? "0", 10) - fraction.length + decimalPlaces;
  const factor = 10n ** BigInt(Math.abs(shift));
  if (shift < 0 && digits % factor !== 0n) {
    return { ok: false, rule: `must have at most ${decimalPlaces} decimals` };
  }
  const value = shift < 0 ? digits / factor : digits * factor;
  return value > decimalMax ? { ok: false, rule: "is too large" } : { ok: true, value };
}

/** How many millionths a minor unit of the currency is: 10 000 for SAR, 1000 for KWD. */
export function minorUnit(currency: Currency): Millionths {
  return 10n ** BigInt(decimalPlaces - minorDigits(currency));
}

/** The nearest whole number of `unit`, halves up. */
export function rounded(value: bigint, unit: bigint): bigint {
  return (value * 2n + unit) / (unit * 2n);
}

/**
 * The shortest decimal text.
 *
 * @example decimalText(1_500_000n) // "1.5"
 */
export function decimalText(value: Millionths): string {
  const digits = value.toString().padStart(decimalPlaces + 1, "0");
  const fraction = digits.slice(-decimalPlaces).replace(/0+$/, "");
  const whole = digits.slice(0, -decimalPlaces);
  return fraction === "" ? whole : `${whole}.${fraction}`;
}

/** A price of one: "50.00" where minor units are enough, "0.3333" where they are not. */
export function unitCostText(unitCost: Millionths, currency: Currency): string {
  const unit = minorUnit(currency);
  return unitCost % unit === 0n ? minorText(unitCost / unit, currency) : decimalText(unitCost);
}

/** Minor units as the wire writes them, however many: a sum that does not add up has no bound. */
export function minorText(minor: bigint, currency: Currency): string {
  return formatAmount({ minor: minor as MinorUnits, currency });
}
