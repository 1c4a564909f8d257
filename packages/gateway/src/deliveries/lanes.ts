/** What the queue needs to know of its items. */
export interface LaneItem {
  readonly lane: string;
  readonly profileId: number;
  readonly body: { readonly length: number };
}

export interface LaneLimits {
  /** Items of one lane that may wait here; the others wait in the database. */
  readonly queuedPerLaneMax: number;
  /** Items of one lane that may be on the wire at once. */
  readonly inFlightPerLaneMax: number;
  /** The same for a lane that has not answered yet. */
  readonly inFlightUnprovenMax: number;
  /** The same for all lanes of a profile, and how many of them may be on the wire at once. */
  readonly queuedPerProfileMax: number;
  readonly inFlightPerProfileMax: number;
  /** With so many on the wire in all, a profile may have no more than these. */
  readonly crowdedFrom: number;
  readonly inFlightPerProfileCrowdedMax: number;
  /** Items that may wait in all. */
  readonly heldMax: number;
  /** A lane of which nothing moves for this long holds nothing but what is on the wire, in ms. */
  readonly stillMsMax: number;
}

interface Lane<Item> {
  readonly name: string;
  readonly owner: Owner<Item>;
  queue: Item[];
  inFlight: number;
  /** How many may be in flight now; grows with every answer, up to the limit. */
  cap: number;
  /** Bytes it may still send in this round. */
  credit: number;
  /** When it was first seen with something on the wire and nothing moving; the caller's clock. */
  stillSinceMs: number | undefined;
  /** That was too long ago. */
  still: boolean;
}

/** What all lanes of a profile have together. */
interface Owner<Item> {
  readonly profileId: number;
  queued: number;
  inFlight: number;
  /** Lanes with work and room that wait until less of their profile, or less in all, is in flight. */
  readonly waiting: Set<Lane<Item>>;
}

/** What a lane may send in one round, in bytes of bodies and overhead. */
const quantumBytes = 4096;

/** What an item costs beside its body: head, signature, bookkeeping. */
const overheadBytes = 1024;

/** Lanes whose cap is remembered while they have no work; the oldest is forgotten first. */
const rememberedMax = 10_000;

/**
 * First in, first out within a lane; deficit round robin over the lanes that have work and room, so
 * that neither many nor large deliveries take another lane's turn. A lane that hangs fills its own
 * few places and nobody else's; how many it has, it earns by answering. A profile whose deliveries go
 * to many servers has a bound for all of them.
 *
 * @example
 * const lanes = new LaneQueues<HeldDelivery>(limits);
 * if (!lanes.offer(held)) release(held);
 * const next = lanes.take(); // later: lanes.finished(next.lane, true)
 */
export class LaneQueues<Item extends LaneItem> {
  readonly #limits: LaneLimits;
  readonly #mayCrowd: (item: Item, inFlight: number) => boolean;
  readonly #lanes = new Map<string, Lane<Item>>();
  readonly #owners = new Map<number, Owner<Item>>();
  readonly #caps = new Map<string, number>();
  /** Lanes with work and room, the one whose turn it is first. */
  readonly #ready = new Set<Lane<Item>>();
  /** Owners of lanes that wait, the one whose turn it is first. */
  readonly #waitingOwners = new Set<Owner<Item>>();
  #queued = 0;
  #inFlight = 0;

  /**
   * @param mayCrowd whether a lane that has so many in flight, one at least, may have one more now;
   *   asked again when it has one less
   */
  constructor(
    limits: LaneLimits,
    mayCrowd: (item: Item, inFlight: number) => boolean = () => true,
  ) {
    this.#limits = limits;
    this.#mayCrowd = mayCrowd;
  }

  /** Items waiting, over all lanes. */
  get queued(): number {
    return this.#queued;
  }

  /** `false`: the lane or its profile has enough; the item was not taken. */
  offer(item: Item): boolean {
    const { queuedPerLaneMax, queuedPerProfileMax, heldMax } = this.#limits;
    // As much as is left: however many profiles have all they may, there is room for one more.
    const ofProfileMax = Math.min(queuedPerProfileMax, heldMax - this.#queued);
    if ((this.#owners.get(item.profileId)?.queued ?? 0) >= ofProfileMax) return false;
    const lane = this.#lane(item);
    if (lane.queue.length >= queuedPerLaneMax || isStalled(lane)) return false;
    lane.queue.push(item);
    this.#count(lane.owner, 1);
    this.#readyIfDue(lane);
    return true;
  }

  /** The next item to send, or `undefined` when no lane has both work and room. */
  take(): Item | undefined {
    for (;;) {
      const [lane] = this.#ready;
      if (!lane) return undefined;
      const [first] = lane.queue;
      if (!first || !this.#isDue(lane) || this.#isFull(lane.owner)) {
        this.#unready(lane);
        this.#readyIfDue(lane);
        continue;
      }
      const cost = first.body.length + overheadBytes;
      if (lane.credit >= cost) {
        lane.credit -= cost;
        return this.#takeFirst(lane, first);
      }
      // Its turn is over: with new credit to the end of the round.
      lane.credit += quantumBytes;
      this.#ready.delete(lane);
      this.#ready.add(lane);
    }
  }

  #takeFirst(lane: Lane<Item>, item: Item): Item {
    lane.queue.shift();
    lane.inFlight += 1;
    lane.owner.inFlight += 1;
    this.#inFlight += 1;
    moved(lane);
    this.#count(lane.owner, -1);
    if (lane.queue.length === 0) lane.credit = 0;
    return item;
  }

  /**
   * An item taken from this lane is off the wire.
   *
   * @param answered whether the server showed that it can take more
   */
  finished(name: string, answered: boolean): void {
    const lane = this.#lanes.get(name);
    if (!lane || lane.inFlight === 0) throw new Error(`nothing of ${name} is in flight`);
    lane.inFlight -= 1;
    lane.owner.inFlight -= 1;
    this.#inFlight -= 1;
    moved(lane);
    this.#wakeNext(lane.owner);
    this.#wakeCrowded();
    if (answered) lane.cap = Math.min(lane.cap * 2, this.#limits.inFlightPerLaneMax);
    this.#readyIfDue(lane);
    if (lane.inFlight === 0 && lane.queue.length === 0) this.#remember(name, lane.cap);
    this.#forgetIfIdle(lane);
  }

  /** Takes out what waits of a lane; it has to earn its places again, from one. */
  empty(name: string): readonly Item[] {
    this.#remember(name, 1);
    const lane = this.#lanes.get(name);
    if (!lane) return [];
    lane.cap = 1;
    return this.#takeOut(lane);
  }

  /** A lane that may have places from better times: it has to earn them again, from one. */
  slowDown(name: string): void {
    if (this.#caps.has(name)) this.#remember(name, 1);
    const lane = this.#lanes.get(name);
    if (lane) lane.cap = 1;
  }

  /** How many items of this lane wait. */
  queuedOf(name: string): number {
    return this.#lanes.get(name)?.queue.length ?? 0;
  }

  /** The names of the lanes that want no more: more than this many wait, or nothing moves. */
  lanesAbove(queued: number): readonly string[] {
    return [...this.#lanes.values()]
      .filter((lane) => lane.queue.length > queued || isStalled(lane))
      .map(({ name }) => name);
  }

  /** The profiles of which more than this many wait. */
  profilesAbove(queued: number): readonly number[] {
    return [...this.#owners.values()]
      .filter((owner) => owner.queued > queued)
      .map(({ profileId }) => profileId);
  }

  /** The first waiting item of each lane that has one. */
  firstOfEach(): readonly Item[] {
    return [...this.#lanes.values()].flatMap(({ queue }) => queue.slice(0, 1));
  }

  /**
   * Takes out what waits behind servers that do not answer, so that it does not fill the node's
   * memory in place of what could be sent. To be called now and then, as often as one likes.
   *
   * @param nowMs a reading of the monotonic clock
   */
  shedStalled(nowMs: number): readonly Item[] {
    const shed: Item[] = [];
    for (const lane of this.#lanes.values()) {
      if (lane.inFlight > 0) {
        lane.stillSinceMs ??= nowMs;
        lane.still = nowMs - lane.stillSinceMs >= this.#limits.stillMsMax;
      }
      if (isStalled(lane)) shed.push(...this.#takeOut(lane));
    }
    return shed;
  }

  /** Takes out everything that waits; what is in flight stays. */
  clear(): readonly Item[] {
    return [...this.#lanes.values()].flatMap((lane) => this.#takeOut(lane));
  }

  #takeOut(lane: Lane<Item>): readonly Item[] {
    const items = lane.queue.splice(0);
    this.#count(lane.owner, -items.length);
    this.#unready(lane);
    this.#forgetIfIdle(lane);
    return items;
  }

  #count(owner: Owner<Item>, change: number): void {
    owner.queued += change;
    this.#queued += change;
  }

  #lane({ lane: name, profileId }: Item): Lane<Item> {
    const known = this.#lanes.get(name);
    if (known) return known;
    const owner = this.#owners.get(profileId) ?? newOwner<Item>(profileId);
    this.#owners.set(profileId, owner);
    const cap = this.#caps.get(name) ?? this.#limits.inFlightUnprovenMax;
    const lane: Lane<Item> = {
      name,
      owner,
      queue: [],
      inFlight: 0,
      cap,
      credit: 0,
      stillSinceMs: undefined,
      still: false,
    };
    this.#lanes.set(name, lane);
    return lane;
  }

  #forgetIfIdle({ name, owner, inFlight, queue }: Lane<Item>): void {
    if (inFlight > 0 || queue.length > 0) return;
    this.#lanes.delete(name);
    if (owner.inFlight > 0 || owner.queued > 0) return;
    this.#owners.delete(owner.profileId);
    this.#waitingOwners.delete(owner);
  }

  #remember(name: string, cap: number): void {
    this.#caps.delete(name);
    this.#caps.set(name, cap);
    const [oldest] = this.#caps.keys();
    if (this.#caps.size > rememberedMax && oldest !== undefined) this.#caps.delete(oldest);
  }

  #isDue(lane: Lane<Item>): boolean {
    const [first] = lane.queue;
    if (first === undefined || lane.inFlight >= lane.cap) return false;
    return lane.inFlight === 0 || this.#mayCrowd(first, lane.inFlight);
  }

  #isFull(owner: Owner<Item>): boolean {
    const { inFlightPerProfileMax, inFlightPerProfileCrowdedMax } = this.#limits;
    const most = this.#isCrowded() ? inFlightPerProfileCrowdedMax : inFlightPerProfileMax;
    return owner.inFlight >= most;
  }

  #isCrowded(): boolean {
    return this.#inFlight >= this.#limits.crowdedFrom;
  }

  #readyIfDue(lane: Lane<Item>): void {
    if (!this.#isDue(lane)) return;
    if (this.#isFull(lane.owner)) {
      lane.owner.waiting.add(lane);
      this.#waitingOwners.add(lane.owner);
    } else {
      this.#ready.add(lane);
    }
  }

  #unready(lane: Lane<Item>): void {
    this.#ready.delete(lane);
    lane.owner.waiting.delete(lane);
    if (!this.#wakeNext(lane.owner)) this.#wakeCrowded();
  }

  /** A place of the profile may be free: for the lane that has waited longest for one. */
  #wakeNext(owner: Owner<Item>): boolean {
    if (this.#isFull(owner)) return false;
    for (const lane of owner.waiting) {
      owner.waiting.delete(lane);
      if (!this.#isDue(lane)) continue;
      this.#ready.add(lane);
      return true;
    }
    this.#waitingOwners.delete(owner);
    return false;
  }

  /** A place that any profile may have is free again: for the one that has waited longest. */
  #wakeCrowded(): void {
    if (this.#isCrowded()) return;
    for (const owner of this.#waitingOwners) {
      if (!this.#wakeNext(owner)) continue;
      this.#waitingOwners.delete(owner);
      if (owner.waiting.size > 0) this.#waitingOwners.add(owner);
      return;
    }
  }
}

function newOwner<Item>(profileId: number): Owner<Item> {
  return { profileId, queued: 0, inFlight: 0, waiting: new Set() };
}

/** Something of it went on or off the wire. */
function moved(lane: Lane<unknown>): void {
  lane.stillSinceMs = undefined;
  lane.still = false;
}

/** One attempt that hangs stalls no lane that has places left. */
function isStalled({ still, queue, inFlight, cap }: Lane<unknown>): boolean {
  return still && (queue.length > 0 || inFlight >= cap);
}
