import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LaneQueues } from "./lanes.ts";

interface Item {
  readonly lane: string;
  readonly profileId: number;
  readonly number: number;
  readonly body: { readonly length: number };
}

const item = (lane: string, number = 0, length = 500): Item => ({
  lane,
  profileId: 45001,
  number,
  body: { length },
});

const limits = {
  queuedPerLaneMax: 10,
  inFlightPerLaneMax: 10,
  inFlightUnprovenMax: 10,
  queuedPerProfileMax: 100,
  inFlightPerProfileMax: 100,
  crowdedFrom: 100,
  inFlightPerProfileCrowdedMax: 100,
  heldMax: 1000,
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

  it("of one profile share its places, each in its turn, and leave the others'", () => {
    const lanes = new LaneQueues<Item>({ ...limits, inFlightPerProfileMax: 2 });
    for (const lane of ["a", "b", "c", "d"]) lanes.offer(item(lane));
    for (const number of [1, 2, 3]) lanes.offer({ ...item("other", number), profileId: 45002 });
    const takeAll = () => {
      const taken: string[] = [];
      for (let next = lanes.take(); next; next = lanes.take()) taken.push(next.lane);
      return taken.join(" ");
    };
    expect(takeAll()).toBe("a b other other");
    lanes.finished("a", false);
    expect(takeAll()).toBe("c");
    lanes.offer(item("e"));
    lanes.finished("other", true);
    lanes.finished("b", false);
    // What has got the place may be taken out before its turn: then it is the next one's.
    lanes.empty("d");
    expect(takeAll()).toBe("other e");
  });

  it("of one profile have a bound together for what waits", () => {
    const lanes = new LaneQueues<Item>({ ...limits, queuedPerProfileMax: 3 });
    const offered = ["a", "b", "c", "d"].map((lane) => lanes.offer(item(lane)));
    expect(offered).toEqual([true, true, true, false]);
    expect(lanes.offer({ ...item("other"), profileId: 45002 })).toBe(true);
    expect(lanes.profilesAbove(2)).toEqual([45001]);
    lanes.take();
    expect(lanes.profilesAbove(2)).toEqual([]);
  });

  it("of a crowded node leave its last places to profiles that have few", () => {
    const lanes = new LaneQueues<Item>({
      ...limits,
      crowdedFrom: 4,
      inFlightPerProfileCrowdedMax: 1,
    });
    for (const profileId of [1, 2]) {
      for (const number of [1, 2, 3, 4]) {
        lanes.offer({ ...item(`${profileId}-${number}`), profileId });
      }
    }
    const takeAll = () => {
      const taken: string[] = [];
      for (let next = lanes.take(); next; next = lanes.take()) taken.push(next.lane);
      return taken.join(" ");
    };
    expect(takeAll()).toBe("1-1 1-2 1-3 1-4 2-1");
    for (const number of [1, 2]) lanes.offer({ ...item(`3-${number}`), profileId: 3 });
    expect(takeAll()).toBe("3-1");
    for (const lane of ["1-1", "1-2"]) lanes.finished(lane, false);
    expect(takeAll()).toBe("");
    lanes.finished("1-3", false);
    expect(takeAll()).toBe("2-2");
    // Whoever is to have the free place may go before its turn: then it is another's.
    lanes.finished("1-4", false);
    lanes.empty("3-2");
    expect(takeAll()).toBe("2-3");
  });

  it("of profiles that have much leave room for what waits of others", () => {
    const lanes = new LaneQueues<Item>({ ...limits, heldMax: 12, queuedPerLaneMax: 20 });
    const offerAll = (profileId: number) => {
      let taken = 0;
      while (lanes.offer({ ...item(`of ${profileId}`), profileId })) taken += 1;
      return taken;
    };
    expect([1, 2, 3, 4].map(offerAll)).toEqual([6, 3, 2, 1]);
  });

  it("keep their order, their bounds and everything they took, whatever happens", () => {
    const lane = fc.constantFrom("a", "b", "c", "d", "e", "other");
    const step = fc.oneof(
      fc.record({ kind: fc.constant("offer" as const), lane }),
      fc.record({ kind: fc.constant("take" as const) }),
      fc.record({ kind: fc.constantFrom("finish" as const, "empty" as const), lane }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: "max" }), (steps) => {
        const lanes = new LaneQueues<Item>(Model.limits);
        const model = new Model();
        for (const [number, next] of steps.entries()) {
          const agree = play(next, number, lanes, model);
          expect({ agree, queued: lanes.queued }).toEqual({ agree: true, queued: model.queued() });
        }
      }),
      { numRuns: 1000 },
    );
  });
});

type Step =
  | { readonly kind: "offer" | "finish" | "empty"; readonly lane: string }
  | { readonly kind: "take" };

/** What the queues must do, in the plainest way. */
class Model {
  static readonly limits = {
    ...limits,
    queuedPerLaneMax: 5,
    inFlightPerLaneMax: 2,
    inFlightUnprovenMax: 2,
    queuedPerProfileMax: 7,
    inFlightPerProfileMax: 3,
    crowdedFrom: 5,
    inFlightPerProfileCrowdedMax: 1,
    heldMax: 12,
  };

  static profileOf(lane: string): number {
    return { d: 45002, e: 45002, other: 45003 }[lane] ?? 45001;
  }

  readonly waiting = new Map<string, number[]>();
  readonly inFlight = new Map<string, number>();
  readonly caps = new Map<string, number>();

  queued(profileId?: number): number {
    return [...this.waiting]
      .filter(([lane]) => profileId === undefined || Model.profileOf(lane) === profileId)
      .reduce((sum, [, queue]) => sum + queue.length, 0);
  }

  fits(lane: string): boolean {
    const ofProfileMax = Math.min(7, 12 - this.queued());
    const ofProfile = this.queued(Model.profileOf(lane));
    return (this.waiting.get(lane) ?? []).length < 5 && ofProfile < ofProfileMax;
  }

  isFull(lane: string): boolean {
    const ofProfile = [...this.inFlight]
      .filter(([other]) => Model.profileOf(other) === Model.profileOf(lane))
      .reduce((sum, [, count]) => sum + count, 0);
    const all = [...this.inFlight.values()].reduce((sum, count) => sum + count, 0);
    return (
      ofProfile >= (all >= 5 ? 1 : 3) ||
      (this.inFlight.get(lane) ?? 0) >= (this.caps.get(lane) ?? 2)
    );
  }

  mayTake(): boolean {
    return [...this.waiting].some(([lane, queue]) => queue.length > 0 && !this.isFull(lane));
  }
}

/** Plays one step on the queues and on the model; returns whether they agree. */
function play(step: Step, number: number, lanes: LaneQueues<Item>, model: Model): boolean {
  if (step.kind === "take") return playTake(lanes, model);
  const { lane } = step;
  if (step.kind === "offer") {
    const fits = model.fits(lane);
    if (fits) model.waiting.set(lane, [...(model.waiting.get(lane) ?? []), number]);
    const offered = { ...item(lane, number), profileId: Model.profileOf(lane) };
    return lanes.offer(offered) === fits;
  }
  if (step.kind === "empty") {
    const taken = lanes.empty(lane).map((each) => each.number);
    const waited = model.waiting.get(lane) ?? [];
    model.waiting.delete(lane);
    model.caps.set(lane, 1);
    return taken.join() === waited.join();
  }
  const busy = model.inFlight.get(lane) ?? 0;
  if (busy === 0) return true;
  model.inFlight.set(lane, busy - 1);
  model.caps.set(lane, 2);
  lanes.finished(lane, true);
  return true;
}

function playTake(lanes: LaneQueues<Item>, model: Model): boolean {
  const mayTake = model.mayTake();
  const taken = lanes.take();
  if (!taken) return !mayTake;
  const first = model.waiting.get(taken.lane)?.shift();
  const isRoom = !model.isFull(taken.lane);
  model.inFlight.set(taken.lane, (model.inFlight.get(taken.lane) ?? 0) + 1);
  return mayTake && isRoom && first === taken.number;
}
