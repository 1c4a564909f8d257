import { type Currency, moneyOf } from "@wasl/protocol";
import { expect, test } from "vitest";
import { sampleProfile as profile } from "../../test/support/sample-profile.ts";
import type { Outcome, TransactionFacts } from "./facts.ts";
import { makeReturn } from "./return.ts";

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

const paid: Outcome = {
  status: "A",
  code: "G40217",
  message: "Authorised",
  time: "2026-04-01T12:05:49Z",
  ipnTrace: "IPNS0101.69CD0A1F.0000B001",
};

const handOff = (
  url: string | undefined,
  options: { usingGet?: boolean; relaxed?: boolean } = {},
) =>
  makeReturn(profile, facts, paid, {
    url,
    usingGet: options.usingGet ?? false,
    postToLoopback: options.relaxed ?? false,
  });

test("https gets a form POST with all ten fields in order, signed as the vector", () => {
  const result = handOff("https://shop.example/thanks?mode=x");
  expect(result).toEqual({
    way: "post",
    url: "https://shop.example/thanks?mode=x",
    fields: [
      ["acquirerMessage", ""],
      ["acquirerRRN", ""],
      ["cartId", "order-7001"],
      ["customerEmail", "sara@example.com"],
      ["respCode", "G40217"],
      ["respMessage", "Authorised"],
      ["respStatus", "A"],
      ["signature", "b74da54170f59894610a203b7561ba02195af189ccb02953f9deb2c8d580c506"],
      ["token", ""],
      ["tranRef", "TST2609100000101"],
    ],
  });
});

test("return_using_get appends the signed fields to the merchant's own query", () => {
  expect(handOff("https://shop.example/thanks?mode=x#top", { usingGet: true })).toEqual({
    way: "get",
    url:
      "https://shop.example/thanks?mode=x&cartId=order-7001&respCode=G40217" +
      "&respMessage=Authorised&respStatus=A" +
      "&signature=b13eed5e6cb97a51f1112af9f171930682dcdf7ab3e71239a034ec8d7859f30a" +
      "&tranRef=TST2609100000101#top",
  });
});

test("a scheme in capitals is the same scheme", () => {
  expect(handOff("HTTPS://shop.example/thanks").way).toBe("post");
});

test("a signed field is never 0", () => {
  const zero = { ...facts, customer: { email: "0" } };
  const request = { url: "https://shop.example/", usingGet: false, postToLoopback: false };
  const result = makeReturn(profile, zero, paid, request);
  expect(result).toMatchObject({ way: "post" });
  expect(JSON.stringify(result)).toContain('["customerEmail",""]');
});

test("plain http gets a GET without data, also with return_using_get", () => {
  const bare = { way: "get", url: "http://shop.example/thanks" };
  expect(handOff("http://shop.example/thanks", { relaxed: true })).toEqual(bare);
  expect(handOff("http://shop.example/thanks", { usingGet: true })).toEqual(bare);
});

test("only a relaxed profile posts to http on loopback", () => {
  for (const url of ["http://localhost:3000/a", "http://127.0.0.1/a", "http://[::1]:3000/a"]) {
    expect(handOff(url, { relaxed: true }).way).toBe("post");
    expect(handOff(url).way).toBe("get");
  }
  expect(handOff("http://127.evil.example/a", { relaxed: true }).way).toBe("get");
});

test("no return URL, no Return", () => {
  expect(handOff(undefined)).toEqual({ way: "none" });
});
