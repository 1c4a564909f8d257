import { type Currency, moneyOf, type StatusLetter } from "@wasl/protocol";
import { describe, expect, test } from "vitest";
import { sampleProfile as profile } from "../../test/support/sample-profile.ts";
import type { IpnTranType } from "../profiles/ipn-configuration.ts";
import { makeCallback } from "./callback.ts";
import type { Outcome, TransactionFacts, TranType } from "./facts.ts";
import { ipnHeaders, makeIpn, selects } from "./ipn.ts";

const facts: TransactionFacts = {
  profileId: 45001,
  tranRef: "TST2609100000140",
  previousTranRef: "TST2609100000101",
  tranType: "Refund",
  tranClass: "ECom",
  serviceId: 1,
  cartId: "order-7001",
  cartDescription: "basket",
  amount: moneyOf(12000n, "SAR" as Currency),
  customer: { name: "Sara Ali", email: "sara@example.com" },
  userDefined: { udf1: "web" },
  paymentChannel: "Transaction API",
};

const outcome: Outcome = {
  status: "A",
  code: "G51830",
  message: "Authorised",
  time: "2026-04-01T13:00:02Z",
  ipnTrace: "IPNS0101.69CD16E2.0000B001",
};

describe("which events are selected", () => {
  const cases: [IpnTranType[] | null, StatusLetter[] | null, TranType, StatusLetter, boolean][] = [
    [null, null, "Refund", "P", true],
    [["refund"], null, "Refund", "A", true],
    [["sale"], null, "Refund", "A", false],
    [null, ["A"], "Sale", "A", true],
    [null, ["A", "H"], "Sale", "D", false],
    [["sale", "capture"], ["A"], "Capture", "A", true],
    // A held sale is an authorisation on the wire, and so it is here.
    [["sale"], null, "Sale", "H", false],
    [["auth"], null, "Sale", "H", true],
    [["authext"], null, "AuthExt", "A", true],
  ];
  test.each(cases)("%j %j of %s %s: %s", (tranTypes, statuses, tranType, status, selected) => {
    expect(selects({ tranTypes, statuses }, { tranType }, { status })).toBe(selected);
  });
});

test("Default Web is the Callback, byte for byte", () => {
  expect(makeIpn(profile, "default_web", facts, outcome)).toEqual(
    makeCallback(profile, facts, outcome),
  );
});

test("Basic Web has these members, of the whole message, and no people or cards", () => {
  const whole = JSON.parse(makeCallback(profile, facts, outcome).body);
  const basic = JSON.parse(makeIpn(profile, "basic_web", facts, outcome).body);
  expect(Object.keys(basic)).toEqual([
    "tran_ref",
    "previous_tran_ref",
    "merchant_id",
    "profile_id",
    "cart_id",
    "cart_currency",
    "cart_amount",
    "tran_currency",
    "tran_total",
    "tran_type",
    "tran_class",
    "payment_result",
    "ipn_trace",
  ]);
  const { payment_result: result, ...members } = basic;
  expect(whole).toMatchObject(members);
  expect(result).toEqual({
    response_status: "A",
    response_code: "G51830",
    response_message: "Authorised",
    transaction_time: "2026-04-01T13:00:02Z",
  });
});

test("the merchant's headers come beside ours, and its agent in place of ours", () => {
  const message = makeIpn(profile, "basic_web", facts, outcome);
  const headers = ipnHeaders({ userAgent: "Shop IPN", headers: { "X-Shop": "7" } }, message);
  expect(headers).toEqual({ "User-Agent": "Shop IPN", "X-Shop": "7", ...message.headers });
  expect(ipnHeaders({ userAgent: null, headers: {} }, message)).toEqual(message.headers);
});
