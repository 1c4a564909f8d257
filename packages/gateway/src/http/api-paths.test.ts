import { expect, test } from "vitest";
import { isApiPath } from "./api-paths.ts";

test.each([
  ["/payment", true],
  ["/payment/", true],
  ["/payment/request", true],
  ["//payment//request", true],
  ["/payment?x=/payment/page/1", true],
  ["/operators/redeliveries", true],
  ["/Payment/Query", true],
  ["/Payment/Page/ABC", false],
  ["/payment/page/ABC", false],
  ["/payment//wr/ABC?x=1", false],
  ["/payments", false],
  ["/", false],
  ["*", false],
])("%s is an API path: %s", (url, is) => {
  expect(isApiPath(url)).toBe(is);
});
