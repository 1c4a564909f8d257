import type { Currency, Money } from "@wasl/protocol";
import { z } from "zod";
import { ApiError } from "../errors.ts";
import type { ApiBody } from "../http/merchant-api.ts";
import type { ContactDetails, TranType } from "../responses/facts.ts";
import { readAmount, readCurrency } from "./amount.ts";
import { flag, invalidField, optional, text, wholeNumber, word } from "./fields.ts";

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
  // The others are follow-ups.
  tran_type: word([
    "sale",
    "auth",
    "register",
    "capture",
    "void",
    "release",
    "refund",
    "authext",
  ]).meta({ enum: ["sale", "auth", "register"] }),
  // A signed field of value "0" is dropped by some verifiers and kept by others (protocol.md 6.5).
  cart_id: text(64).refine((value) => value !== "0", 'must not be "0"'),
  cart_description: text(128),
  cart_currency: text(looseLength),
  cart_amount: z.unknown().optional().meta({ type: "number", minimum: 0.01 }),
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
});

export { schema as pageRequestSchema };

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
    throw invalidField(issue);
  }
  const request = reading.data;
  if (!(request.tran_type in wireTypes)) {
    throw unsupported(`tran_type ${request.tran_type} is not offered`);
  }
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

const wireTypes = { sale: "Sale", auth: "Auth", register: "Register" } as const;

function unsupported(rule: string): ApiError {
  return new ApiError("NOT_SUPPORTED", { rule });
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
