import { expect, test } from "vitest";
import { blockOf, limitOf } from "./rate-limit.ts";

test.each([
  ["a live profile", { mode: "live" } as const, false, 600],
  ["the sandbox", { mode: "test" } as const, false, undefined],
  ["strict rules", { mode: "test" } as const, true, 20],
  ["strict rules, live", { mode: "live" } as const, true, 20],
  ["a profile's own", { mode: "live", requestsPerMinute: 5 } as const, true, 5],
  ["a profile without a limit", { mode: "live", requestsPerMinute: 0 } as const, true, undefined],
])("the limit of %s", (_name, profile, strict, limit) => {
  expect(limitOf(profile, { strict })).toBe(limit);
});

test.each([
  [1, 1],
  [20, 1],
  [59, 1],
  [60, 2],
  [600, 20],
  [605, 20],
])("a limit of %i is handed out in blocks of %i", (limit, block) => {
  expect(blockOf(limit)).toBe(block);
});
