import { type Currency, moneyOf } from "@wasl/protocol";
import { expect, test } from "vitest";
import { ConfigError, readConfig } from "../config.ts";
import { alternativeAmount } from "./alternative-amount.ts";

const rates = readConfig(
  {},
  { alternativeRates: "SAR/USD=0.2666 SAR/KWD=0.08177,SAR/JPY=40" },
).alternativeRates;
const sar = (minor: bigint) => moneyOf(minor, "SAR" as Currency);

test.each([
  [11_500n, "USD", "30.66"],
  [11_500n, "KWD", "9.404"],
  [11_500n, "JPY", "4600"],
  [1n, "USD", undefined],
  [2n, "USD", "0.01"],
  [11_500n, "EUR", undefined],
  [11_500n, "SAR", undefined],
])("SAR %i hundredths in %s is %s", (minor, currency, decimal) => {
  const view = alternativeAmount(sar(minor), currency, rates);
  expect(view).toEqual(decimal === undefined ? undefined : { decimal, currency });
});

test.each(["SAR/USD", "SAR/USD=0", "SAR/USD=-1", "sar/usd=1", "SAR/USD=1e3"])(
  "the rate %j is refused at start",
  (alternativeRates) => {
    expect(() => readConfig({}, { alternativeRates })).toThrow(ConfigError);
  },
);
