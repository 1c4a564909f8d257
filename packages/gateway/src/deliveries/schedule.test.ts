import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultSchedule, nextStep, retryAfterMs } from "./schedule.ts";
import type { Verdict } from "./verdict.ts";

const failed: Verdict = { code: "app_error", delivered: false, detail: "500" };
const attemptsMax = defaultSchedule.retryDelaysMs.length + 1;
const number = fc.integer({ min: 1, max: attemptsMax - 1 });
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("the default schedule", () => {
  it("makes one attempt and five more, within the hour after which some receivers drop a notice", () => {
    const total = defaultSchedule.retryDelaysMs.reduce((sum, delay) => sum + delay, 0);
    expect(attemptsMax).toBe(6);
    expect(total).toBeLessThan(3_600_000);
    expect(defaultSchedule.retryDelaysMs.toSorted((a, b) => a - b)).toEqual(
      defaultSchedule.retryDelaysMs,
    );
  });
});

describe("the next step", () => {
  it("is nothing after a success, at whichever attempt", () => {
    const delivered: Verdict = { code: "ok", delivered: true, detail: "200" };
    for (let n = 1; n <= attemptsMax; n += 1) {
      expect(nextStep(delivered, n, undefined, Math.random)).toEqual({ state: "delivered" });
    }
  });

  it("is another attempt after the delay, give or take a fifth", () => {
    fc.assert(
      fc.property(number, random, (n, r) => {
        const step = nextStep(failed, n, undefined, () => r);
        const base = defaultSchedule.retryDelaysMs[n - 1] ?? 0;
        if (step.state !== "pending") throw new Error(step.state);
        expect(step.delayMs).toBeGreaterThanOrEqual(base * 0.8 - 1);
        expect(step.delayMs).toBeLessThanOrEqual(base * 1.2 + 1);
      }),
    );
  });

  it("honours Retry-After between the delay and twice the delay", () => {
    fc.assert(
      fc.property(number, fc.nat(1e9), (n, askedMs) => {
        const step = nextStep(failed, n, askedMs, () => 0.5);
        const base = defaultSchedule.retryDelaysMs[n - 1] ?? 0;
        if (step.state !== "pending") throw new Error(step.state);
        expect(step.delayMs).toBe(Math.min(Math.max(askedMs, base), 2 * base));
      }),
    );
  });

  it("is the end after the last attempt, and after 410 at once", () => {
    expect(nextStep(failed, attemptsMax, undefined, Math.random)).toEqual({ state: "exhausted" });
    const gone: Verdict = { code: "gone", delivered: false, detail: "410" };
    expect(nextStep(gone, 1, undefined, Math.random)).toEqual({ state: "exhausted" });
  });
});

describe("Retry-After", () => {
  const now = new Date("2026-04-01T12:00:00Z");

  it.each([
    [503, "120", 120_000],
    [429, " 5 ", 5000],
    [429, "0", 0],
    [503, "Wed, 01 Apr 2026 12:00:30 GMT", 30_000],
    [503, "Wed, 01 Apr 2026 11:00:00 GMT", 0],
    [503, "soon", undefined],
    [503, "-5x", undefined],
    [503, undefined, undefined],
    [500, "120", undefined],
    [200, "120", undefined],
  ])("of a %i, %j, asks for %j ms", (status, header, expected) => {
    expect(retryAfterMs(status, header, now)).toBe(expected);
  });
});
