import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  afterProbe,
  defaultBreaker,
  restMs,
  type Strain,
  strained,
  type Weight,
} from "./breaker.ts";

interface Attempt {
  readonly weight: Weight;
  readonly atMs: number;
}

const { failuresInRowMax, attemptsMin, failureShareMax, windowMs, jitter } = defaultBreaker;

/** A lane's attempts by a virtual clock: close together, or minutes apart. */
const attempts: fc.Arbitrary<readonly Attempt[]> = fc
  .array(
    fc.record({
      weight: fc.constantFrom<Weight>("failure", "failure", "alive", "nothing"),
      waitMs: fc.oneof(fc.nat(500), fc.nat(20_000), fc.nat(100_000)),
    }),
    { maxLength: 80 },
  )
  .map((steps) => {
    let atMs = 0;
    return steps.map(({ weight, waitMs }) => {
      atMs += waitMs;
      return { weight, atMs };
    });
  });

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** What a breaker does with attempts until it opens: how many it took, and what it remembered. */
function run(steps: readonly Attempt[]) {
  let strain: Strain | undefined;
  const strains: (Strain | undefined)[] = [];
  for (const [index, { weight, atMs }] of steps.entries()) {
    const next = strained(strain, weight, atMs);
    strain = next.strain;
    strains.push(strain);
    if (next.opens) return { openedAt: index, strains };
  }
  return { openedAt: undefined, strains };
}

/** The attempts that count, up to one of them: those that say something, of the last `ms`. */
function counted(steps: readonly Attempt[], last: number, ms: number): readonly Attempt[] {
  const nowMs = steps[last]?.atMs ?? 0;
  return steps
    .slice(0, last + 1)
    .filter(({ weight, atMs }) => weight !== "nothing" && nowMs - atMs < ms);
}

const failures = (steps: readonly Attempt[]) =>
  steps.filter(({ weight }) => weight === "failure").length;

/** Failures one right after the other at the end, whatever said nothing in between. */
function inRow(steps: readonly Attempt[], last: number): number {
  const said = steps.slice(0, last + 1).filter(({ weight }) => weight !== "nothing");
  return said.length - 1 - said.findLastIndex(({ weight }) => weight === "alive");
}

describe("a closed breaker", () => {
  it("opens at five failures in a row at the latest, whenever they were", () => {
    fc.assert(
      fc.property(attempts, (steps) => {
        const { openedAt = Number.POSITIVE_INFINITY } = run(steps);
        const fifth = steps.findIndex((_, index) => inRow(steps, index) >= failuresInRowMax);
        expect(openedAt).toBeLessThanOrEqual(fifth === -1 ? Number.POSITIVE_INFINITY : fifth);
      }),
    );
  });

  it("opens otherwise only when half of ten or more attempts of the last minute failed", () => {
    fc.assert(
      fc.property(attempts, (steps) => {
        const { openedAt } = run(steps);
        if (openedAt === undefined) return;
        expect(steps[openedAt]?.weight).toBe("failure");
        if (inRow(steps, openedAt) >= failuresInRowMax) return;
        const recent = counted(steps, openedAt, windowMs);
        expect(recent.length).toBeGreaterThanOrEqual(attemptsMin);
        expect(failures(recent)).toBeGreaterThanOrEqual(attemptsMin * failureShareMax);
      }),
    );
  });

  it("opens at ten attempts within some seconds of which half failed", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(Array.from({ length: 10 }, (_, n) => n)), (order) => {
        // Begins and ends with a failure: an answer before the first is not remembered.
        const weights = Array.from({ length: 10 }, (_, n): Weight => {
          if (n === 0 || n === 9) return "failure";
          return order.indexOf(n) % 2 === 0 ? "failure" : "alive";
        });
        const steps = weights.map((weight, n) => ({ weight, atMs: n * 900 }));
        const many = failures(steps) >= 5;
        expect(run(steps).openedAt !== undefined).toBe(many || inRow(steps, 9) >= 5);
      }),
    );
  });

  it("remembers little, and nothing of a lane that has been well for a minute", () => {
    fc.assert(
      fc.property(attempts, (steps) => {
        const { strains } = run(steps);
        const most = Math.max(0, ...strains.map((strain) => strain?.slices.length ?? 0));
        expect(most).toBeLessThanOrEqual(7);
        const afterWell = strains.filter(
          (_, index) =>
            steps[index]?.weight === "alive" && failures(counted(steps, index, windowMs * 2)) === 0,
        );
        expect(new Set(afterWell).difference(new Set([undefined]))).toEqual(new Set());
      }),
    );
  });

  it("hears nothing from faults of our own", () => {
    fc.assert(
      fc.property(attempts, (steps) => {
        const without = steps.filter(({ weight }) => weight !== "nothing");
        expect(run(steps).strains.at(-1)).toEqual(run(without).strains.at(-1));
      }),
    );
  });
});

describe("a rest", () => {
  it("doubles with each opening up to the maximum, give or take a fifth", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), random, (openings, r) => {
        const plain = Math.min(10_000 * 2 ** (openings - 1), 300_000);
        const rest = restMs(openings, () => r);
        expect(rest).toBeGreaterThanOrEqual(Math.floor(plain * (1 - jitter)));
        expect(rest).toBeLessThanOrEqual(Math.ceil(plain * (1 + jitter)));
      }),
    );
  });
});

describe("a breaker asked by probes", () => {
  it("counts the failures since it opened, and forgets them when the server is back", () => {
    const probes = fc.array(fc.constantFrom<Weight>("failure", "nothing"));
    fc.assert(
      fc.property(probes, random, (weights, r) => {
        let openings = 1;
        for (const weight of weights) ({ openings } = afterProbe(weight, openings, () => r));
        const failed = weights.filter((weight) => weight === "failure").length + 1;
        expect(openings).toBe(failed);
        const rest = restMs(failed, () => r);
        expect(afterProbe("nothing", openings, () => r)).toEqual({ restMs: rest, openings });
        const soon = { restMs: Math.min(rest, 1000), openings };
        expect(afterProbe("unmade", openings, () => r)).toEqual(soon);
        expect(afterProbe("alive", openings, () => r)).toEqual({ restMs: undefined, openings: 0 });
      }),
    );
  });
});
