import { isCardNumber } from "@wasl/protocol";
import type { Acquirer, Card } from "../acquirers/acquirer.ts";
import { brandOf } from "../acquirers/card-facts.ts";
import { typedDigits } from "../http/typed-digits.ts";
import type { CardFieldName, FieldError } from "./views.ts";

/** What the shopper typed, field by field. */
export type CardValues = Partial<Readonly<Record<CardFieldName, string>>>;

export type CardReading =
  | { readonly ok: true; readonly card: Card }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

const holderLengthMax = 100;

/** Nothing longer is looked at; the fields themselves are far shorter. */
const typedLengthMax = 200;

const cardFields = ["number", "expiry", "security_code", "holder"] as const;

/** Takes the card's fields out of a form; everything else is left alone. */
export function cardValues(body: unknown): CardValues {
  const form = typeof body === "object" && body !== null ? body : {};
  const values: Partial<Record<CardFieldName, string>> = {};
  for (const [name, value] of Object.entries(form)) {
    const field = cardFields.find((known) => known === name);
    if (field !== undefined && typeof value === "string") {
      values[field] = value.slice(0, typedLengthMax).trim();
    }
  }
  return values;
}

export interface CardRules {
  readonly acquirer: Pick<Acquirer, "refusal">;
  readonly now: Date;
  /** The brands the page takes. */
  readonly brands: ReadonlySet<string>;
}

/** Reads the card, or names every mistake at once. */
export function readCard(values: CardValues, { acquirer, now, brands }: CardRules): CardReading {
  const number = typedDigits(values.number ?? "").replaceAll(/[\s-]/g, "");
  const expiry = readExpiry(typedDigits(values.expiry ?? ""), now);
  const securityCode = typedCode(values);
  const holder = values.holder ?? "";
  const errors = [
    numberError(number, { acquirer, brands }),
    "kind" in expiry ? expiry : undefined,
    securityCodeError(securityCode, brandOf(number)),
    holderError(holder),
  ].filter((error) => error !== undefined);
  if (errors.length > 0 || "kind" in expiry) return { ok: false, errors };
  return {
    ok: true,
    card: { number, securityCode, holder, expiryMonth: expiry.month, expiryYear: expiry.year },
  };
}

/** Reads the code of a stored card of this brand. */
export function readSecurityCode(
  values: CardValues,
  brand: string,
):
  | { readonly ok: true; readonly securityCode: string }
  | { readonly ok: false; readonly errors: readonly FieldError[] } {
  const securityCode = typedCode(values);
  const error = securityCodeError(securityCode, brand);
  return error === undefined ? { ok: true, securityCode } : { ok: false, errors: [error] };
}

function typedCode(values: CardValues): string {
  return typedDigits(values.security_code ?? "").replaceAll(/\s/g, "");
}

function numberError(
  digits: string,
  { acquirer, brands }: Omit<CardRules, "now">,
): FieldError | undefined {
  if (digits === "") return { field: "number", kind: "missing" };
  if (!isCardNumber(digits)) return { field: "number", kind: "invalid" };
  if (acquirer.refusal(digits) !== undefined) return { field: "number", kind: "not_a_test_card" };
  const brand = brandOf(digits);
  const taken = brand !== undefined && brands.has(brand);
  return taken ? undefined : { field: "number", kind: "brand_not_supported" };
}

function securityCodeError(code: string, brand: string | undefined): FieldError | undefined {
  if (code === "") return { field: "security_code", kind: "missing" };
  const length = brand === "AmericanExpress" ? 4 : 3;
  const fits = /^\d+$/.test(code) && code.length === length;
  return fits ? undefined : { field: "security_code", kind: "length" };
}

function holderError(holder: string): FieldError | undefined {
  if (holder === "") return { field: "holder", kind: "missing" };
  return holder.length > holderLengthMax ? { field: "holder", kind: "too_long" } : undefined;
}

interface Expiry {
  readonly month: number;
  readonly year: number;
}

/** No card is valid for longer than this many years. */
const yearsAheadMax = 50;

/** `12/30`, `1230`, `1/30`, `12/2030`, `2030-12`: people and browsers write all of them. */
function readExpiry(typed: string, now: Date): Expiry | FieldError {
  const text = typed.replaceAll(/\s/g, "");
  if (text === "") return { field: "expiry", kind: "missing" };
  const found =
    /^(?<month>\d{1,2})[/.-](?<year>\d{2}|\d{4})$/.exec(text) ??
    /^(?<year>\d{4})[/.-](?<month>\d{1,2})$/.exec(text) ??
    /^(?<month>\d{2})(?<year>\d{2}|\d{4})$/.exec(text);
  const month = Number.parseInt(found?.groups?.["month"] ?? "", 10);
  const written = Number.parseInt(found?.groups?.["year"] ?? "", 10);
  const year = written < 100 ? 2000 + written : written;
  const thisYear = now.getUTCFullYear();
  const readable = month >= 1 && month <= 12 && year <= thisYear + yearsAheadMax;
  if (!readable) return { field: "expiry", kind: "invalid" };
  const past = year < thisYear || (year === thisYear && month < now.getUTCMonth() + 1);
  return past ? { field: "expiry", kind: "past" } : { month, year };
}
