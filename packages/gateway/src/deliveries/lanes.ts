/** What the queue needs to know of its items. */
export interface LaneItem {
  readonly lane: string;
}

export interface LaneLimits {
  /** Items of one lane that may wait here; the others wait in the database. */
  readonly queuedPerLaneMax: number;
  /** Items of one lane that may be on the wire at once. */
  readonly inFlightPerLaneMax: number;
}

interface Lane<Item> {
  readonly name: string;
  readonly queue: Item[];
  inFlight: number;
}

/**
 * First in, first out within a lane; round robin over the lanes that have work and room. A lane
 * that hangs fills its own few places and nobody else's.
 *
 * @example
 * const lanes = new LaneQueues<HeldDelivery>({ queuedPerLaneMax: 64, inFlightPerLaneMax: 8 });
 * if (!lanes.offer(held)) release(held);
 * const next = lanes.take(); // later: lanes.finished(next.lane)
 */
export class LaneQueues<Item extends LaneItem> {
  readonly #limits: LaneLimits;
  readonly #lanes = new Map<string, Lane<Item>>();
  /** Lanes with work and room, the one whose turn it is first. */
  readonly #ready = new Set<Lane<Item>>();
  #queued = 0;

  constructor(limits: LaneLimits) {
    this.#limits = limits;
  }

  /** Items waiting, over all lanes. */
  get queued(): number {
    return this.#queued;
  }

  /** `false`: the lane has enough; the item was not taken. */
  offer(item: Item): boolean {
    const lane = this.#lane(item.lane);
    if (lane.queue.length >= this.#limits.queuedPerLaneMax) return false;
    lane.queue.push(item);
    this.#queued += 1;
    this.#readyIfDue(lane);
    return true;
  }

  /** The next item to send, or `undefined` when no lane has both work and room. */
  take(): Item | undefined {
    const [lane] = this.#ready;
    const item = lane?.queue.shift();
    if (!lane || !item) return undefined;
    this.#ready.delete(lane);
    lane.inFlight += 1;
    this.#queued -= 1;
    this.#readyIfDue(lane);
    return item;
  }

  /** An item taken from this lane is off the wire. */
  finished(name: string): void {
    const lane = this.#lanes.get(name);
    if (!lane || lane.inFlight === 0) throw new Error(`nothing of ${name} is in flight`);
    lane.inFlight -= 1;
    this.#readyIfDue(lane);
    if (lane.inFlight === 0 && lane.queue.length === 0) this.#lanes.delete(name);
  }

  /** How many items of this lane wait. */
  queuedOf(name: string): number {
    return this.#lanes.get(name)?.queue.length ?? 0;
  }

  /** The lanes in which more than this many items wait. */
  lanesAbove(queued: number): readonly string[] {
    return [...this.#lanes.values()]
      .filter((lane) => lane.queue.length > queued)
      .map(({ name }) => name);
  }

  /** Takes out everything that waits; what is in flight stays. */
  clear(): readonly Item[] {
    const items = [...this.#lanes.values()].flatMap((lane) => lane.queue.splice(0));
    this.#ready.clear();
    this.#queued = 0;
    for (const [name, lane] of this.#lanes) if (lane.inFlight === 0) this.#lanes.delete(name);
    return items;
  }

  #lane(name: string): Lane<Item> {
    const known = this.#lanes.get(name);
    if (known) return known;
    const lane: Lane<Item> = { name, queue: [], inFlight: 0 };
    this.#lanes.set(name, lane);
    return lane;
  }

  #readyIfDue(lane: Lane<Item>): void {
    if (lane.queue.length > 0 && lane.inFlight < this.#limits.inFlightPerLaneMax) {
      this.#ready.add(lane);
    }
  }
}
