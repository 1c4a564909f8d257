import { formatAmount } from "@wasl/protocol";
import { brands } from "../acquirers/card-facts.ts";
import { dateTimeText, timeText } from "../http/look/format.ts";
import { makeReturn, type ReturnHandOff } from "../responses/return.ts";
import { acquirerAnswerMsMax } from "../transactions/ask.ts";
import { extensionsMax } from "./extend.ts";
import type { PageServices } from "./services.ts";
import { testCardViews } from "./test-card-views.ts";
import type {
  FieldError,
  FieldName,
  HandOffView,
  MomentView,
  OrderView,
  OutcomeName,
  PayFormView,
  ProcessingView,
} from "./views.ts";
import type { Visit } from "./visit.ts";

/** Payment pages show times in this zone and say so; a shop's own zone is not known. */
export const zone = "UTC";

const dayMs = 86_400_000;

function orderView({ transaction: { facts }, profile }: Visit): OrderView {
  return {
    merchantName: profile.name,
    cartId: facts.cartId,
    description: facts.cartDescription,
    amount: { decimal: formatAmount(facts.amount), currency: facts.amount.currency },
    tranRef: facts.tranRef,
  };
}

/** A time of day, with the date when it is not within a day, or when it is wanted. */
export function momentView(
  visit: Pick<Visit, "frame">,
  at: Date,
  now: Date,
  { date = false }: { readonly date?: boolean } = {},
): MomentView {
  const near = !date && Math.abs(at.getTime() - now.getTime()) < dayMs;
  return {
    iso: at.toISOString(),
    text: near ? timeText(at) : dateTimeText(at, visit.frame.language),
  };
}

export function payFormView(
  services: Pick<PageServices, "clock">,
  visit: Visit,
  typed: {
    readonly values: Partial<Readonly<Record<FieldName, string>>>;
    readonly errors: readonly FieldError[];
  },
): PayFormView {
  const { transaction, frame } = visit;
  const now = services.clock.now();
  return {
    ...frame,
    order: orderView(visit),
    end: {
      at: momentView(visit, transaction.expiresAt, now),
      zone,
      secondsLeft: Math.max(0, Math.round(transaction.secondsLeft)),
      extendPath: transaction.extensions < extensionsMax ? visit.path("extend") : null,
    },
    payPath: visit.path(),
    cancelPath: visit.path("cancel"),
    brands: brands.map(({ name, prefixes }) => ({ name, prefixes })),
    billingFields: [],
    values: typed.values,
    errors: typed.errors,
    testCards: frame.sandbox ? testCardViews(frame.language, now) : [],
  };
}

export function processingView(
  { clock }: Pick<PageServices, "clock">,
  visit: Visit,
): ProcessingView {
  const { transaction, frame } = visit;
  const waitedMs =
    clock.now().getTime() - (transaction.openedAt ?? transaction.createdAt).getTime();
  const silent = transaction.inquiries > 0 && waitedMs > acquirerAnswerMsMax;
  return {
    ...frame,
    order: orderView(visit),
    stage: silent ? "unknown" : "checking",
    refreshPath: visit.path("result"),
    refreshSeconds: silent ? 5 : 2,
  };
}

export function confirmCancelView(visit: Visit) {
  return {
    ...visit.frame,
    order: orderView(visit),
    confirmPath: visit.path("cancel"),
    backPath: visit.path(),
  };
}

const outcomeNames = {
  A: "paid",
  H: "held",
  P: "pending",
  D: "declined",
  C: "cancelled",
  X: "expired",
  E: "error",
  V: "cancelled",
} as const satisfies Record<string, OutcomeName>;

/** The finished payment and its way back to the shop; `undefined` while it has no outcome. */
export function handOffView(
  services: PageServices,
  visit: Visit,
  { auto }: { readonly auto: boolean },
): HandOffView | undefined {
  const { transaction, frame } = visit;
  const { outcome } = transaction;
  const handOff = returnOf(services, visit);
  if (outcome === undefined || handOff === undefined) return undefined;
  const finishedAt = new Date(outcome.time);
  return {
    ...frame,
    order: orderView(visit),
    outcome: outcomeNames[outcome.status],
    // A receipt is kept, so it carries the date.
    finishedAt: { iso: finishedAt.toISOString(), text: dateTimeText(finishedAt, frame.language) },
    zone,
    cardDescription: outcome.card?.description ?? null,
    handOff,
    auto: auto && handOff.way !== "none",
    back: backView(visit, outcomeNames[outcome.status]),
  };
}

/** Outcomes after which the shopper may try again. */
const unpaid: ReadonlySet<OutcomeName> = new Set(["declined", "cancelled", "expired"]);

/** The way back to the invoice or the payment link on which the shopper began. */
function backView(
  { transaction: { facts }, withLanguage }: Visit,
  outcome: OutcomeName,
): HandOffView["back"] {
  const { backPath, invoiceId } = facts;
  if (backPath === undefined) return null;
  const path = withLanguage(backPath);
  if (unpaid.has(outcome)) return { path, why: "try_again" };
  return invoiceId === undefined ? null : { path, why: "see_invoice" };
}

function returnOf(services: PageServices, visit: Visit): ReturnHandOff | undefined {
  const { transaction, profile } = visit;
  if (transaction.outcome === undefined) return undefined;
  return makeReturn(profile, transaction.facts, transaction.outcome, {
    url: transaction.returnUrl,
    usingGet: transaction.returnUsingGet,
    postToLoopback: profile.mode === "test" && !services.strict,
  });
}
