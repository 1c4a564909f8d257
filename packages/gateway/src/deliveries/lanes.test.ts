import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LaneQueues } from "./lanes.ts";

interface Item {
  readonly lane: string;
  readonly number: number;
}

const item = (lane: string, number = 0): Item => ({ lane, number });

describe("lanes", () => {
  it("take turns", () => {
    const lanes = new LaneQueues<Item>({ queuedPerLaneMax: 10, inFlightPerLaneMax: 10 });
    for (const lane of ["a", "a", "a", "b", "b", "c"]) lanes.offer(item(lane));
    const order = Array.from({ length: 6 }, () => lanes.take()?.lane);
    expect(order).toEqual(["a", "b", "c", "a", "b", "a"]);
  });

  it("that are full refuse, and others do not notice", () => {
    const lanes = new LaneQueues<Item>({ queuedPerLaneMax: 2, inFlightPerLaneMax: 1 });
    expect(lanes.offer(item("a"))).toBe(true);
    expect(lanes.offer(item("a"))).toBe(true);
    expect(lanes.offer(item("a"))).toBe(false);
    expect(lanes.offer(item("b"))).toBe(true);
    expect(lanes.take()?.lane).toBe("a");
    expect(lanes.take()?.lane).toBe("b");
    expect(lanes.take()).toBeUndefined();
    lanes.finished("a");
    expect(lanes.take()?.lane).toBe("a");
  });

  it("give back what waits, and forget lanes without work", () => {
    const lanes = new LaneQueues<Item>({ queuedPerLaneMax: 10, inFlightPerLaneMax: 1 });
    for (const number of [1, 2, 3]) lanes.offer(item("a", number));
    lanes.take();
    expect(lanes.lanesAbove(1)).toEqual(["a"]);
    expect(lanes.clear().map(({ number }) => number)).toEqual([2, 3]);
    expect(lanes.queued).toBe(0);
    lanes.finished("a");
    expect(() => lanes.finished("a")).toThrow("nothing of a is in flight");
  });

  it("keep their order, their bounds and everything they took, whatever happens", () => {
    const limits = { queuedPerLaneMax: 5, inFlightPerLaneMax: 2 };
    const step = fc.oneof(
      fc.record({ kind: fc.constant("offer" as const), lane: fc.constantFrom("a", "b", "c") }),
      fc.record({ kind: fc.constant("take" as const) }),
      fc.record({ kind: fc.constant("finish" as const), lane: fc.constantFrom("a", "b", "c") }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const lanes = new LaneQueues<Item>(limits);
        const waiting = new Map<string, number[]>();
        const inFlight = new Map<string, number>();
        for (const [number, next] of steps.entries()) {
          const agree = play(next, number, lanes, waiting, inFlight);
          const queued = [...waiting.values()].reduce((sum, queue) => sum + queue.length, 0);
          expect({ agree, queued: lanes.queued }).toEqual({ agree: true, queued });
          expect(Math.max(0, ...inFlight.values())).toBeLessThanOrEqual(2);
        }
      }),
    );
  });
});

type Step =
  | { readonly kind: "offer"; readonly lane: string }
  | { readonly kind: "take" }
  | { readonly kind: "finish"; readonly lane: string };

/** Plays one step on the queues and on a model of them; returns whether they agree. */
function play(
  step: Step,
  number: number,
  lanes: LaneQueues<Item>,
  waiting: Map<string, number[]>,
  inFlight: Map<string, number>,
): boolean {
  if (step.kind === "offer") {
    const queue = waiting.get(step.lane) ?? [];
    const fits = queue.length < 5;
    if (fits) waiting.set(step.lane, [...queue, number]);
    return lanes.offer(item(step.lane, number)) === fits;
  }
  if (step.kind === "finish") {
    const busy = inFlight.get(step.lane) ?? 0;
    if (busy === 0) return true;
    inFlight.set(step.lane, busy - 1);
    lanes.finished(step.lane);
    return true;
  }
  const free = [...waiting].some(([lane, queue]) => queue[0] !== undefined && !isFull(lane));
  const taken = lanes.take();
  if (!taken) return !free;
  const first = waiting.get(taken.lane)?.shift();
  inFlight.set(taken.lane, (inFlight.get(taken.lane) ?? 0) + 1);
  return free && first === taken.number;

  function isFull(lane: string): boolean {
    return (inFlight.get(lane) ?? 0) >= 2;
  }
}
