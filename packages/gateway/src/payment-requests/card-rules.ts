import { type Currency, parseAmount } from "@wasl/protocol";
import { z } from "zod";
import { JsonNumber } from "../http/json-body.ts";
import type { CardDiscount, CardFilter } from "../transactions/page-options.ts";
import { optional, text } from "./fields.ts";

/** More prefixes or discounts than a shop has; it bounds what a page compares. */
const discountsMax = 50;

const titleLength = 255;

const decimal = z
  .preprocess(
    (value) => (value instanceof JsonNumber ? value.source : value),
    z.string("must be a decimal number"),
  )
  .meta({ type: "number" });

/** The members that tell cards apart (protocol.md 2.3). */
export const cardRuleMembers = {
  card_filter: optional(text(255)),
  card_filter_title: optional(text(titleLength)),
  card_discounts: optional(
    z
      .array(
        z.object(
          {
            discount_cards: text(1024),
            discount_amount: optional(decimal),
            discount_percent: optional(decimal),
            discount_title: optional(text(titleLength)),
          },
          "must be an object",
        ),
        "must be a list",
      )
      .max(discountsMax, `must have at most ${discountsMax} items`),
  ),
};

type CardRulesRequest = z.output<z.ZodObject<typeof cardRuleMembers>>;

export type Reading<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly field: string; readonly rule: string };

/** `card_filter`: prefixes of one to ten digits; never a whole card number. */
export function readCardFilter(request: CardRulesRequest): Reading<CardFilter | undefined> {
  const { card_filter: list, card_filter_title: title } = request;
  if (list === undefined) return { ok: true, value: undefined };
  const prefixes = readPrefixes(list, 1);
  if (prefixes === undefined) {
    return {
      ok: false,
      field: "card_filter",
      rule: "must be a comma separated list of card prefixes of 1 to 10 digits",
    };
  }
  return { ok: true, value: { prefixes, ...(title !== undefined && { title }) } };
}

/** `card_discounts`: each for its prefixes of four to ten digits, by an amount or a share. */
export function readCardDiscounts(
  request: CardRulesRequest,
  currency: Currency,
): Reading<readonly CardDiscount[]> {
  const discounts: CardDiscount[] = [];
  for (const [index, given] of (request.card_discounts ?? []).entries()) {
    const wrong = (member: string, rule: string) =>
      ({ ok: false, field: `card_discounts.${index}.${member}`, rule }) as const;
    const prefixes = readPrefixes(given.discount_cards, 4);
    if (prefixes === undefined) {
      return wrong(
        "discount_cards",
        "must be a comma separated list of card prefixes of 4 to 10 digits",
      );
    }
    const { discount_amount: amount, discount_percent: percent } = given;
    if (isGiven(amount) && isGiven(percent)) {
      return wrong("discount_percent", "must not stand beside discount_amount");
    }
    const by = isGiven(amount) ? byAmount(amount, currency) : byPercent(percent ?? "");
    if (by === undefined) {
      return isGiven(amount)
        ? wrong("discount_amount", "must be an amount of the cart's currency, above zero")
        : wrong("discount_percent", "must be above 0 and at most 100, with at most two decimals");
    }
    const { discount_title: title } = given;
    discounts.push({ prefixes, by, ...(title !== undefined && { title }) });
  }
  return { ok: true, value: discounts };
}

/** Platforms send the one they do not use as 0. */
function isGiven(decimalText: string | undefined): decimalText is string {
  return decimalText !== undefined && !/^0+(?:\.0+)?$/.test(decimalText);
}

function byAmount(amount: string, currency: Currency): CardDiscount["by"] | undefined {
  const reading = parseAmount(amount, currency);
  return reading.ok ? { minor: reading.money.minor.toString() } : undefined;
}

function byPercent(percent: string): CardDiscount["by"] | undefined {
  const parts = /^(?<whole>\d{1,3})(?:\.(?<rest>\d{1,2})0*)?$/.exec(percent)?.groups;
  const digits = `${parts?.["whole"] ?? ""}${(parts?.["rest"] ?? "").padEnd(2, "0")}`;
  const hundredths = Number.parseInt(digits, 10);
  return hundredths > 0 && hundredths <= 10_000 ? { hundredths } : undefined;
}

/** Whole card numbers are never taken for prefixes: they must not be kept. */
function readPrefixes(list: string, digitsMin: number): string[] | undefined {
  const prefixes = list
    .split(",")
    .map((prefix) => prefix.trim())
    .filter((prefix) => prefix !== "");
  const pattern = new RegExp(`^\\d{${digitsMin},10}$`);
  const good = prefixes.length > 0 && prefixes.every((prefix) => pattern.test(prefix));
  return good ? [...new Set(prefixes)] : undefined;
}
