import { type Currency, moneyOf } from "@wasl/protocol";
import { expect, test } from "vitest";
import { sampleProfile } from "../../test/support/sample-profile.ts";
import type { IpnConfiguration } from "../profiles/ipn-configuration.ts";
import type { Profile } from "../profiles/profile.ts";
import { composeResponses } from "./compose.ts";
import type { Outcome, TransactionFacts } from "./facts.ts";

const facts: TransactionFacts = {
  profileId: 45001,
  tranRef: "TST2609100000101",
  tranType: "Sale",
  tranClass: "ECom",
  serviceId: 2,
  cartId: "order-7001",
  cartDescription: "basket",
  amount: moneyOf(50000n, "SAR" as Currency),
  customer: { email: "sara@example.com" },
  paymentChannel: "Payment Page",
};

const outcome: Outcome = {
  status: "A",
  code: "G40217",
  message: "Authorised",
  time: "2026-04-01T12:05:49Z",
  ipnTrace: "IPNS0101.69CD0A1F.0000B001",
};

const ipn: IpnConfiguration = {
  ipnId: "01900000-0000-7000-8000-000000000001",
  name: "ERP",
  url: "https://erp.example/ipn",
  tranTypes: null,
  statuses: null,
  format: "default_web",
  userAgent: null,
  headers: {},
  enabled: true,
};

const mail = {
  merchant: { address: "orders@shop.example", statuses: null },
  shopper: { statuses: null },
  language: "en",
} as const;

function compose(
  profile: Partial<Profile>,
  changes: {
    facts?: Partial<TransactionFacts>;
    outcome?: Partial<Outcome>;
    callbackUrl?: string | undefined;
    strict?: boolean;
    mails?: boolean;
  } = {},
) {
  const faults: unknown[] = [];
  const composed = composeResponses(
    { ...sampleProfile, ...profile },
    {
      facts: { ...facts, ...changes.facts },
      outcome: { ...outcome, ...changes.outcome },
      callbackUrl: "callbackUrl" in changes ? changes.callbackUrl : "https://shop.example/cb",
      language: undefined,
    },
    {
      node: { nodeId: "node" },
      strict: changes.strict ?? false,
      mails: changes.mails ?? true,
      failed: (_error, what) => faults.push(what),
    },
  );
  return { ...composed, faults };
}

test("without configurations there is the Callback and nothing else", () => {
  const { deliveries, callbackDelivery, mails } = compose({});
  expect(deliveries.map(({ purpose }) => purpose)).toEqual(["callback"]);
  expect(callbackDelivery).toBe(deliveries[0]?.id);
  expect(mails).toEqual([]);
});

test("a follow-up without a callback reaches each IPN that selects it", () => {
  const { deliveries, callbackDelivery } = compose(
    {
      ipns: [
        ipn,
        { ...ipn, url: "https://shop.example/sales", tranTypes: ["sale"] },
        { ...ipn, url: "https://shop.example/basic", tranTypes: ["refund"], format: "basic_web" },
      ],
    },
    { callbackUrl: undefined, facts: { tranType: "Refund", previousTranRef: "TST1" } },
  );
  expect(callbackDelivery).toBeUndefined();
  expect(deliveries.map(({ url, purpose }) => [url, purpose])).toEqual([
    ["https://erp.example/ipn", "ipn"],
    ["https://shop.example/basic", "ipn"],
  ]);
});

test("an IPN that cannot be made does not keep the payment from its outcome", () => {
  const broken = { ...ipn, headers: { "Bad\nName": "x" } };
  const { deliveries, faults } = compose({ ipns: [broken, ipn] });
  expect(deliveries.map(({ purpose }) => purpose)).toEqual(["callback", "ipn"]);
  expect(faults).toEqual([{ ipn: ipn.ipnId }]);
});

test("under live rules nothing goes over plain http, nor to a private address", () => {
  const ipns = [{ ...ipn, url: "http://shop.example/ipn" }, ipn];
  const urls = (strict: boolean, mode: Profile["mode"]) =>
    compose({ ipns, mode }, { strict, callbackUrl: undefined }).deliveries.map(
      ({ url, allowPrivate }) => [new URL(url).protocol, allowPrivate],
    );
  expect(urls(false, "test")).toEqual([
    ["http:", true],
    ["https:", true],
  ]);
  expect(urls(true, "test")).toEqual([["https:", false]]);
  expect(urls(false, "live")).toEqual([["https:", false]]);
});

const readers = (changes: Parameters<typeof compose>[1], settings: Profile["mail"] = mail) =>
  compose({ mail: settings }, changes).mails.map(({ purpose }) => purpose);

test("e-mails go to whom the profile says", () => {
  expect(readers({})).toEqual(["merchant", "shopper"]);
  expect(readers({ outcome: { status: "D" } })).toEqual(["merchant"]);
  expect(readers({}, { ...mail, merchant: null })).toEqual(["shopper"]);
  expect(readers({}, { ...mail, shopper: null })).toEqual(["merchant"]);
  expect(readers({}, { ...mail, shopper: { statuses: ["D"] } })).toEqual(["merchant"]);
  expect(readers({ mails: false })).toEqual([]);
});

test.each(["", "sara", "sara@example.com\r\nBcc: eve@example.com", "a@b.co, c@d.co"])(
  "a shopper's address that is none gets nothing: %j",
  (email) => {
    expect(readers({ facts: { customer: { email } } })).toEqual(["merchant"]);
  },
);

test("a subject is one line whatever the shop calls its order", () => {
  const { mails } = compose({ mail }, { facts: { cartId: "7\r\nBcc: eve@example.com\r\n\r\nx" } });
  expect(mails[0]?.subject).toBe("Payment approved: SAR\u00A0500.00 · 7 Bcc: eve@example.com x");
});
