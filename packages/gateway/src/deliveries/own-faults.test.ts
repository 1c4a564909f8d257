import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { OwnFaults } from "./own-faults.ts";

const mine = { id: "1", lane: "mine" };
const other = { id: "2", lane: "other" };
const forbidden = { phase: "connect" as const };
const reached = {
  timings: { dnsMs: 1, connectMs: 1, totalMs: 2 },
  httpStatus: 500,
  answerHeaders: {},
  answer: Buffer.alloc(0),
};
const never = Number.POSITIVE_INFINITY;

/** So many faults, and another lane reached before each. */
function faults(by: OwnFaults, count: number): boolean[] {
  return Array.from({ length: count }, () => {
    by.ended(other, reached);
    return by.areTheirs(mine, forbidden, false);
  });
}

describe("faults of ours in a row", () => {
  it("are the lane's from the sixth on, if another was reached before each but the first", () => {
    const by = new OwnFaults({ spacingMs: 0, aloneMsMax: never });
    expect(faults(by, 7)).toEqual([false, false, false, false, false, true, true]);
  });

  it("are ours while nobody else is reached, or only the lane itself was before", () => {
    const by = new OwnFaults({ spacingMs: 0, aloneMsMax: never });
    by.ended(mine, reached);
    for (let n = 0; n < 20; n += 1) expect(by.areTheirs(mine, forbidden, false)).toBe(false);
  });

  it.each([
    ["dns", { connectMs: 1, totalMs: 1 }],
    ["dns", { totalMs: 1 }],
    ["connect", { dnsMs: 1, totalMs: 1 }],
    ["connect", { totalMs: 1 }],
  ] as const)("in %s are ours when others came through other steps: %j", (phase, timings) => {
    const by = new OwnFaults({ spacingMs: 0, aloneMsMax: never });
    for (let n = 0; n < 20; n += 1) {
      by.ended(other, { ...reached, timings });
      expect(by.areTheirs(mine, { phase }, false)).toBe(false);
    }
  });

  it("begin anew when an attempt of the lane ends otherwise", () => {
    const by = new OwnFaults({ spacingMs: 0, aloneMsMax: never });
    faults(by, 5);
    by.ended(mine, { timings: { totalMs: 1 }, answerHeaders: {}, answer: Buffer.alloc(0) });
    expect(faults(by, 3)).toEqual([false, false, false]);
  });

  it("count once when they come at once", async () => {
    const by = new OwnFaults({ spacingMs: 50, aloneMsMax: never });
    expect(faults(by, 20)).not.toContain(true);
    await wait(60);
    expect(faults(by, 20)).not.toContain(true);
  });

  it("are the lane's in the end when there is nobody to compare with", async () => {
    const by = new OwnFaults({ spacingMs: 0, aloneMsMax: 40 });
    expect(by.areTheirs(mine, forbidden, false)).toBe(false);
    await wait(60);
    expect(by.areTheirs(mine, forbidden, false)).toBe(true);
  });

  it("after which the notice may have arrived are a delivery's at the second, each time", () => {
    const by = new OwnFaults({ spacingMs: 0, aloneMsMax: never });
    const sent = () => by.areTheirs(mine, { phase: "exchange" }, true);
    expect([sent(), sent(), sent(), sent()]).toEqual([false, true, false, true]);
    // A proxy that dies with many notices of one lane in its hands dies once.
    const many = Array.from({ length: 9 }, (_, n) => ({ id: `many ${n}`, lane: "mine" }));
    const at = many.map((held) => by.areTheirs(held, { phase: "exchange" }, true));
    expect(at).not.toContain(true);
  });
});
