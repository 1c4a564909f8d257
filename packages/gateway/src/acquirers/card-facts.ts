import { maskCardNumber } from "@wasl/protocol";
import type { Card, CardFacts } from "./acquirer.ts";

interface Brand {
  readonly name: string;
  readonly method: string;
  readonly type: string;
  readonly prefixes: readonly (string | readonly [from: number, to: number])[];
}

/**
 * Brands by leading digits; the first match wins, so mada stands before the brands whose ranges it
 * lies in. Real mada ranges change often and come with a live acquirer; these are the simulator's.
 */
export const brands: readonly Brand[] = [
  { name: "mada", method: "mada", type: "Debit", prefixes: ["446404", "588845", "968208"] },
  { name: "Visa", method: "Visa", type: "Credit", prefixes: ["4"] },
  {
    name: "MasterCard",
    method: "MasterCard",
    type: "Credit",
    prefixes: [
      [51, 55],
      [2221, 2720],
    ],
  },
  { name: "AmericanExpress", method: "AmericanExpress", type: "Credit", prefixes: ["34", "37"] },
];

function matches(prefix: Brand["prefixes"][number], digits: string): boolean {
  if (typeof prefix === "string") return digits.startsWith(prefix);
  const [from, to] = prefix;
  const leading = Number.parseInt(digits.slice(0, from.toString().length), 10);
  return leading >= from && leading <= to;
}

/** The card's brand name, or `undefined` for a brand the gateway does not take. */
export function brandOf(digits: string): string | undefined {
  return findBrand(digits)?.name;
}

function findBrand(digits: string): Brand | undefined {
  return brands.find((brand) => brand.prefixes.some((prefix) => matches(prefix, digits)));
}

/** What may be kept of this card. */
export function cardFacts(card: Card): CardFacts {
  const brand = findBrand(card.number);
  return {
    method: brand?.method ?? "",
    type: brand?.type ?? "",
    scheme: brand?.name ?? "",
    description: maskCardNumber(card.number),
    expiryMonth: card.expiryMonth,
    expiryYear: card.expiryYear,
  };
}
