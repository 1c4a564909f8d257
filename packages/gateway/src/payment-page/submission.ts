import { formatAmount, type Money, moneyOf, parseAmount } from "@wasl/protocol";
import type { Card } from "../acquirers/acquirer.ts";
import { brandsOf } from "../acquirers/offered-methods.ts";
import { typedDigits } from "../http/typed-digits.ts";
import type { ContactDetails } from "../responses/facts.ts";
import type { DonationOptions, PageOptions } from "../transactions/page-options.ts";
import { type Price, priceFor } from "../transactions/price.ts";
import { type CardReading, cardValues, readCard } from "./card-form.ts";
import {
  billingFields,
  readBilling,
  readShipping,
  shippingFields,
  shippingName,
  shippingView,
} from "./contact-fields.ts";
import type { PageServices } from "./services.ts";
import { readStoredCard, type StoredCard } from "./stored-card.ts";
import type { FieldError, FieldName } from "./views.ts";
import type { Visit } from "./visit.ts";

export type TypedValues = Partial<Readonly<Record<FieldName, string>>>;

/** A form as it was sent. */
export interface SentForm {
  readonly values: TypedValues;
  /** The total the page has shown, in minor units, where a discount could make it differ. */
  readonly shownTotal: unknown;
  /** Whether the shopper ticked that the card is to be stored. */
  readonly savesCard: boolean;
}

/** All that the shopper sent with the card. */
export interface Submission {
  /** Typed, or from the vault with its code typed. */
  readonly card: Card;
  readonly savesCard: boolean;
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

export function readForm(body: unknown): SentForm {
  const form = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  return {
    values: typedValues(form),
    shownTotal: form["total"],
    savesCard: form["save_card"] === "1",
  };
}

/** What was typed into the fields of ours; everything else is left alone. */
function typedValues(form: Record<string, unknown>): TypedValues {
  const values: Partial<Record<FieldName, string>> = { ...cardValues(form) };
  for (const name of contactNames) {
    const value = form[name];
    if (typeof value !== "string") continue;
    const clean = value.replaceAll(controlCharacters, " ").trim().slice(0, typedLengthMax);
    values[name] = clean.toWellFormed();
  }
  return values;
}

/**
 * Reads a submitted form, or names every mistake at once. With a stored card its security code is
 * all that is asked of the shopper (protocol.md 2.6).
 *
 * @throws VaultError when the stored card cannot be opened here
 */
export async function readSubmission(
  services: Pick<PageServices, "acquirer" | "clock" | "vault">,
  visit: Visit,
  storedCard: StoredCard | undefined,
  { values, shownTotal, savesCard }: SentForm,
): Promise<SubmissionReading> {
  const { options } = visit;
  const { facts } = visit.transaction;
  const card = storedCard
    ? await readStoredCard(services, visit, storedCard, values)
    : readTypedCard(services, visit, values);
  const asksContact = storedCard === undefined;
  const billing = asksContact
    ? readBilling(visit.customer, values)
    : { contact: visit.customer, errors: [] };
  const shippingAsked = asksContact ? shippingView(options, facts.shipping) : null;
  const shipping = readShipping(shippingAsked, facts.shipping, values);
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
      savesCard,
      customer: billing.contact,
      shipping: shipping?.contact,
      price,
      totalShown: wasShown(shownTotal, price),
    },
  };
}

function readTypedCard(
  { acquirer, clock }: Pick<PageServices, "acquirer" | "clock">,
  { options }: Visit,
  values: TypedValues,
): CardReading {
  return readCard(values, { acquirer, now: clock.now(), brands: brandsOf(options.methods) });
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
