import { isCardNumber } from "@wasl/protocol";
import { expect, test } from "vitest";
import { newCardToken, type TokenFormat } from "./card-token.ts";

const shapes: [format: TokenFormat, shape: RegExp][] = [
  [2, /^[0-9A-F]{32}$/],
  [3, /^[0-9A-Z]{20}$/],
  [4, /^[1-9]\d{21}$/],
  [5, /^[1-9]\d{15}$/],
  [6, /^[0-9A-Z]{32}$/],
];

test.each(shapes)("format %i looks like %s, and no two are the same", (format, shape) => {
  const tokens = Array.from({ length: 2000 }, () => newCardToken(format));
  expect(tokens.filter((token) => !shape.test(token))).toEqual([]);
  expect(new Set(tokens).size).toBe(tokens.length);
});

test("a token of sixteen digits is never a card number", () => {
  const tokens = Array.from({ length: 5000 }, () => newCardToken(5));
  expect(tokens.filter(isCardNumber)).toEqual([]);
});
