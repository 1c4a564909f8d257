import { isCardNumber } from "@wasl/protocol";
import type { Acquirer } from "../acquirers/acquirer.ts";
import { brandOf } from "../acquirers/card-facts.ts";
import { JsonNumber } from "../http/json-body.ts";
import type { ApiBody } from "../http/merchant-api.ts";
import { typedDigits } from "../http/typed-digits.ts";
import type { FormCard } from "./payment-token.ts";

/** What is wrong with a form, as the shop's page is told (protocol.md 11). */
export interface FormFault {
  readonly errorCode: number;
  readonly errorField: "key" | "number" | "expmonth" | "expyear" | "cvv" | "name";
  readonly errorText: string;
}

const holderLengthMax = 100;

/** Reads the form's fields as shoppers type them; the first fault is told. */
export function readFormCard(
  body: ApiBody,
  { acquirer, now }: { readonly acquirer: Pick<Acquirer, "refusal">; readonly now: Date },
): { readonly card: FormCard } | { readonly fault: FormFault } {
  const number = digitsOf(body["number"]);
  const expiryMonth = numberOf(body["expmonth"]);
  const expiryYear = fullYear(numberOf(body["expyear"]));
  const securityCode = digitsOf(body["cvv"]);
  const holder = textOf(body["name"]).trim().slice(0, holderLengthMax);
  const fault =
    numberFault(number, acquirer) ??
    expiryFault(expiryMonth, expiryYear, now) ??
    codeFault(securityCode, number);
  if (fault !== undefined) return { fault };
  return { card: { number, securityCode, expiryMonth, expiryYear, holder } };
}

const badNumber = { errorCode: 200, errorField: "number" } as const;

function numberFault(number: string, acquirer: Pick<Acquirer, "refusal">): FormFault | undefined {
  if (!isCardNumber(number)) return { ...badNumber, errorText: "Invalid card number" };
  if (acquirer.refusal(number) !== undefined) {
    return { ...badNumber, errorText: "Invalid card number: not a test card of the sandbox" };
  }
  if (brandOf(number) !== undefined) return undefined;
  return { ...badNumber, errorText: "This kind of card is not accepted" };
}

function expiryFault(month: number, year: number, now: Date): FormFault | undefined {
  if (!(month >= 1 && month <= 12)) {
    return { errorCode: 2, errorField: "expmonth", errorText: "Invalid expiry month" };
  }
  const thisYear = now.getUTCFullYear();
  if (!(year >= thisYear - 50 && year <= thisYear + 50)) {
    return { errorCode: 2, errorField: "expyear", errorText: "Invalid expiry year" };
  }
  const past = year < thisYear || (year === thisYear && month < now.getUTCMonth() + 1);
  return past
    ? { errorCode: 2, errorField: "expyear", errorText: "The card has expired" }
    : undefined;
}

function codeFault(code: string, number: string): FormFault | undefined {
  const length = brandOf(number) === "AmericanExpress" ? 4 : 3;
  return code.length === length
    ? undefined
    : { errorCode: 2, errorField: "cvv", errorText: `The security code has ${length} digits` };
}

function textOf(value: unknown): string {
  if (value instanceof JsonNumber) return value.source;
  return typeof value === "string" ? value : "";
}

/** Digits in any script, without what people put between them. */
function digitsOf(value: unknown): string {
  const text = typedDigits(textOf(value)).replaceAll(/[\s-]/g, "");
  return /^\d*$/.test(text) ? text : "";
}

function numberOf(value: unknown): number {
  const text = digitsOf(value);
  return /^\d{1,4}$/.test(text) ? Number.parseInt(text, 10) : Number.NaN;
}

function fullYear(year: number): number {
  return year < 100 ? 2000 + year : year;
}
