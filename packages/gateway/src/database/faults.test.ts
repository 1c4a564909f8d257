import { expect, test } from "vitest";
import { isDatabaseDown } from "./faults.ts";

const withCode = (code: string) => Object.assign(new Error("of PostgreSQL"), { code });

test.each([
  ["a refused connection", withCode("ECONNREFUSED"), true],
  ["a shutdown", withCode("57P01"), true],
  ["a statement that PostgreSQL ended for its time", withCode("57014"), true],
  ["an answer that did not come in time", new Error("Query read timeout"), true],
  ["a broken rule of a table", withCode("23505"), false],
  ["a fault of ours", new TypeError("x is not a function"), false],
])("%s", (_name, error, down) => {
  expect(isDatabaseDown(error)).toBe(down);
});
