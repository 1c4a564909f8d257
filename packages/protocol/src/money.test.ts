import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Currency, minorDigits, parseCurrency } from "./currencies.ts";
import { amountMinorMax, formatAmount, moneyOf, parseAmount } from "./money.ts";

const currency = (code: string): Currency => {
  const known = parseCurrency(code);
  if (known === undefined) throw new Error(`unknown currency ${code}`);
  return known;
};

test("every amount survives the way to the wire and back, in every number of decimals", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 10n, max: amountMinorMax }),
      fc.constantFrom("SAR", "KWD", "JPY", "USD"),
      (minor, code) => {
        const money = moneyOf(minor, currency(code));
        expect(parseAmount(formatAmount(money), currency(code))).toEqual({ ok: true, money });
      },
    ),
  );
});

test.each([
  ["950", "SAR", 95000n],
  ["12.00", "SAR", 1200n],
  ["500.0", "SAR", 50000n],
  ["1.5", "KWD", 1500n],
  ["1.500", "OMR", 1500n],
  ["0.01", "SAR", 1n],
  ["5e2", "SAR", 50000n],
  ["1.5E+1", "SAR", 1500n],
  ["1500e-1", "SAR", 15000n],
  ["12.3400000", "SAR", 1234n],
  ["100", "JPY", 100n],
])("reads %s %s as %s minor units", (text, code, minor) => {
  expect(parseAmount(text, currency(code))).toEqual({
    ok: true,
    money: { minor, currency: code },
  });
});

test.each([
  ["NaN", "SAR", "not_a_decimal"],
  ["", "SAR", "not_a_decimal"],
  [" 5", "SAR", "not_a_decimal"],
  ["1,000.00", "SAR", "not_a_decimal"],
  ["0x10", "SAR", "not_a_decimal"],
  ["١٢", "SAR", "not_a_decimal"],
  ["-1", "SAR", "negative"],
  ["0", "SAR", "zero"],
  ["-0.00", "SAR", "zero"],
  ["1e400", "SAR", "too_large"],
  ["1e999999", "SAR", "too_large"],
  ["9999999999999999", "SAR", "too_large"],
  ["1.005", "SAR", "too_many_decimals"],
  ["1e-19", "SAR", "too_many_decimals"],
  ["1e-400", "SAR", "too_many_decimals"],
  ["0.5", "JPY", "too_many_decimals"],
  ["0.009", "KWD", "below_minimum"],
])("refuses %s %s: %s", (text, code, fault) => {
  expect(parseAmount(text, currency(code))).toEqual({ ok: false, fault });
});

test("currencies are read in any case and have ISO 4217's digits", () => {
  expect(parseCurrency("sar")).toBe("SAR");
  expect(parseCurrency("XYZ")).toBeUndefined();
  expect(parseCurrency("constructor")).toBeUndefined();
  expect([minorDigits(currency("SAR")), minorDigits(currency("KWD"))]).toEqual([2, 3]);
});
