import { expect, test } from "vitest";
import { closedBecause, statusOf } from "./invoice.ts";

const dates = { activation: true, due: false, expiry: false };

test.each([
  ["open", dates, "pending", undefined],
  ["open", { ...dates, activation: false }, "pending", "not_active"],
  ["open", { ...dates, due: true }, "overdue", undefined],
  ["open", { ...dates, expiry: true }, "expired", "expired"],
  ["open", { ...dates, due: true, expiry: true }, "expired", "expired"],
  ["paid", { ...dates, due: true, expiry: true }, "paid", "paid"],
  ["cancelled", { ...dates, expiry: true }, "cancelled", "cancelled"],
] as const)("%s with %o is %s, closed because %s", (state, passed, status, because) => {
  expect(statusOf({ state, passed })).toBe(status);
  expect(closedBecause({ state, passed })).toBe(because);
});
