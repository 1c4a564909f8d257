import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LaneQueues } from "./lanes.ts";

interface Item {
  readonly lane: string;
  readonly number: number;
  readonly body: { readonly length: number };
}

const item = (lane: string, number = 0, length = 500): Item => ({ lane, number, body: { length } });

const limits = {
  queuedPerLaneMax: 10,
  inFlightPerLaneMax: 10,
  inFlightUnprovenMax: 10,
  stillMsMax: 5000,
};

describe("lanes", () => {
  it("take turns, each a few at a time", () => {
    const lanes = new LaneQueues<Item>(limits);
    for (const lane of ["a", "a", "a", "a", "b", "b", "b", "b", "c"]) lanes.offer(item(lane));
    const order = Array.from({ length: 9 }, () => lanes.take()?.lane).join("");
    expect(order).toBe("aabbcaabb");
  });

  it("with large bodies send fewer of them", () => {
    const lanes = new LaneQueues<Item>(limits);
    for (const number of [1, 2, 3]) lanes.offer(item("large", number, 40_000));
    for (const number of [1, 2, 3, 4, 5, 6]) lanes.offer(item("small", number));
    const order = Array.from({ length: 7 }, () => lanes.take()?.lane);
    expect(order.filter((lane) => lane === "small")).toHaveLength(6);
  });

  it("earn their places by answering, and begin anew after they were emptied", () => {
    const lanes = new LaneQueues<Item>({
      ...limits,
      inFlightPerLaneMax: 4,
      inFlightUnprovenMax: 2,
    });
    const takeAll = () => {
      let taken = 0;
      while (lanes.take()) taken += 1;
      return taken;
    };
    const offer = (count: number) => {
      for (let number = 0; number < count; number += 1) lanes.offer(item("a", number));
    };
    offer(10);
    expect(takeAll()).toBe(2);
    lanes.finished("a", false);
    expect(takeAll()).toBe(1);
    lanes.finished("a", true);
    expect(takeAll()).toBe(3);
    expect(lanes.empty("a")).toHaveLength(4);
    for (let at = 0; at < 4; at += 1) lanes.finished("a", false);
    offer(3);
    expect(takeAll()).toBe(1);
  });

  it("that rest elsewhere begin anew, whether or not something of them is here", () => {
    const lanes = new LaneQueues<Item>({ ...limits, inFlightUnprovenMax: 4 });
    const most = () => {
      for (let number = 0; number < 6; number += 1) lanes.offer(item("a", number));
      let taken = 0;
      while (lanes.take()) taken += 1;
      return taken;
    };
    expect(most()).toBe(4);
    lanes.slowDown("a");
    for (let at = 0; at < 4; at += 1) lanes.finished("a", false);
    expect(lanes.take()).toBeDefined();
    expect(lanes.take()).toBeUndefined();
    lanes.finished("a", true);
    lanes.empty("a");
    lanes.slowDown("a");
    expect(most()).toBe(1);
  });

  it("that are full refuse, and others do not notice", () => {
    const lanes = new LaneQueues<Item>({
      ...limits,
      queuedPerLaneMax: 2,
      inFlightPerLaneMax: 1,
      inFlightUnprovenMax: 1,
    });
    expect(lanes.offer(item("a"))).toBe(true);
    expect(lanes.offer(item("a"))).toBe(true);
    expect(lanes.offer(item("a"))).toBe(false);
    expect(lanes.offer(item("b"))).toBe(true);
    expect(lanes.take()?.lane).toBe("a");
    expect(lanes.take()?.lane).toBe("b");
    expect(lanes.take()).toBeUndefined();
    lanes.finished("a", false);
    expect(lanes.take()?.lane).toBe("a");
  });

  it("give back what waits, and forget lanes without work", () => {
    const lanes = new LaneQueues<Item>({ ...limits, inFlightUnprovenMax: 1 });
    for (const number of [1, 2, 3]) lanes.offer(item("a", number));
    lanes.take();
    expect(lanes.lanesAbove(1)).toEqual(["a"]);
    expect(lanes.firstOfEach()).toMatchObject([{ lane: "a", number: 2 }]);
    expect(lanes.clear().map(({ number }) => number)).toEqual([2, 3]);
    expect(lanes.queued).toBe(0);
    lanes.finished("a", false);
    expect(() => lanes.finished("a", false)).toThrow("nothing of a is in flight");
  });

  it("that do not move let go of what waits, and take no more until they do", () => {
    const lanes = new LaneQueues<Item>({ ...limits, inFlightUnprovenMax: 1 });
    for (const lane of ["still", "still", "moving", "moving", "moving"]) lanes.offer(item(lane));
    lanes.take();
    lanes.take();
    // However often it is asked, only the time counts.
    for (const atMs of [100, 100, 101, 102, 103, 104, 105, 5000, 5099]) {
      expect(lanes.shedStalled(atMs)).toEqual([]);
    }
    lanes.finished("moving", true);
    expect(lanes.shedStalled(5100)).toMatchObject([{ lane: "still" }]);
    expect(lanes.queued).toBe(2);
    expect(lanes.offer(item("still"))).toBe(false);
    expect(lanes.lanesAbove(9)).toEqual(["still"]);
    lanes.finished("still", false);
    expect(lanes.offer(item("still"))).toBe(true);
  });

  it("that have places left go on, although something of them hangs", () => {
    const lanes = new LaneQueues<Item>({ ...limits, inFlightUnprovenMax: 2 });
    lanes.offer(item("a", 1));
    lanes.take();
    for (const atMs of [0, 9000, 99_000]) expect(lanes.shedStalled(atMs)).toEqual([]);
    expect(lanes.lanesAbove(9)).toEqual([]);
    expect(lanes.offer(item("a", 2))).toBe(true);
    expect(lanes.take()).toMatchObject({ number: 2 });
  });

  it("keep their order, their bounds and everything they took, whatever happens", () => {
    const small = {
      ...limits,
      queuedPerLaneMax: 5,
      inFlightPerLaneMax: 2,
      inFlightUnprovenMax: 2,
    };
    const step = fc.oneof(
      fc.record({ kind: fc.constant("offer" as const), lane: fc.constantFrom("a", "b", "c") }),
      fc.record({ kind: fc.constant("take" as const) }),
      fc.record({ kind: fc.constant("finish" as const), lane: fc.constantFrom("a", "b", "c") }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const lanes = new LaneQueues<Item>(small);
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
    lanes.finished(step.lane, true);
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
