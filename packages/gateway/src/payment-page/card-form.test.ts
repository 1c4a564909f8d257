import { expect, test } from "vitest";
import { cardValues, readCard } from "./card-form.ts";

const acquirer = {
  refusal: (number: string) =>
    number.startsWith("41") ? undefined : ("real_card_in_sandbox" as const),
};
const now = new Date("2026-11-23T12:00:00Z");
const good = {
  number: "4111 1111-1111 1111",
  expiry: "12 / 30",
  security_code: "123",
  holder: "Sara Ali",
};
const brands = new Set(["Visa", "MasterCard", "AmericanExpress"]);
const read = (values: object) => readCard({ ...good, ...values }, { acquirer, now, brands });

test.each(["12/30", "12 / 2030", "1230", "122030", "2030-12", "١٢/٣٠", "۱۲/۳۰"])(
  "reads the expiry %s",
  (expiry) => {
    expect(read({ expiry })).toMatchObject({
      ok: true,
      card: { number: "4111111111111111", expiryMonth: 12, expiryYear: 2030 },
    });
  },
);

test.each([
  [{ number: "" }, "number", "missing"],
  [{ number: "4111 1111 1111 1112" }, "number", "invalid"],
  [{ number: "4242 4242 4242 4242" }, "number", "not_a_test_card"],
  [{ expiry: "" }, "expiry", "missing"],
  [{ expiry: "13/30" }, "expiry", "invalid"],
  [{ expiry: "soon" }, "expiry", "invalid"],
  [{ expiry: "12/2999" }, "expiry", "invalid"],
  [{ expiry: "10/26" }, "expiry", "past"],
  [{ security_code: "" }, "security_code", "missing"],
  [{ security_code: "12" }, "security_code", "length"],
  [{ security_code: "1234" }, "security_code", "length"],
  [{ security_code: "abc" }, "security_code", "length"],
  [{ holder: "" }, "holder", "missing"],
  [{ holder: "x".repeat(101) }, "holder", "too_long"],
])("refuses %j", (values, field, kind) => {
  expect(read(values)).toEqual({ ok: false, errors: [{ field, kind }] });
});

test("marks that were copied along are not part of the number", () => {
  expect(read({ number: "\u202A4111 1111 1111 1111\u202C", expiry: "\u200E12/30" }).ok).toBe(true);
});

test("a card is valid to the end of its month", () => {
  expect(read({ expiry: "11/26" }).ok).toBe(true);
});

test("names every mistake at once", () => {
  const reading = readCard({}, { acquirer, now, brands });
  expect(reading.ok ? [] : reading.errors.map(({ field }) => field)).toEqual([
    "number",
    "expiry",
    "security_code",
    "holder",
  ]);
});

test("takes only texts of known fields from a form", () => {
  const body = JSON.parse('{"number":" 41 ","expiry":["1","2"],"__proto__":"x","other":"y"}');
  expect(cardValues(body)).toEqual({ number: "41" });
  expect(cardValues(null)).toEqual({});
});
