import { expect, test } from "vitest";
import { JsonNumber, readJsonObject } from "./json-body.ts";

const read = (text: string) => readJsonObject(Buffer.from(text));

test("numbers keep their digits", () => {
  expect(read('{"a":1e400,"b":[0.10]}')).toEqual({
    ok: true,
    value: { a: new JsonNumber("1e400"), b: [new JsonNumber("0.10")] },
  });
});

test.each([
  ["", "it is empty"],
  ["[]", "it is an array"],
  ["5", "it is a single value"],
  ["null", "it is a single value"],
  ['{"a": NaN}', "it is not JSON"],
  ['{"a": 1,}', "it is not JSON at position 8"],
  ["[".repeat(10_000), "it nests deeper than 16"],
])("refuses %j", (text, rule) => {
  expect(read(text)).toEqual({ ok: false, rule });
});

test("refuses bytes that are not UTF-8", () => {
  expect(readJsonObject(Buffer.from([0x7b, 0xff, 0x7d]))).toEqual({
    ok: false,
    rule: "it is not valid UTF-8",
  });
});

test("a refusal never quotes the body", () => {
  const reading = read('{"pan": 4111111111111111 oops}');
  expect(JSON.stringify(reading)).not.toContain("4111");
});

test("texts that nobody can keep are named by their path", () => {
  expect(read('{"customer_details":{"name":"a\\u0000b"}}')).toEqual({
    ok: false,
    field: "customer_details.name",
    rule: "must not contain control characters",
  });
  expect(read('{"list":["\\ud800"]}')).toEqual({
    ok: false,
    field: "list.0",
    rule: "must be well-formed Unicode",
  });
});

test("brackets inside strings do not nest", () => {
  expect(read(`{"a":"${"[".repeat(100)}\\"{"}`).ok).toBe(true);
});
