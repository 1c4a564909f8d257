import { paymentMethods } from "@wasl/protocol";
import { expect, test } from "vitest";
import { billMethod, offeredMethods, providerMethod, takesRefunds } from "./offered-methods.ts";

test("every method of PT2 is offered, once", () => {
  const offered = offeredMethods.map(({ code }) => code);
  expect(offered.toSorted()).toEqual(paymentMethods.map(({ code }) => code).toSorted());
});

test("a bill is what is paid offline, and nothing else", () => {
  const bills = offeredMethods.filter(({ kind }) => kind === "bill").map(({ code }) => code);
  const offline = paymentMethods.filter(({ abilities }) => abilities.includes("offline"));
  expect(bills.toSorted()).toEqual(offline.map(({ code }) => code).toSorted());
});

test("responses tell the methods apart", () => {
  const names = offeredMethods.flatMap((method) =>
    method.kind === "card" ? [] : [method.wireName],
  );
  expect(new Set(names).size).toBe(names.length);
});

test("a method is found as what it is only", () => {
  expect([providerMethod("tabby")?.wireName, billMethod("tabby")]).toEqual(["Tabby", undefined]);
  expect([providerMethod("sadad"), billMethod("sadad")?.wireName]).toEqual([undefined, "SADAD"]);
  expect([providerMethod("mada"), billMethod("mada")]).toEqual([undefined, undefined]);
});

test.each([
  ["Tabby", false],
  ["Tamara", true],
  ["SADAD", false],
  ["Fawry", true],
  // Not ours to judge: what a merchant wrote, a card's brand.
  ["Cash", true],
])("%s takes refunds: %s", (name, takes) => {
  expect(takesRefunds(name)).toBe(takes);
});
