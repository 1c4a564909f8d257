import { formatAmount, type Money } from "@wasl/protocol";
import { dateTimeText, timeText } from "../http/look/format.ts";
import { makeReturn, type ReturnHandOff, returnMessageFields } from "../responses/return.ts";
import { acquirerAnswerMsMax } from "../transactions/ask.ts";
import type { Transaction } from "../transactions/transaction.ts";
import type { PageServices } from "./services.ts";
import { methodNamed } from "../acquirers/offered-methods.ts";
import type {
  AmountView,
  BillView,
  HandOffView,
  MomentView,
  OrderView,
  OutcomeName,
  ProcessingView,
  ResultMessage,
} from "./views.ts";
import type { Visit } from "./visit.ts";

/** Payment pages show times in this zone and say so; a shop's own zone is not known. */
export const zone = "UTC";

const dayMs = 86_400_000;

export function amountView(money: Money): AmountView {
  return { decimal: formatAmount(money), currency: money.currency };
}

/** What is paid for, and how much: after a discount what was charged. */
export function orderView({ transaction: { facts }, profile, options }: Visit): OrderView {
  const { bookingReference } = options;
  return {
    merchantName: profile.name,
    cartId: facts.cartId,
    description: facts.cartDescription,
    amount: amountView(facts.charged ?? facts.amount),
    tranRef: facts.tranRef,
    ...(bookingReference !== undefined && { bookingReference }),
    ...(facts.charged && {
      discount: {
        title: null,
        before: amountView(facts.amount),
        total: amountView(facts.charged),
      },
    }),
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

function outcomeName(tranType: string, status: keyof typeof outcomeNames): OutcomeName {
  return tranType === "Register" && status === "A" ? "registered" : outcomeNames[status];
}

/**
 * The finished payment and its way back to the shop; `undefined` while it has no outcome.
 *
 * @param sale of the bill that was paid: then this is its receipt. The Return stays the request's,
 *   under whose reference the shop waits for it.
 */
export function handOffView(
  services: PageServices,
  visit: Visit,
  { auto, sale }: { readonly auto: boolean; readonly sale: Transaction | undefined },
): HandOffView | undefined {
  const { transaction, frame } = visit;
  const { outcome } = transaction;
  const handOff = returnOf(services, visit);
  if (outcome === undefined || handOff === undefined) return undefined;
  const last = sale?.outcome ?? outcome;
  const finishedAt = new Date(last.time);
  const name = outcomeName(transaction.facts.tranType, last.status);
  return {
    ...frame,
    order: { ...orderView(visit), ...(sale?.outcome && { tranRef: sale.facts.tranRef }) },
    outcome: name,
    // A receipt is kept, so it carries the date.
    finishedAt: { iso: finishedAt.toISOString(), text: dateTimeText(finishedAt, frame.language) },
    zone,
    cardDescription: outcome.card?.description ?? null,
    methodName: methodNameOf(visit),
    bill: billOf(services, visit),
    watchPath: name === "pending" ? visit.path("result") : null,
    handOff,
    // The number of a bill is to be written down first.
    auto: auto && handOff.way !== "none" && outcome.status !== "P",
    window: visit.options.framed?.returnTo ?? "self",
    message: messageOf(visit),
    back: backView(visit, outcomeNames[last.status]),
  };
}

function billOf({ clock }: PageServices, visit: Visit): BillView | null {
  const { state, outcome, expiresAt, challengeUrl, facts } = visit.transaction;
  const { method } = outcome ?? {};
  if (method === undefined || facts.tranType !== "Payment Request") return null;
  return {
    method: methodLabel(method.name, visit),
    number: method.description,
    until: momentView(visit, expiresAt, clock.now()),
    payUrl: state === "awaiting" ? (challengeUrl ?? null) : null,
  };
}

/** What it was paid with, where that is neither a card nor a bill. */
function methodNameOf(visit: Visit): string | null {
  const { outcome, facts } = visit.transaction;
  const { method } = outcome ?? {};
  if (method === undefined || facts.tranType === "Payment Request") return null;
  return methodLabel(method.name, visit);
}

function methodLabel(wireName: string, { frame }: Visit): string {
  return methodNamed(wireName)?.names[frame.language] ?? wireName;
}

/** For `framed_message_target`: the result goes to that origin, and no browser is redirected. */
function messageOf({ transaction, profile, options }: Visit): ResultMessage | null {
  const origin = options.framed?.messageTarget;
  const { facts, outcome } = transaction;
  if (origin === undefined || outcome === undefined) return null;
  return { origin, fields: returnMessageFields(profile, facts, outcome) };
}

/** Outcomes after which the shopper may try again. */
const unpaid: ReadonlySet<OutcomeName> = new Set(["declined", "cancelled", "expired", "error"]);

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
  const { transaction, profile, options } = visit;
  if (transaction.outcome === undefined) return undefined;
  if (options.framed?.messageTarget !== undefined) return { way: "none" };
  return makeReturn(profile, transaction.facts, transaction.outcome, {
    url: transaction.returnUrl,
    usingGet: transaction.returnUsingGet,
    postToLoopback: profile.mode === "test" && !services.strict,
  });
}
