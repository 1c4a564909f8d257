import { formatAmount, type Money, moneyOf, parseAmount } from "@wasl/protocol";
import type { Card } from "../acquirers/acquirer.ts";
import { brandsOf } from "../acquirers/offered-methods.ts";
import { typedDigits } from "../http/typed-digits.ts";
import type { ContactDetails } from "../responses/facts.ts";
import type { DonationOptions, PageOptions } from "../transactions/page-options.ts";
import { type Price, priceFor } from "../transactions/price.ts";
import { cardValues, readCard } from "./card-form.ts";
import {
  billingFields,
  readBilling,
  readShipping,
  shippingFields,
  shippingName,
  shippingView,
} from "./contact-fields.ts";
import type { PageServices } from "./services.ts";
import type { FieldError, FieldName } from "./views.ts";
import type { Visit } from "./visit.ts";

export type TypedValues = Partial<Readonly<Record<FieldName, string>>>;

/** All that the shopper sent with the card. */
export interface Submission {
  readonly card: Card;
  readonly customer: ContactDetails;
  readonly shipping: ContactDetails | undefined;
  readonly price: Price;
  /** Whether the page has shown the total that the card will be charged. */
  readonly totalShown: boolean;
}

export type SubmissionReading =
  | { readonly ok: true; readonly submission: Submission }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

/** As the wire takes it (protocol.md 2.5). */
const typedLengthMax = 255;

const contactNames: readonly FieldName[] = [
  ...billingFields,
  ...shippingFields.map(shippingName),
  "amount",
];

// oxlint-disable-next-line no-control-regex -- keeping them out is the purpose
const controlCharacters = /[\u0000-\u001F\u007F-\u009F]/g;

/** What was typed into the fields of ours; everything else is left alone. */
export function typedValues(body: unknown): TypedValues {
  const form = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const values: Partial<Record<FieldName, string>> = { ...cardValues(body) };
  for (const name of contactNames) {
    const value = form[name];
    if (typeof value !== "string") continue;
    const clean = value.replaceAll(controlCharacters, " ").trim().slice(0, typedLengthMax);
    values[name] = clean.toWellFormed();
  }
  return values;
}

/** Reads a submitted form, or names every mistake at once. */
export function readSubmission(
  services: Pick<PageServices, "acquirer" | "clock">,
  visit: Visit,
  values: TypedValues,
  shownTotal: unknown,
): SubmissionReading {
  const { transaction, options } = visit;
  const { facts } = transaction;
  const card = readCard(values, {
    acquirer: services.acquirer,
    now: services.clock.now(),
    brands: brandsOf(options.methods),
  });
  const billing = readBilling(visit.customer, values);
  const shipping = readShipping(shippingView(options, facts.shipping), facts.shipping, values);
  const amount = readPickedAmount(options.donation, facts.amount, values.amount);
  const errors: FieldError[] = [
    ...("error" in amount ? [amount.error] : []),
    ...(card.ok ? [] : card.errors),
    ...billing.errors,
    ...(shipping?.errors ?? []),
  ];
  if (errors.length > 0 || !card.ok || "error" in amount) return { ok: false, errors };
  const price = priceFor(options, amount.money, card.card.number);
  return {
    ok: true,
    submission: {
      card: card.card,
      customer: billing.contact,
      shipping: shipping?.contact,
      price,
      totalShown: wasShown(shownTotal, price),
    },
  };
}

/** Without a total the page has shown the amount itself. */
function wasShown(shownTotal: unknown, { amount, charged }: Price): boolean {
  const shown = typeof shownTotal === "string" && shownTotal !== "" ? shownTotal : undefined;
  return (shown ?? amount.minor.toString()) === charged.minor.toString();
}

type AmountReading = { readonly money: Money } | { readonly error: FieldError };

function readPickedAmount(
  donation: PageOptions["donation"],
  asked: Money,
  typed = "",
): AmountReading {
  if (donation === undefined) return { money: asked };
  const { currency } = asked;
  if (typed === "") return { error: { field: "amount", kind: "missing" } };
  const reading = parseAmount(plainDecimal(typed), currency);
  const { min, max } = donationBounds(donation, asked);
  const limit = (kind: "too_small" | "too_large", { minor }: Money): AmountReading => ({
    error: {
      field: "amount",
      kind,
      limit: { decimal: formatAmount({ minor, currency }), currency },
    },
  });
  if (!reading.ok) {
    if (reading.fault === "zero" || reading.fault === "below_minimum")
      return limit("too_small", min);
    if (reading.fault === "too_large") return limit("too_large", max);
    return { error: { field: "amount", kind: "invalid" } };
  }
  if (reading.money.minor < min.minor) return limit("too_small", min);
  if (reading.money.minor > max.minor) return limit("too_large", max);
  return { money: reading.money };
}

/** What the shopper may choose from. */
export function donationBounds(
  { minMinor, maxMinor }: DonationOptions,
  { currency }: Money,
): { readonly min: Money; readonly max: Money } {
  return { min: moneyOf(BigInt(minMinor), currency), max: moneyOf(BigInt(maxMinor), currency) };
}

/** "1,000.50" and "١٠٠٠٫٥" as a plain decimal; a comma that may be a point is left to be refused. */
function plainDecimal(typed: string): string {
  const text = typedDigits(typed).replaceAll("٫", ".").replaceAll("٬", ",").replaceAll(/\s/g, "");
  return /^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(text) ? text.replaceAll(",", "") : text;
}
