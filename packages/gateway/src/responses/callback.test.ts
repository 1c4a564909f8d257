import { type Currency, moneyOf } from "@wasl/protocol";
import { expect, test } from "vitest";
import { sampleProfile as profile } from "../../test/support/sample-profile.ts";
import { makeCallback } from "./callback.ts";
import type { Outcome, TransactionFacts } from "./facts.ts";

const facts: TransactionFacts = {
  profileId: 45001,
  tranRef: "TST2609100000101",
  tranType: "Sale",
  tranClass: "ECom",
  serviceId: 2,
  cartId: "order-7001",
  cartDescription: "سلة مشتريات / basket",
  amount: moneyOf(50000n, "SAR" as Currency),
  customer: {
    name: "Sara Ali",
    email: "sara@example.com",
    phone: "+966500000001",
    street1: "King Rd 1",
    city: "Riyadh",
    state: "01",
    country: "SA",
    zip: "12345",
    ip: "203.0.113.9",
  },
  userDefined: { udf1: "web" },
  paymentChannel: "Payment Page",
};

const paid: Outcome = {
  status: "A",
  code: "G40217",
  message: "Authorised",
  time: "2026-04-01T12:05:49Z",
  ipnTrace: "IPNS0101.69CD0A1F.0000B001",
  acquirerRef: "TRAN0101.69CD0A1D.0000A001",
  card: {
    method: "Visa",
    type: "Credit",
    scheme: "Visa",
    description: "4111 11## #### 1111",
    expiryMonth: 12,
    expiryYear: 2029,
    issuerCountry: "SA",
    issuerName: "Example Bank",
  },
};

/** The body vector of protocol.md 7 and 7.1. */
test("the vector of a paid sale has exactly the published bytes and signature", () => {
  const { body, headers } = makeCallback(profile, facts, paid);
  expect(Buffer.byteLength(body)).toBe(994);
  expect(headers).toEqual({
    "Client-Key": profile.clientKey,
    Signature: "591dc2f03d9654b319edfe9729b313c6131e456ea0c08288e34bdb96ddbda57a",
  });
});

const bodyOf = (outcome: Outcome) => JSON.parse(makeCallback(profile, facts, outcome).body);

const { acquirerRef: _ref, card: _card, ...bare } = paid;

test("a cancelled payment has no card, no acquirer reference and no 3-D Secure", () => {
  const body = bodyOf({ ...bare, status: "C", code: "321", message: "Cancelled" });
  expect(body.payment_info).toEqual({ card_scheme: "", payment_description: "No Payment" });
  expect(body.payment_result).not.toHaveProperty("acquirer_ref");
  expect(body).not.toHaveProperty("threeDSDetails");
});

test("a held sale is an Auth", () => {
  expect(bodyOf({ ...paid, status: "H" }).tran_type).toBe("Auth");
});

test("nothing is null and containers nest at most two deep", () => {
  const body: Record<string, unknown> = bodyOf(paid);
  const depth = (value: unknown): number => {
    expect(value).not.toBeNull();
    if (typeof value !== "object" || value === null) return 0;
    return 1 + Math.max(0, ...Object.values(value).map(depth));
  };
  expect(depth(body)).toBe(2);
});
