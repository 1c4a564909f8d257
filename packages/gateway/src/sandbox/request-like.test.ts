import { type Currency, moneyOf } from "@wasl/protocol";
import { expect, test } from "vitest";
import type { Transaction } from "../transactions/transaction.ts";
import { requestLike } from "./request-like.ts";

const transaction = (facts: object): Transaction =>
  ({
    facts: {
      profileId: 45_001,
      tranRef: "TST2609100000102",
      tranType: "Sale",
      tranClass: "ECom",
      serviceId: 2,
      cartId: "order-7001",
      cartDescription: "basket",
      amount: moneyOf(50_000n, "SAR" as Currency),
      customer: { name: "Sara Ali", ip: "127.0.0.1" },
      ...facts,
    },
    options: {},
  }) as Transaction;

test("a payment of the hosted page is asked for again as it was", () => {
  expect(requestLike(transaction({}))).toEqual({
    members: {
      profile_id: 45_001,
      tran_type: "sale",
      tran_class: "ecom",
      cart_id: "order-7001",
      cart_description: "basket",
      cart_currency: "SAR",
      cart_amount: "500.00",
      customer_details: { name: "Sara Ali" },
    },
    isSame: true,
  });
});

const shown = (methods: string[]) => ({ ...transaction({}), options: { page: { methods } } });

test("methods of a provider are named again, and the usual ones left unsaid", () => {
  const wallet = requestLike(shown(["creditcard", "tabby"]));
  expect(wallet.members).toMatchObject({ payment_methods: ["creditcard", "tabby"] });
  expect(requestLike(shown(["creditcard", "sadad"])).members).not.toHaveProperty("payment_methods");
});

test.each([
  ["a bill", { tranType: "Payment Request" }, { tran_type: "sale" }, true],
  [
    "a refund",
    { tranType: "Refund", previousTranRef: "TST2609100000101", serviceId: 1 },
    { tran_type: "refund", tran_ref: "TST2609100000101" },
    true,
  ],
  [
    "a void that was carried out as a release",
    { tranType: "Release", originalTranType: "Void", previousTranRef: "TST1", serviceId: 1 },
    { tran_type: "void", tran_ref: "TST1" },
    true,
  ],
  [
    "a card of the shop's own form",
    { serviceId: 1, tranClass: "Recurring" },
    { tran_class: "ecom" },
    false,
  ],
])("%s becomes a request that is accepted", (_name, facts, members, isSame) => {
  expect(requestLike(transaction(facts))).toMatchObject({ members, isSame });
});
