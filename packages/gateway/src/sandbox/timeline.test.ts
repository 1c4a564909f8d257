import { moneyOf, parseCurrency } from "@wasl/protocol";
import { describe, expect, test } from "vitest";
import type { AttemptRecord, DeliveryRecord } from "../deliveries/delivery.ts";
import type { EventKind, Transaction, TransactionEvent } from "../transactions/transaction.ts";
import { buildTimeline, type PaymentRecords } from "./timeline.ts";

const start = Date.parse("2026-04-01T12:05:00.000Z");
const at = (ms: number): Date => new Date(start + ms);
const sar = parseCurrency("SAR");
if (sar === undefined) throw new Error("SAR is a currency");

const transaction: Transaction = {
  facts: {
    profileId: 45_001,
    tranRef: "TST2609100000101",
    tranType: "Sale",
    tranClass: "ECom",
    serviceId: 2,
    cartId: "order-7001",
    cartDescription: "basket",
    amount: moneyOf(50_000n, sar),
    customer: {},
    paymentChannel: "Payment Page",
  },
  pageToken: "A".repeat(56),
  trace: "PMNT0101.69CD0A1D.0000A001",
  callbackUrl: "https://shop.example/callback",
  returnUrl: "https://shop.example/thanks",
  returnUsingGet: false,
  language: undefined,
  liveWarnings: [{ field: "callback", message: "callback must not contain a port" }],
  options: {},
  balances: { captured: 0n, released: 0n, refunded: 0n },
  state: "completed",
  createdAt: at(0),
  expiresAt: at(1_200_000),
  secondsLeft: 1200,
  extensions: 0,
  openedAt: at(100),
  returnedAt: at(900),
  acquirerRequest: undefined,
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
  callbackDelivery: undefined,
};

const event = (ms: number, kind: EventKind, detail = {}): TransactionEvent => ({
  at: at(ms),
  kind,
  actor: "shopper",
  detail,
});

const events = [
  event(1, "requested"),
  event(100, "page_opened", { language: "ar" }),
  event(500, "card_submitted", { card: "4111 11## #### 1111" }),
  event(520, "completed"),
  event(900, "return_handed_over", { way: "post" }),
  event(950, "queried", { state: "completed" }),
];

const attempt = (number: number, ms: number, changes: Partial<AttemptRecord>): AttemptRecord => ({
  number,
  startedAt: at(ms),
  timings: { totalMs: 13.6 },
  address: "203.0.113.9",
  httpStatus: 200,
  verdict: "ok",
  detail: "",
  answerHeaders: {},
  answer: Buffer.alloc(0),
  ...changes,
});

const delivery: DeliveryRecord = {
  id: "01990000-0000-7000-8000-000000000000",
  purpose: "callback",
  url: "https://shop.example/callback",
  contentType: "application/json",
  headers: {},
  body: Buffer.from("{}"),
  state: "delivered",
  // The row has the time at which its transaction began, before the outcome's line of history.
  createdAt: at(515),
  dueAt: at(515),
  settledAt: at(540),
  restsUntil: undefined,
  attempts: [attempt(1, 518, {})],
};

const records = (changes: Partial<PaymentRecords> = {}): PaymentRecords => ({
  transaction,
  events,
  followUps: [],
  deliveries: [delivery],
  messages: [],
  ...changes,
});

describe("a timeline", () => {
  test("says of a follow-up without an outcome what it keeps reserved", () => {
    const tranRef = "TST2609100000102";
    const asked = event(970, "followed_up", { tranRef, tranType: "Refund" });
    const followUp = { tranRef, amount: moneyOf(3000n, sar), reserves: "refunded" as const };
    const last = (status: "A" | undefined) => {
      const followUps = [{ ...followUp, status }];
      return buildTimeline(records({ events: [...events, asked], followUps })).entries.at(-1);
    };
    expect(last(undefined)).toMatchObject({
      text: `The shop asked for a refund of it: ${tranRef}. It is pending; SAR 30.00 stays reserved until the acquirer says.`,
      detail: { status: "P", reserved: true, amount: "30.00", currency: "SAR" },
    });
    expect(last("A")).toMatchObject({
      text: `The shop asked for a refund of it: ${tranRef}.`,
      detail: { status: "A", reserved: false },
    });
  });

  test("merges history and deliveries in order, the outcome before what follows from it", () => {
    const { entries } = buildTimeline(records());
    expect(entries.map(({ kind, channel, offsetMs }) => [offsetMs, channel, kind])).toEqual([
      [1, "api", "requested"],
      [100, "shopper", "page_opened"],
      [500, "shopper", "card_submitted"],
      [520, "gateway", "completed"],
      [520, "callback", "callback_created"],
      [520, "callback", "callback_attempt"],
      [900, "return", "return_handed_over"],
      [950, "query", "queried"],
    ]);
    expect(entries[0]).toMatchObject({
      at: "2026-04-01T12:05:00.001Z",
      text: "The shop asked for SAR 500.00 for cart order-7001.",
    });
    expect(entries[1]?.text).toBe("The shopper opened the payment page in Arabic.");
  });

  test("names the shopper only where one was there", () => {
    const direct = { ...event(2, "card_submitted"), actor: "merchant" as const };
    const { entries } = buildTimeline(records({ events: [direct], deliveries: [] }));
    expect(entries[0]).toMatchObject({ channel: "api", kind: "card_submitted" });
    expect(entries[0]?.text).toMatch(/^The merchant paid/);
  });

  test("tells of each attempt its verdict, what to do, and when the next one is", () => {
    const refused = attempt(1, 600, { httpStatus: undefined, verdict: "refused" });
    const failed = attempt(2, 700, { httpStatus: 500, verdict: "app_error" });
    const pending = {
      ...delivery,
      state: "pending",
      dueAt: at(9000),
      settledAt: undefined,
    } as const;
    const { entries, summary } = buildTimeline(
      records({ deliveries: [{ ...pending, attempts: [refused, failed] }] }),
    );
    const attempts = entries.filter(({ kind }) => kind === "callback_attempt");
    expect(attempts[0]).toMatchObject({
      text: "Attempt 1: no answer, 14 ms. Nothing listens at this address and port.",
      detail: { number: 1, verdict: "refused", status: null, ms: 14, nextTryAt: null },
    });
    expect(attempts[1]?.detail).toMatchObject({
      verdict: "app_error",
      status: 500,
      fix: expect.stringContaining("error log"),
      nextTryAt: "2026-04-01T12:05:09.000Z",
    });
    expect(summary.callback).toMatchObject({
      configured: true,
      delivered: false,
      verdict: "app_error",
      attempts: 2,
      nextTryAt: "2026-04-01T12:05:09.000Z",
    });
  });

  test("says when nothing more is tried", () => {
    const exhausted: TransactionEvent = {
      at: at(600),
      kind: "delivery_exhausted",
      actor: "gateway",
      detail: { delivery: "0196", purpose: "callback", verdict: "refused" },
    };
    const { entries } = buildTimeline(records({ events: [...events, exhausted] }));
    const entry = entries.find(({ kind }) => kind === "delivery_exhausted");
    expect(entry).toMatchObject({ channel: "callback", detail: { verdict: "refused" } });
  });

  test("sums up the outcome, the two ways and the rules of live gateways", () => {
    expect(buildTimeline(records()).summary).toEqual({
      tranRef: "TST2609100000101",
      cartId: "order-7001",
      amount: "500.00",
      currency: "SAR",
      state: "completed",
      outcome: { status: "A", word: "authorised", code: "G40217", message: "Authorised" },
      warnings: transaction.liveWarnings,
      callback: {
        configured: true,
        url: "https://shop.example/callback",
        delivered: true,
        verdict: "ok",
        sentence: "The server took the notice.",
        fix: "Nothing to do.",
        restsUntil: null,
        attempts: 1,
        nextTryAt: null,
      },
      return: {
        configured: true,
        url: "https://shop.example/thanks",
        handedOver: true,
        way: "post",
        handedOverAt: "2026-04-01T12:05:00.900Z",
      },
    });
  });

  test("has a sentence for every kind of event", () => {
    const kinds: EventKind[] = [
      "time_extended",
      "challenged",
      "challenge_ended",
      "method_chosen",
      "sent_to_provider",
      "still_away",
      "unanswered",
      "inquired",
    ];
    const { entries } = buildTimeline(
      records({ events: kinds.map((kind, ms) => event(ms, kind)), deliveries: [] }),
    );
    expect(entries.map(({ kind }) => kind)).toEqual(kinds);
    for (const { text } of entries) expect(text).toMatch(/^The .+\.$/);
  });

  test("says so when there is nothing to deliver to", () => {
    const without = { ...transaction, callbackUrl: undefined, returnUrl: undefined };
    const { summary } = buildTimeline(
      records({ transaction: without, deliveries: [], events: events.slice(0, 1) }),
    );
    expect(summary.callback).toMatchObject({
      configured: false,
      delivered: false,
      attempts: 0,
      sentence: expect.stringContaining("no callback"),
      fix: expect.stringContaining("callback"),
    });
    expect(summary.return).toMatchObject({ configured: false, handedOver: false, way: null });
  });
});
