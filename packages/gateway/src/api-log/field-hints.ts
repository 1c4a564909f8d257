import { minorDigits, parseAmount, parseCurrency } from "@wasl/protocol";
import { JsonNumber } from "../http/json-body.ts";
import type { ApiBody } from "../http/merchant-api.ts";

/** The text of a member as it was sent; `undefined` for what is neither text nor number. */
function written(body: ApiBody, name: string): string | undefined {
  const value = body[name];
  if (value instanceof JsonNumber) return value.source;
  return typeof value === "string" ? value : undefined;
}

const numberWords = ["no", "one", "two", "three", "four", "five", "six", "seven"];

const inWords = (count: number): string => numberWords[count] ?? count.toString();

const decimals = (count: number): string => `${inWords(count)} decimal${count === 1 ? "" : "s"}`;

/** Why an amount is none; `undefined` when the error's own rule says all there is to say. */
export function amountHint(body: ApiBody): string | undefined {
  const amount = written(body, "cart_amount");
  const currency = parseCurrency(written(body, "cart_currency") ?? "");
  if (amount === undefined || currency === undefined) return undefined;
  const reading = parseAmount(amount, currency);
  if (reading.ok) return undefined;
  if (reading.fault === "too_many_decimals") {
    const sent = /\.(\d+)$/.exec(amount)?.[1]?.length ?? 0;
    const known = inWords(minorDigits(currency));
    return sent === 0
      ? `cart_amount has more decimals than ${currency}, which has ${known}.`
      : `cart_amount has ${decimals(sent)}, ${currency} has ${known}: round it before it is sent.`;
  }
  if (reading.fault === "not_a_decimal") return noDecimalHint(amount);
  return undefined;
}

function noDecimalHint(amount: string): string | undefined {
  if (amount.includes(",")) {
    return "cart_amount has a comma: the decimal sign is a point, and thousands are not grouped.";
  }
  if (/[\u0660-\u0669\u06F0-\u06F9]/.test(amount)) {
    return "cart_amount is in Arabic digits: only 0 to 9 are read.";
  }
  if (/^\s*[^\d.\s-]+\s*\d|\d\s*[^\d.\s]+\s*$/.test(amount)) {
    return "cart_amount holds more than the number: the currency has a member of its own.";
  }
  return /^\s|\s$/.test(amount) ? "cart_amount has blanks around the number." : undefined;
}

/** What people write for a currency, and the code they mean. */
const meantCurrencies: Readonly<Record<string, string>> = {
  SR: "SAR",
  SA: "SAR",
  RIYAL: "SAR",
  "ر.س": "SAR",
  AE: "AED",
  DH: "AED",
  DHS: "AED",
  DIRHAM: "AED",
  "د.إ": "AED",
  KD: "KWD",
  BD: "BHD",
  RO: "OMR",
  QR: "QAR",
  JD: "JOD",
  LE: "EGP",
  $: "USD",
  US: "USD",
  DOLLAR: "USD",
  "€": "EUR",
  EURO: "EUR",
};

/** Which currency would do, where one is refused. */
export function currencyHint(body: ApiBody | undefined, rule: string): string {
  const given = written(body ?? {}, "cart_currency") ?? "";
  const meant = meantCurrencies[given.trim().toUpperCase()];
  if (parseCurrency(given) === undefined) {
    const advice = meant === undefined ? "" : ` Is ${meant} meant?`;
    return `This is no currency: three letters of ISO 4217 are needed, such as SAR.${advice}`;
  }
  return `Currency not enabled: ${rule.replace(" is not enabled on this profile", "")}.`;
}

const plain = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");

/** How many letters must change to make one name of another, up to three. */
function distance(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > 2) return 3;
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of Array.from(one).entries()) {
    const next = [index + 1];
    for (const [place, otherLetter] of Array.from(other).entries()) {
      const swapped = (row[place] ?? 0) + (letter === otherLetter ? 0 : 1);
      next.push(Math.min(swapped, (row[place + 1] ?? 0) + 1, (next[place] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 3;
}

/** More names than this are not looked through. */
const namesMax = 100;

/** A member of the body whose name is almost the one that is missing. */
export function lookAlike(body: ApiBody, missing: string): string | undefined {
  const wanted = plain(missing);
  const names = Object.keys(body).slice(0, namesMax);
  const candidates = names.filter((name) => name !== missing && /^[\w. -]{2,40}$/.test(name));
  return (
    candidates.find((name) => plain(name) === wanted) ??
    candidates.find((name) => wanted.length >= 6 && distance(plain(name), wanted) <= 1)
  );
}
