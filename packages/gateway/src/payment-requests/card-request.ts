import { type Currency, isCardNumber, parseAmount } from "@wasl/protocol";
import { z } from "zod";
import type { Initiation } from "../acquirers/acquirer.ts";
import { brandOf } from "../acquirers/card-facts.ts";
import { type Mandate, mandateFrequencies, mandateKinds } from "../acquirers/mandate.ts";
import { ApiError } from "../errors.ts";
import type { ApiBody } from "../http/merchant-api.ts";
import { tokenFormats } from "../transactions/card-token.ts";
import type { SaveOptions } from "../transactions/transaction.ts";
import { flag, optional, text, wholeNumber, word } from "./fields.ts";

const notAnObject = "must be an object";
const day = z.iso.date("must be a date, YYYY-MM-DD").or(z.iso.datetime({ offset: true }));
const frequencies = mandateFrequencies.map((name) => name.toLowerCase());

const tokenInfo = z.object(
  {
    tokenise: optional(wholeNumber(1, 6)),
    token: optional(text(64)),
    token_type: optional(word(mandateKinds)),
    counter: optional(wholeNumber(0, 9999)),
    total_count: optional(wholeNumber(1, 9999)),
    payment_frequency: optional(
      word(frequencies as [string, ...string[]]).meta({ enum: mandateFrequencies }),
    ),
    min_amount_per_payment: optional(text(40)),
    max_amount_per_payment: optional(text(40)),
    min_days_between_payments: optional(wholeNumber(0, 9999)),
    start_date: optional(day),
    expiry_date: optional(day),
  },
  notAnObject,
);

/** A list of undefined members becomes `{}` in some clients (protocol.md 1.4). */
const cardDetails = z.preprocess(
  (value) =>
    value === false || (value instanceof Object && Object.keys(value).length === 0)
      ? undefined
      : value,
  optional(
    z.object(
      {
        pan: text(40),
        cvv: optional(text(10)),
        expiry_month: wholeNumber(1, 12),
        expiry_year: wholeNumber(2000, 2999),
      },
      notAnObject,
    ),
  ),
);

const schema = z.object({
  tran_class: optional(word(["ecom", "moto", "recurring"])),
  tokenise: optional(wholeNumber(1, 6)),
  show_save_card: optional(flag()),
  token: optional(text(64)),
  token_info: optional(tokenInfo),
  card_details: cardDetails.optional(),
  tran_ref: optional(text(64)),
});

export { schema as cardRequestSchema };

/** A card as a merchant's own form sends it. */
export interface OwnFormCard {
  readonly number: string;
  readonly securityCode?: string;
  readonly expiryMonth: number;
  readonly expiryYear: number;
}

/** What a request says about cards and tokens (protocol.md 2.4). */
export interface CardRequest {
  readonly initiation: Initiation;
  readonly save: SaveOptions | undefined;
  readonly token: string | undefined;
  readonly mandate: Mandate | undefined;
  readonly card: OwnFormCard | undefined;
  /** The reference of an earlier payment that a token payment may name. */
  readonly tranRef: string | undefined;
}

/**
 * Reads the members about cards and tokens.
 *
 * @param currency of the payment, in which the amounts of `token_info` are
 * @throws ApiError naming the first faulty member and its rule, never a value
 */
export function readCardRequest(body: ApiBody, currency: Currency, now: Date): CardRequest {
  const reading = schema.safeParse(body);
  if (!reading.success) {
    const [issue] = reading.error.issues;
    throw invalid(issue?.path.join(".") ?? "body", issue?.message ?? "is invalid");
  }
  const request = reading.data;
  const initiation = request.tran_class ?? "ecom";
  const mandate = request.token_info && readMandate(request.token_info, currency);
  return {
    initiation,
    save: saveOf(request, mandate),
    token: request.token ?? request.token_info?.token,
    mandate,
    card: request.card_details && readOwnForm(request.card_details, initiation, now),
    tranRef: request.tran_ref,
  };
}

function invalid(field: string, rule: string): ApiError {
  return new ApiError("INVALID_FIELD", { field, rule });
}

type Request = z.output<typeof schema>;

/** 1 means none. A box to tick is a wish to store the card too, in the commonest format. */
function saveOf(request: Request, mandate: Mandate | undefined): SaveOptions | undefined {
  const ifTicked = request.show_save_card ?? false;
  const wanted = request.tokenise ?? request.token_info?.tokenise ?? (ifTicked ? 2 : 1);
  const format = tokenFormats.find((known) => known === wanted);
  return format && { format, ifTicked, ...(mandate === undefined ? {} : { mandate }) };
}

function readMandate(info: z.output<typeof tokenInfo>, currency: Currency): Mandate {
  const { min_amount_per_payment: amountMin, max_amount_per_payment: amountMax } = info;
  const min = amountOf("min_amount_per_payment", amountMin, currency);
  const max = amountOf("max_amount_per_payment", amountMax, currency);
  if (min !== undefined && max !== undefined && min > max) {
    throw invalid("token_info.min_amount_per_payment", "must not be above the maximum");
  }
  if (info.counter !== undefined && info.counter > (info.total_count ?? info.counter)) {
    throw invalid("token_info.counter", "must not be above total_count");
  }
  const frequency = mandateFrequencies.find(
    (name) => name.toLowerCase() === info.payment_frequency,
  );
  const mandate = {
    currency,
    kind: info.token_type,
    frequency,
    counter: info.counter,
    totalCount: info.total_count,
    amountMin,
    amountMax,
    daysBetweenMin: info.min_days_between_payments,
    startDate: info.start_date?.slice(0, 10),
    expiryDate: info.expiry_date?.slice(0, 10),
  };
  const given = Object.entries(mandate).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as unknown as Mandate;
}

function amountOf(name: string, given: string | undefined, currency: Currency): bigint | undefined {
  if (given === undefined) return undefined;
  const reading = parseAmount(given, currency);
  if (!reading.ok)
    throw invalid(`token_info.${name}`, "must be an amount in the payment's currency");
  return reading.money.minor;
}

function readOwnForm(
  given: NonNullable<Request["card_details"]>,
  initiation: Initiation,
  now: Date,
): OwnFormCard {
  const number = given.pan.replaceAll(/[\s-]/g, "");
  if (!/^\d{13,16}$/.test(number)) {
    throw new ApiError("CARD_NUMBER", { rule: "card_details.pan must have 13 to 16 digits" });
  }
  if (!isCardNumber(number)) {
    throw new ApiError("CARD_NUMBER", { rule: "a digit of card_details.pan is wrong or swapped" });
  }
  const { expiry_month: expiryMonth, expiry_year: expiryYear, cvv: securityCode } = given;
  if (hasExpired({ expiryMonth, expiryYear }, now)) {
    throw invalid("card_details.expiry_year", "and expiry_month lie in the past");
  }
  const length = brandOf(number) === "AmericanExpress" ? 4 : 3;
  if (securityCode === undefined && initiation !== "moto") {
    throw invalid("card_details.cvv", "is required");
  }
  if (securityCode !== undefined && !new RegExp(`^\\d{${length}}$`).test(securityCode)) {
    throw invalid("card_details.cvv", `must have ${length} digits`);
  }
  const code = securityCode === undefined ? {} : { securityCode };
  return { number, expiryMonth, expiryYear, ...code };
}

/** A card is valid to the end of its month, by UTC. */
export function hasExpired(
  { expiryMonth, expiryYear }: { readonly expiryMonth: number; readonly expiryYear: number },
  now: Date,
): boolean {
  return expiryYear * 12 + expiryMonth < now.getUTCFullYear() * 12 + now.getUTCMonth() + 1;
}
