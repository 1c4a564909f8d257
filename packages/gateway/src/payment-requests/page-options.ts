import { type Currency, type MethodAbility, parseCurrency } from "@wasl/protocol";
import { z } from "zod";
import { ApiError } from "../errors.ts";
import type { ApiBody } from "../http/merchant-api.ts";
import type { Profile } from "../profiles/profile.ts";
import type { PageOptions } from "../transactions/page-options.ts";
import type { LiveWarning } from "../transactions/transaction.ts";
import { cardRuleMembers, readCardDiscounts, readCardFilter, type Reading } from "./card-rules.ts";
import { chooseMethods, methodMembers } from "./choose-methods.ts";
import { donationMembers, readDonation } from "./donation.ts";
import { flag, invalidField, optional, text, wholeNumber } from "./fields.ts";
import { framingMembers, readFraming } from "./framing.ts";
import { invoiceMembers, readInvoice } from "./line-items.ts";
import type { PageRequest } from "./page-request.ts";

const looseLength = 255;

const themeMax = 2_147_483_647;

export const pageOptionsSchema = z.object({
  ...framingMembers,
  ...cardRuleMembers,
  ...methodMembers,
  ...donationMembers,
  ...invoiceMembers,
  hide_shipping: optional(flag()),
  alt_currency: optional(text(looseLength)),
  config_id: optional(wholeNumber(0, themeMax)),
  airline_data: optional(z.object({ pnr_code: optional(text(64)) }, "must be an object")),
  plugin_info: optional(
    z.object(
      {
        cart_version: optional(text(looseLength)),
        plugin_version: optional(text(looseLength)),
      },
      "must be an object",
    ),
  ),
});

export interface PageOptionsReading {
  readonly options: PageOptions;
  readonly warnings: readonly LiveWarning[];
}

interface PageRules {
  readonly profile: Profile;
  readonly relaxed: boolean;
  /** The page is for a stored card, so nothing else is offered (protocol.md 2.6). */
  readonly byToken?: boolean;
}

/**
 * Reads how the page is to behave (protocol.md 2.3, 2.5, 13.2), with the leniency of 1.4.
 *
 * @throws ApiError naming the first faulty member and its rule, or why no method is left
 */
export function readPageOptions(
  body: ApiBody,
  request: Pick<PageRequest, "amount" | "tranType">,
  { profile, relaxed, byToken = false }: PageRules,
): PageOptionsReading {
  const reading = pageOptionsSchema.safeParse(body);
  if (!reading.success) {
    const [issue] = reading.error.issues;
    throw invalid(issue?.path.join(".") ?? "body", issue?.message ?? "is invalid");
  }
  const given = reading.data;
  const { currency } = request.amount;
  const framing = readFraming(given, { relaxed });
  if (!framing.ok) throw invalid("framed_message_target", framing.rule);
  const needs: MethodAbility[] = [
    ...(request.tranType === "Auth" ? (["auth"] as const) : []),
    // A bill cannot be checked without being paid.
    ...(request.tranType === "Register" || byToken ? (["token"] as const) : []),
    ...(framing.framed === undefined ? [] : (["framed"] as const)),
  ];
  const shopperChooses = given.donation_mode === true;
  const methods = chooseMethods(given.payment_methods ?? [], profile, {
    currency,
    needs,
    shopperChooses,
  });
  const options = {
    methods,
    hideShipping: given.hide_shipping === true ? (true as const) : undefined,
    framed: framing.framed,
    ...cardRulesOf(given, currency),
    donation: valueOf(readDonation(given, request.amount)),
    altCurrency: readAltCurrency(given.alt_currency),
    theme: given.config_id,
    bookingReference: given.airline_data?.pnr_code,
    invoice: readInvoice(given.invoice, currency),
    plugin: readPlugin(given.plugin_info),
  };
  return { options: withoutAbsent(options), warnings: framing.warnings };
}

export type CardRules = Pick<PageOptions, "cardFilter" | "cardDiscounts">;

const cardRules = z.object(cardRuleMembers);

/**
 * Reads what a request says of cards alone, which holds for a card that needs no page, too.
 *
 * @throws ApiError naming the first faulty member and its rule
 */
export function readCardRules(body: ApiBody, currency: Currency): CardRules {
  const reading = cardRules.safeParse(body);
  if (!reading.success) throw invalidField(reading.error.issues[0]);
  return withoutAbsent(cardRulesOf(reading.data, currency));
}

function cardRulesOf(given: z.output<typeof cardRules>, currency: Currency) {
  return {
    cardFilter: valueOf(readCardFilter(given)),
    cardDiscounts: unlessEmpty(valueOf(readCardDiscounts(given, currency))),
  };
}

function invalid(field: string, rule: string): ApiError {
  return new ApiError("INVALID_FIELD", { field, rule });
}

function valueOf<Value>(reading: Reading<Value>): Value {
  if (!reading.ok) throw invalid(reading.field, reading.rule);
  return reading.value;
}

function unlessEmpty<Item>(list: readonly Item[]): readonly Item[] | undefined {
  return list.length === 0 ? undefined : list;
}

/** The page's own currency is no other one, so it is not shown twice. */
function readAltCurrency(given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  const currency = parseCurrency(given);
  if (currency === undefined) throw invalid("alt_currency", "must be an ISO 4217 currency");
  return currency;
}

function readPlugin(
  given: z.output<typeof pageOptionsSchema>["plugin_info"],
): PageOptions["plugin"] | undefined {
  const { cart_version: cartVersion, plugin_version: pluginVersion } = given ?? {};
  if (cartVersion === undefined && pluginVersion === undefined) return undefined;
  return withoutAbsent({ cartVersion, pluginVersion });
}

type Present<Members> = { [Name in keyof Members]?: Exclude<Members[Name], undefined> };

/** The members that have a value, so that nothing is stored for the rest. */
function withoutAbsent<Members extends object>(members: Members): Present<Members> {
  const present = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as Present<Members>;
}
