import { type Money, moneyOf } from "@wasl/protocol";
import { takesRefunds } from "../acquirers/offered-methods.ts";
import type { FollowUpType } from "../responses/facts.ts";
import type { Balances, Transaction } from "./transaction.ts";

/** What a merchant may ask for on an earlier transaction (protocol.md 5). */
export const followUpKinds = ["capture", "void", "release", "refund", "authext"] as const;
export type FollowUpKind = (typeof followUpKinds)[number];

export interface FollowUpPlan {
  readonly kind: "plan";
  /** The acquirer is not asked; the follow-up ends at once with E/120 (protocol.md 3.3). */
  readonly onHold: boolean;
  readonly tranType: FollowUpType;
  /** What was asked for, where something else is carried out. */
  readonly originalTranType?: FollowUpType;
  readonly amount: Money;
  /** The balance of the original that the amount is reserved from; none for `authext`. */
  readonly reserves: keyof Balances | undefined;
}

/** Why nothing is carried out, and nothing written (protocol.md 4). */
export type FollowUpRefusal =
  | { readonly kind: "not_possible"; readonly rule: string }
  | { readonly kind: "exceeds"; readonly left: Money }
  | { readonly kind: "nothing_left" };

const wireTypes: Readonly<Record<FollowUpKind, FollowUpType>> = {
  capture: "Capture",
  void: "Void",
  release: "Release",
  refund: "Refund",
  authext: "AuthExt",
};

/**
 * What a wish comes to on this transaction as it stands. Without an amount all that is left is
 * meant. A void of less than the whole authorisation is carried out as a release.
 *
 * @example planFollowUp(sale, { kind: "refund", amount: undefined })
 * // { kind: "plan", tranType: "Refund", amount: …, reserves: "refunded" }
 */
export function planFollowUp(
  original: Transaction,
  { kind, amount }: { readonly kind: FollowUpKind; readonly amount: Money | undefined },
): FollowUpPlan | FollowUpRefusal {
  const whole = original.facts.charged ?? original.facts.amount;
  const obstacle = obstacleTo(original, kind);
  if (obstacle !== undefined) return { kind: "not_possible", rule: obstacle };
  if (original.outcome?.status === "H") {
    const tranType = wireTypes[kind];
    const taken = amount ?? whole;
    return { kind: "plan", onHold: true, tranType, amount: taken, reserves: undefined };
  }
  const left = balanceLeft(original, kind);
  if (left.minor === 0n) return { kind: "nothing_left" };
  const taken = amount ?? left;
  if (taken.minor > left.minor) return { kind: "exceeds", left };
  const plan = { kind: "plan", onHold: false, tranType: wireTypes[kind], amount: taken } as const;
  switch (kind) {
    case "capture":
      return { ...plan, reserves: "captured" };
    case "release":
      return { ...plan, reserves: "released" };
    case "refund":
      return { ...plan, reserves: "refunded" };
    case "void":
      return taken.minor === whole.minor
        ? { ...plan, reserves: "released" }
        : { ...plan, tranType: "Release", originalTranType: "Void", reserves: "released" };
    case "authext":
      return { ...plan, amount: whole, reserves: undefined };
    default:
      return kind satisfies never;
  }
}

/** How much of the transaction this kind of follow-up may still take. */
function balanceLeft({ facts, balances }: Transaction, kind: FollowUpKind): Money {
  const { minor, currency } = facts.charged ?? facts.amount;
  const taken = kind === "refund" ? balances.refunded : balances.captured + balances.released;
  return moneyOf(minor - taken, currency);
}

function obstacleTo(
  { facts, outcome, acquirerRequest }: Transaction,
  kind: FollowUpKind,
): string | undefined {
  const { tranRef, tranType } = facts;
  if (outcome === undefined) return `${tranRef} is not finished yet`;
  if (outcome.status === "A" && acquirerRequest === undefined) {
    return `${tranRef} was paid elsewhere and never went to an acquirer`;
  }
  const { method } = outcome;
  if (kind === "refund" && method !== undefined && !takesRefunds(method.name)) {
    return `${tranRef} was paid with ${method.name}, which takes no refunds`;
  }
  if (kind === "refund" && tranType === "Auth" && outcome.status === "A") {
    return `${tranRef} is an authorisation: refund its capture, or void it`;
  }
  const fits = kind === "refund" ? ["Sale", "Capture"] : ["Auth"];
  const held = outcome.status === "H";
  if (!held && !fits.includes(tranType)) {
    const instead = kind === "void" && tranType === "Sale" ? "; refund it" : "";
    return `${kind} needs ${fits.map(article).join(" or ")}, and ${tranRef} is ${article(tranType)}${instead}`;
  }
  return outcome.status === "A" || held ? undefined : `${tranRef} was not authorised`;
}

function article(type: string): string {
  const word = type === "Auth" ? "authorisation" : type.toLowerCase();
  return `${/^[aeiou]/.test(word) ? "an" : "a"} ${word}`;
}
