import { expect, test } from "vitest";
import { isCardNumber, maskCardNumber } from "./cards.ts";
import { formatTrace } from "./traces.ts";

test("masks all but the first six and the last four digits", () => {
  expect(maskCardNumber("4111111111111111")).toBe("4111 11## #### 1111");
  expect(maskCardNumber("378282246310005")).toBe("3782 82## ###0 005");
});

test("checks length and Luhn digit", () => {
  expect(isCardNumber("4111111111111111")).toBe(true);
  expect(isCardNumber("4111111111111112")).toBe(false);
  expect(isCardNumber("4111")).toBe(false);
  expect(isCardNumber("4111 1111 1111 1111")).toBe(false);
});

test("traces have the captured shape", () => {
  expect(formatTrace("PMNT", 0x69cd0a1d, 0xc001)).toBe("PMNT0101.69CD0A1D.0000C001");
});
