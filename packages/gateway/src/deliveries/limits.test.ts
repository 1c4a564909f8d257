import { expect, it } from "vitest";
import { defaultLimits } from "./limits.ts";

it("what a dead node held is sent again within 20 s (delivery.md 7.5)", () => {
  const { leaseMs, sweepMs, pollMsMax } = defaultLimits;
  expect(leaseMs + sweepMs + pollMsMax).toBeLessThanOrEqual(20_000);
});
