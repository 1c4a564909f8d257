import { type Currency, minimumAmount, moneyOf } from "@wasl/protocol";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CardDiscount } from "./page-options.ts";
import { passesFilter, priceFor } from "./price.ts";

const sar = (minor: bigint) => moneyOf(minor, "SAR" as Currency);
const visa = "4111111111111111";

const off = (by: CardDiscount["by"], ...prefixes: string[]): CardDiscount => ({ prefixes, by });

describe("a discount", () => {
  test.each<[name: string, discounts: CardDiscount[], charged: bigint]>([
    // 10 % of 99.99 is 9.999, of which 9.99 are taken off.
    ["by a share", [off({ hundredths: 1000 }, "4111")], 9000n],
    ["by a share with decimals, rounded down", [off({ hundredths: 1250 }, "4111")], 8750n],
    ["by an amount", [off({ minor: "500" }, "411111")], 9499n],
    ["for other cards", [off({ minor: "500" }, "5200", "4000")], 9999n],
    ["of several the largest", [off({ minor: "500" }, "4"), off({ minor: "700" }, "41")], 9299n],
    ["never below the minimum", [off({ minor: "999999" }, "4111")], 1n],
    ["of the whole", [off({ hundredths: 10_000 }, "4111")], 1n],
  ])("%s", (_name, cardDiscounts, charged) => {
    expect(priceFor({ cardDiscounts }, sar(9999n), visa).charged.minor).toBe(charged);
  });

  test("is within its bounds for every amount and share", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 10n, max: 10n ** 12n }),
        fc.integer({ min: 1, max: 10_000 }),
        fc.constantFrom("SAR", "KWD", "JPY"),
        (minor, hundredths, code) => {
          const amount = moneyOf(minor, code as Currency);
          const { charged } = priceFor({ cardDiscounts: [off({ hundredths }, "4")] }, amount, visa);
          expect(charged.minor).toBeLessThanOrEqual(amount.minor);
          expect(charged.minor).toBeGreaterThanOrEqual(minimumAmount(amount.currency).minor);
          // What is taken off is the share, by less than one unit.
          const exact = amount.minor * BigInt(hundredths);
          const taken = (amount.minor - charged.minor) * 10_000n;
          expect(taken).toBeLessThanOrEqual(exact);
          const atMinimum = charged.minor === minimumAmount(amount.currency).minor;
          expect(atMinimum || exact - taken < 10_000n).toBe(true);
        },
      ),
    );
  });
});

test("a filter takes the cards it names", () => {
  expect(passesFilter(undefined, visa)).toBe(true);
  expect(passesFilter({ prefixes: ["5200", "4111"] }, visa)).toBe(true);
  expect(passesFilter({ prefixes: ["5200"] }, visa)).toBe(false);
});
