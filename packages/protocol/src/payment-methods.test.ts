import { expect, test } from "vitest";
import { type Currency, parseCurrency } from "./currencies.ts";
import {
  findPaymentMethod,
  methodObstacle,
  paymentMethods,
  readMethodWishes,
} from "./payment-methods.ts";

const method = (name: string) => {
  const found = findPaymentMethod(name);
  if (found === undefined) throw new Error(`no method ${name}`);
  return found;
};

test("every name is one method's alone, and every currency is one", () => {
  const names = paymentMethods.flatMap(({ code, aliases }) => [code, ...aliases]);
  expect(new Set(names).size).toBe(names.length);
  for (const { currencies = [] } of paymentMethods) {
    expect(currencies.map(parseCurrency)).toEqual(currencies);
  }
});

test.each([
  ["card", "creditcard"],
  ["CreditCard", "creditcard"],
  ["cup", "unionpay"],
  [" apple ", "applepay"],
  ["shahry", "tru"],
  ["installment", "installments"],
])("%j is %s", (name, code) => {
  expect(method(name).code).toBe(code);
});

test("a method says why it cannot take a payment", () => {
  const usd = "USD" as Currency;
  const sar = "SAR" as Currency;
  expect(methodObstacle(method("mada"), { currency: usd, needs: [] })).toBe("takes SAR only");
  expect(methodObstacle(method("mada"), { currency: sar, needs: ["auth", "framed"] })).toBe(
    undefined,
  );
  expect(methodObstacle(method("applepay"), { currency: sar, needs: ["framed"] })).toMatch(/frame/);
  expect(methodObstacle(method("sadad"), { currency: sar, needs: ["auth"] })).toMatch(/authorise/);
});

test.each([
  [["all"], { wanted: undefined, unwanted: [], unknown: [] }],
  [["all", "-tabby"], { wanted: undefined, unwanted: ["tabby"], unknown: [] }],
  [["all", "apple"], { wanted: undefined, named: ["applepay"], unwanted: [] }],
  [["-MADA"], { wanted: undefined, unwanted: ["mada"], unknown: [] }],
  [["mada", "card", "-card"], { wanted: ["mada", "creditcard"], unwanted: ["creditcard"] }],
  [["bitcoin"], { wanted: [], unwanted: [], unknown: ["bitcoin"] }],
  [[], { wanted: undefined }],
])("%j is read", (given, wishes) => {
  expect(readMethodWishes(given)).toMatchObject(wishes);
});
