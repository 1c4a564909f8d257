import { type Currency, type Money, parseAmount, parseCurrency } from "@wasl/protocol";
import { z } from "zod";
import { ApiError } from "../errors.ts";
import { JsonNumber } from "../http/json-body.ts";
import type { ApiBody } from "../http/merchant-api.ts";
import type { ContactDetails, TranType } from "../responses/facts.ts";
import { flag, optional, text, wholeNumber, word } from "./fields.ts";

/** How long a payment page lives unless the request says otherwise, in minutes (protocol.md 9.2). */
export const ttlMinutesDefault = 20;

/** A week; long enough for a link sent by e-mail. */
export const ttlMinutesMax = 10_080;

/** Members without a published limit are taken up to this length (protocol.md 2.5). */
const looseLength = 255;

const notAnObject = "must be an object";

const contact = z.object(
  {
    name: optional(text(looseLength)),
    email: optional(text(looseLength)),
    phone: optional(text(looseLength)),
    street1: optional(text(looseLength)),
    city: optional(text(looseLength)),
    state: optional(text(looseLength)),
    country: optional(text(looseLength)),
    zip: optional(text(looseLength)),
    ip: optional(text(looseLength)),
  },
  notAnObject,
);

const udf = optional(text(looseLength));

const schema = z.object({
  tran_type: word(["sale", "auth", "register", "capture", "void", "release", "refund", "authext"]),
  // A signed field of value "0" is dropped by some verifiers and kept by others (protocol.md 6.5).
  cart_id: text(64).refine((value) => value !== "0", 'must not be "0"'),
  cart_description: text(128),
  cart_currency: text(looseLength),
  cart_amount: z.unknown().optional(),
  callback: optional(z.string("must be a URL")),
  return: optional(z.string("must be a URL")),
  return_using_get: optional(flag()),
  paypage_lang: optional(z.string("must be text")),
  paypage_ttl: optional(wholeNumber(1, ttlMinutesMax)),
  customer_details: optional(contact),
  shipping_details: optional(contact),
  customer_ref: optional(text(looseLength)),
  user_defined: optional(
    z.object(
      {
        udf1: udf,
        udf2: udf,
        udf3: udf,
        udf4: udf,
        udf5: udf,
        udf6: udf,
        udf7: udf,
        udf8: udf,
        udf9: udf,
      },
      notAnObject,
    ),
  ),
  plugin_info: optional(z.object({ cart_name: optional(text(looseLength)) }, notAnObject)),
  payment_methods: optional(z.array(z.string("must be text"), "must be a list")),
});

/** A page creation as it is understood, before its addresses and currency are judged. */
export interface PageRequest {
  readonly tranType: TranType;
  readonly cartId: string;
  readonly cartDescription: string;
  readonly amount: Money;
  readonly callback: string | undefined;
  readonly returnUrl: string | undefined;
  readonly returnUsingGet: boolean;
  readonly language: "en" | "ar" | undefined;
  readonly ttlMinutes: number;
  readonly customer: ContactDetails;
  readonly shipping: ContactDetails | undefined;
  readonly customerRef: string | undefined;
  readonly userDefined: Readonly<Record<string, string>> | undefined;
  readonly paymentChannel: string | undefined;
}

/**
 * Reads a page creation with the leniency real clients need (protocol.md 1.4, 2).
 *
 * @throws ApiError naming the first faulty member and its rule
 */
export function readPageRequest(body: ApiBody, currencies: readonly Currency[]): PageRequest {
  const reading = schema.safeParse(body);
  if (!reading.success) {
    const [issue] = reading.error.issues;
    throw invalid(issue?.path.join(".") ?? "body", issue?.message ?? "is invalid");
  }
  const request = reading.data;
  refuseUnsupported(body, request);
  return {
    tranType: wireTypes[request.tran_type as keyof typeof wireTypes],
    cartId: request.cart_id,
    cartDescription: request.cart_description,
    amount: readAmount(request.cart_amount, readCurrency(request.cart_currency, currencies)),
    callback: addressOrNone(request.callback),
    returnUrl: addressOrNone(request.return),
    returnUsingGet: request.return_using_get ?? false,
    language: readLanguage(request.paypage_lang),
    ttlMinutes: request.paypage_ttl ?? ttlMinutesDefault,
    customer: present(request.customer_details),
    shipping: request.shipping_details && presentOrNothing(request.shipping_details),
    customerRef: request.customer_ref,
    userDefined: request.user_defined && presentOrNothing(request.user_defined),
    paymentChannel: request.plugin_info?.cart_name,
  };
}

function invalid(field: string, rule: string): ApiError {
  return new ApiError("INVALID_FIELD", { field, rule });
}

const wireTypes = { sale: "Sale", auth: "Auth", register: "Register" } as const;

/** Members that ask for more than a card on the hosted page, or change who pays how much. */
const notOffered = [
  "payment_token",
  "apple_pay_token",
  "card_filter",
  "card_discounts",
  "donation_mode",
] as const;

/** How platforms write that they do not use a member. */
function isUnused(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    value === "" ||
    value === false ||
    (Array.isArray(value) && value.length === 0)
  );
}

const cardMethods = new Set(["all", "any", "creditcard", "card", "mada"]);

function refuseUnsupported(body: ApiBody, request: z.output<typeof schema>): void {
  const { tran_type: tranType, payment_methods: methods } = request;
  if (!(tranType in wireTypes)) throw unsupported(`tran_type ${tranType} is not offered`);
  const member = notOffered.find((name) => !isUnused(body[name]));
  if (member !== undefined) throw unsupported(`${member} is not offered yet`);
  const wanted = methods?.filter((method) => !method.startsWith("-")) ?? [];
  if (wanted.length > 0 && !wanted.some((method) => cardMethods.has(method.toLowerCase()))) {
    throw unsupported("payment_methods names no card method");
  }
}

function unsupported(rule: string): ApiError {
  return new ApiError("NOT_SUPPORTED", { rule });
}

function readCurrency(given: string, enabled: readonly Currency[]): Currency {
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

function readAmount(given: unknown, currency: Currency): Money {
  if (given === undefined || given === null || given === "") {
    throw invalid("cart_amount", "is required");
  }
  const decimal = given instanceof JsonNumber ? given.source : given;
  const reading = parseAmount(typeof decimal === "string" ? decimal : "", currency);
  if (!reading.ok) throw invalid("cart_amount", amountRules[reading.fault]);
  return reading.money;
}

/** `none` is how PT2 itself writes an address that was not given. */
function addressOrNone(address: string | undefined): string | undefined {
  return address === "none" ? undefined : address;
}

/** Any language but the page's own two falls back to the browser's (protocol.md 2.1 knows `tr`). */
function readLanguage(given: string | undefined): "en" | "ar" | undefined {
  const language = given?.toLowerCase();
  return language === "en" || language === "ar" ? language : undefined;
}

function present(
  members: Readonly<Record<string, string | undefined>> | undefined,
): Record<string, string> {
  const entries = Object.entries(members ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Record<string, string>;
}

function presentOrNothing(
  members: Record<string, string | undefined>,
): Record<string, string> | undefined {
  const kept = present(members);
  return Object.keys(kept).length === 0 ? undefined : kept;
}
