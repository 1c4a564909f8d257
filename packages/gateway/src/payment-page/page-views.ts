import { formatAmount } from "@wasl/protocol";
import { brands } from "../acquirers/card-facts.ts";
import { dateTimeText, timeText } from "../http/look/format.ts";
import { makeReturn, type ReturnHandOff } from "../responses/return.ts";
import { acquirerAnswerMsMax } from "../transactions/ask.ts";
import { extensionsMax } from "./extend.ts";
import type { PageServices } from "./services.ts";
import { type StoredCard, storedCardView } from "./stored-card.ts";
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
const zone = "UTC";

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

/** A time of day, with the date when it is not within a day. */
export function momentView(visit: Pick<Visit, "frame">, at: Date, now: Date): MomentView {
  const near = Math.abs(at.getTime() - now.getTime()) < dayMs;
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
    readonly storedCard: StoredCard | undefined;
    readonly savesCard?: boolean;
  },
): PayFormView {
  const { transaction, frame } = visit;
  const { storedCard, savesCard } = typed;
  const asksToSave = transaction.options.save?.ifTicked === true;
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
    testCards: frame.sandbox && !storedCard ? testCardViews(frame.language, now) : [],
    storedCard: storedCard ? storedCardView(storedCard, frame) : null,
    saveCard: asksToSave ? { ticked: savesCard ?? false } : null,
    registers: transaction.facts.tranType === "Register",
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
    outcome: outcomeName(transaction.facts.tranType, outcome.status),
    // A receipt is kept, so it carries the date.
    finishedAt: { iso: finishedAt.toISOString(), text: dateTimeText(finishedAt, frame.language) },
    zone,
    cardDescription: outcome.card?.description ?? null,
    handOff,
    auto: auto && handOff.way !== "none",
  };
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
