import { type Currency, moneyOf } from "@wasl/protocol";
import type { Transaction } from "../../src/transactions/transaction.ts";

/** A sale of SAR 500.00 as it is stored, paid unless the changes say otherwise. */
export function sampleTransaction(
  changes: Partial<Omit<Transaction, "facts">> & { facts?: Partial<Transaction["facts"]> } = {},
): Transaction {
  const at = new Date("2026-04-01T12:05:00Z");
  return {
    pageToken: "A".repeat(56),
    trace: "PMNT0101.69CD0A1D.0000A001",
    callbackUrl: undefined,
    returnUrl: undefined,
    returnUsingGet: false,
    language: undefined,
    liveWarnings: [],
    options: {},
    state: "completed",
    createdAt: at,
    expiresAt: at,
    secondsLeft: 0,
    extensions: 0,
    openedAt: undefined,
    returnedAt: undefined,
    acquirerRequest: "01990000-0000-7000-8000-000000000001",
    challengeUrl: undefined,
    secondsAway: undefined,
    inquiries: 0,
    card: undefined,
    savesCard: undefined,
    outcome: {
      status: "A",
      code: "G40217",
      message: "Authorised",
      time: "2026-04-01T12:05:49Z",
      ipnTrace: "IPNS0101.69CD0A1F.0000B001",
    },
    balances: { captured: 0n, released: 0n, refunded: 0n },
    callbackDelivery: undefined,
    ...changes,
    facts: {
      profileId: 45_001,
      tranRef: "TST2609100000101",
      tranType: "Sale",
      tranClass: "ECom",
      serviceId: 2,
      cartId: "order-7001",
      cartDescription: "basket",
      amount: moneyOf(50_000n, "SAR" as Currency),
      customer: {},
      paymentChannel: "Payment Page",
      ...changes.facts,
    },
  };
}
