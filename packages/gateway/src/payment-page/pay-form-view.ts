import { amountMinorMax, formatAmount, minimumAmount } from "@wasl/protocol";
import { brands } from "../acquirers/card-facts.ts";
import { brandsOf, offeredMethods } from "../acquirers/offered-methods.ts";
import type { Price } from "../transactions/price.ts";
import { alternativeAmount } from "./alternative-amount.ts";
import { askedFields, billingFields, shippingName, shippingView } from "./contact-fields.ts";
import { extensionsMax } from "./extend.ts";
import { itemsView } from "./items-view.ts";
import { amountView, momentView, orderView, zone } from "./page-views.ts";
import type { PageServices } from "./services.ts";
import { type StoredCard, storedCardView } from "./stored-card.ts";
import { donationBounds, type TypedValues } from "./submission.ts";
import { testCardViews } from "./test-card-views.ts";
import type {
  CardFilterView,
  ConfirmView,
  DonationView,
  EndView,
  FieldError,
  OrderView,
  PayFormView,
  WayView,
} from "./views.ts";
import type { Visit } from "./visit.ts";

export interface TypedForm {
  readonly values: TypedValues;
  readonly errors: readonly FieldError[];
  /** The price of the card typed, to be confirmed before it is charged. */
  readonly confirm?: Price;
  /** Pays once its security code is typed; nothing else is asked then. */
  readonly storedCard: StoredCard | undefined;
  /** The shopper ticked that the card is to be stored. */
  readonly savesCard?: boolean;
}

const knownBrands = brands.map(({ name, prefixes }) => ({ name, prefixes }));

/** The form as this payment needs it, with what was typed before. */
export function payFormView(
  services: Pick<PageServices, "clock" | "alternativeRates">,
  visit: Visit,
  typed: TypedForm,
): PayFormView {
  const { transaction, frame, options } = visit;
  const { facts } = transaction;
  const now = services.clock.now();
  const taken = brandsOf(options.methods);
  const { storedCard } = typed;
  return {
    ...frame,
    order: orderToPay(services, visit),
    end: endView(visit, now),
    payPath: visit.path(),
    cancelPath: visit.path("cancel"),
    brands: knownBrands.filter(({ name }) => taken.has(name)),
    knownBrands,
    billingFields: storedCard ? [] : askedFields(facts.customer, billingFields),
    shipping: storedCard ? null : shippingView(options, facts.shipping),
    donation: donationView(visit),
    cardFilter: cardFilterView(visit),
    discounts: options.cardDiscounts ?? [],
    confirm: typed.confirm === undefined ? null : confirmView(typed.confirm),
    otherWays: otherWays(visit),
    values: { ...knownValues(visit), ...typed.values },
    errors: typed.errors,
    testCards:
      frame.sandbox && !storedCard
        ? testCardViews(frame.language, now).filter(({ brand }) => taken.has(brand))
        : [],
    storedCard: storedCard ? storedCardView(storedCard, frame) : null,
    saveCard: saveCardView(visit, typed),
    registers: facts.tranType === "Register",
  };
}

function orderToPay(
  { alternativeRates }: Pick<PageServices, "alternativeRates">,
  visit: Visit,
): OrderView {
  const { transaction, options } = visit;
  const { amount } = transaction.facts;
  const fixed = options.donation === undefined;
  const alternative = fixed && alternativeAmount(amount, options.altCurrency, alternativeRates);
  const items = itemsView(options.invoice, amount);
  return {
    ...orderView(visit),
    ...(alternative && { alternative }),
    ...(items && { items }),
  };
}

function saveCardView(
  { transaction }: Visit,
  { savesCard = false }: TypedForm,
): PayFormView["saveCard"] {
  return transaction.options.save?.ifTicked === true ? { ticked: savesCard } : null;
}

function endView(visit: Visit, now: Date): EndView {
  const { transaction } = visit;
  return {
    at: momentView(visit, transaction.expiresAt, now),
    zone,
    secondsLeft: Math.max(0, Math.round(transaction.secondsLeft)),
    extendPath: transaction.extensions < extensionsMax ? visit.path("extend") : null,
  };
}

/** What the shop sent, where it has to be corrected; and the amount it proposes. */
function knownValues({ transaction, options }: Visit): TypedValues {
  const { customer, shipping = {}, amount } = transaction.facts;
  const billing = Object.fromEntries(
    billingFields.map((field) => [field, customer[field] ?? ""] as const),
  );
  const delivery = Object.fromEntries(
    billingFields.map((field) => [shippingName(field), shipping[field] ?? ""] as const),
  );
  const { donation } = options;
  if (donation === undefined) return { ...billing, ...delivery };
  const { min, max } = donationBounds(donation, amount);
  const proposed = amount.minor < min.minor ? min : amount.minor > max.minor ? max : amount;
  return { ...billing, ...delivery, amount: formatAmount(proposed) };
}

/** Bounds that nobody would meet are not shown. */
function donationView({ transaction, options }: Visit): DonationView | null {
  if (options.donation === undefined) return null;
  const { amount } = transaction.facts;
  const { min, max } = donationBounds(options.donation, amount);
  return {
    min: min.minor > minimumAmount(amount.currency).minor ? amountView(min) : null,
    max: max.minor < amountMinorMax ? amountView(max) : null,
  };
}

function cardFilterView({ options }: Visit): CardFilterView | null {
  const { cardFilter } = options;
  return cardFilter ? { title: cardFilter.title ?? null, prefixes: cardFilter.prefixes } : null;
}

function confirmView({ amount, charged, discount }: Price): ConfirmView {
  const total = amountView(charged);
  if (discount === undefined) return { discount: null, total };
  return { discount: { title: discount.title ?? null, before: amountView(amount), total }, total };
}

/** The methods left that are no cards, each with a form of its own. */
function otherWays(visit: Visit): WayView[] {
  const { options, frame } = visit;
  // How much it is to be is written on the card form.
  if (options.donation !== undefined) return [];
  return offeredMethods.flatMap((method) =>
    method.kind !== "card" && options.methods?.includes(method.code) === true
      ? [
          {
            code: method.code,
            label: method.names[frame.language],
            path: visit.path(`method/${method.code}`),
          },
        ]
      : [],
  );
}
