import { html, isolate, leftToRight } from "../html.ts";
import type { SafeHtml } from "../html.ts";
import type { Language } from "./document.ts";

/** Both languages show Western digits; the Arabic one only differs in the currency's name. */
const locales: Readonly<Record<Language, string>> = { en: "en", ar: "ar-u-nu-latn" };

export interface AmountParts {
  /** "1,115.00" */
  readonly number: string;
  /** "SAR" in English, "ريال سعودي" in Arabic. */
  readonly currency: string;
  readonly currencyFirst: boolean;
}

/** Makers of formatters are slow, formatters are not: one of each kind is kept. */
function kept<Keys extends readonly unknown[], Format>(
  make: (...keys: Keys) => Format,
): (...keys: Keys) => Format {
  const formats = new Map<string, Format>();
  return (...keys) => {
    const name = keys.join(" ");
    const found = formats.get(name) ?? make(...keys);
    formats.set(name, found);
    return found;
  };
}

const amountFormat = kept(
  (language: Language, currency: string, fractionDigits: number) =>
    new Intl.NumberFormat(locales[language], {
      style: "currency",
      currency,
      currencyDisplay: language === "ar" ? "name" : "code",
      minimumFractionDigits: fractionDigits,
      maximumFractionDigits: fractionDigits,
    }),
);

const timeFormat = kept(
  (timeZone: string) =>
    new Intl.DateTimeFormat("en-GB", { timeStyle: "short", hourCycle: "h23", timeZone }),
);

const dateFormat = kept(
  (language: Language, timeZone: string) =>
    new Intl.DateTimeFormat(language === "ar" ? locales.ar : "en-GB", {
      day: "numeric",
      month: language === "ar" ? "long" : "short",
      year: "numeric",
      calendar: "gregory",
      timeZone,
    }),
);

/**
 * An amount for people, from its decimal text and without floats: every digit given is shown.
 *
 * @param decimal digits with at most one point, as the money module writes it
 * @example amountParts("1115.00", "SAR", "en") // { number: "1,115.00", currency: "SAR", … }
 */
export function amountParts(decimal: string, currency: string, language: Language): AmountParts {
  const fractionDigits = decimal.split(".")[1]?.length ?? 0;
  const parts = amountFormat(language, currency, fractionDigits).formatToParts(
    decimal as Intl.StringNumericLiteral,
  );
  return {
    number: parts.map(({ type, value }) => (isNumber(type) ? value : "")).join(""),
    currency: parts.find(({ type }) => type === "currency")?.value ?? currency,
    currencyFirst: parts[0]?.type === "currency",
  };
}

function isNumber(type: string): boolean {
  return type !== "currency" && type !== "literal";
}

/** The amount in one plain line, for titles and attributes: "SAR 115.00". */
export function amountText(decimal: string, currency: string, language: Language): string {
  const parts = amountParts(decimal, currency, language);
  return parts.currencyFirst
    ? `${parts.currency}\u00A0${parts.number}`
    : `${parts.number}\u00A0${parts.currency}`;
}

/**
 * The amount as HTML whose digits cannot be torn apart or turned around.
 *
 * @param sign stands at the number on every page, so that it is not turned around either
 */
export function amountHtml(
  decimal: string,
  currency: string,
  language: Language,
  sign: "" | "−" = "",
): SafeHtml {
  const parts = amountParts(decimal, currency, language);
  const number = leftToRight(sign + parts.number);
  const unit = isolate(parts.currency);
  return parts.currencyFirst
    ? html`<span class="money">${unit} ${number}</span>`
    : html`<span class="money">${number} ${unit}</span>`;
}

/**
 * A time of day, "14:45", always with Western digits on a 24-hour clock.
 *
 * @param timeZone an IANA name; UTC unless told otherwise
 */
export function timeText(moment: Date, timeZone = "UTC"): string {
  return timeFormat(timeZone).format(moment);
}

/** A date with the time of day: "20 Sept 2026, 14:45", «20 سبتمبر 2026، 14:45». */
export function dateTimeText(moment: Date, language: Language, timeZone = "UTC"): string {
  const date = dateFormat(language, timeZone).format(moment);
  return `${date}${language === "ar" ? "، " : ", "}${timeText(moment, timeZone)}`;
}

/** Digits in groups as they are printed on a card: 4-4-4-4, or 4-6-5 for fifteen digits. */
export function groupedCardNumber(digits: string): string {
  const groups = digits.length === 15 ? /^(.{4})(.{6})(.{5})$/ : /.{1,4}/g;
  if (digits.length === 15) return digits.replace(groups, "$1 $2 $3");
  return digits.match(groups)?.join(" ") ?? "";
}
