import { type Currency, type Money, parseAmount, parseCurrency } from "@wasl/protocol";
import { ApiError } from "../errors.ts";
import { JsonNumber } from "../http/json-body.ts";

/** @throws ApiError CURRENCY_NOT_ENABLED */
export function readCurrency(given: string, enabled: readonly Currency[]): Currency {
  const currency = parseCurrency(given);
  if (currency === undefined) {
    throw new ApiError("CURRENCY_NOT_ENABLED", { rule: "is not an ISO 4217 currency" });
  }
  if (!enabled.includes(currency)) {
    const rule = `${currency} is not enabled on this profile; ${enabled.join(", ")} are`;
    throw new ApiError("CURRENCY_NOT_ENABLED", { rule });
  }
  return currency;
}

const amountRules = {
  not_a_decimal: "must be a decimal number",
  negative: "must not be negative",
  zero: "must be greater than zero",
  too_large: "is too large",
  too_many_decimals: "has more decimals than the currency",
  below_minimum: "must be at least 0.01",
} as const;

/** @throws ApiError INVALID_FIELD naming cart_amount */
export function readAmount(given: unknown, currency: Currency): Money {
  if (given === undefined || given === null || given === "") {
    throw invalid("is required");
  }
  const decimal = given instanceof JsonNumber ? given.source : given;
  const reading = parseAmount(typeof decimal === "string" ? decimal : "", currency);
  if (!reading.ok) throw invalid(amountRules[reading.fault]);
  return reading.money;
}

function invalid(rule: string): ApiError {
  return new ApiError("INVALID_FIELD", { field: "cart_amount", rule });
}
