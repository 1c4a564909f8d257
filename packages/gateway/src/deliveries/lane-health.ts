import {
  afterProbe,
  type BreakerPolicy,
  restMs,
  type Strain,
  strained,
  type Weight,
} from "./breaker.ts";
import type { HeldDelivery } from "./delivery.ts";
import { endProbe, openLane, restingLanes } from "./lanes-store.ts";
import type { Database } from "./queue-store.ts";

export interface LaneHealthServices {
  readonly pool: Database;
  readonly policy: BreakerPolicy;
  readonly random: () => number;
  /** Called when a lane opens or closes by this node's doing, or is heard to have. */
  readonly moved: (to: "open" | "half_open" | "closed") => void;
}

/** Lanes with failures that one node remembers; above it, the one unchanged for longest goes. */
const strainedLanesMax = 10_000;

/**
 * The breakers as one node sees them: the table `lane` is the truth, read every second and after
 * each transition; failures of late are counted here, and what they decide is written there.
 */
export class LaneHealth {
  readonly #services: LaneHealthServices;
  readonly #strains = new Map<string, Strain>();
  /** Names of lanes by their ids. */
  #resting: ReadonlyMap<string, string> = new Map();
  /** Counts changes made here, so that a reading older than one does not undo it. */
  #changes = 0;
  /** When the last reading was begun, or the last change made (monotonic ms). */
  #knownMs = Number.NEGATIVE_INFINITY;
  /** Opened by this node while the table could not be written, or was not read since. */
  readonly #opening = new Set<string>();

  constructor(services: LaneHealthServices) {
    this.#services = services;
  }

  /** Whether nothing but a claimed probe may be sent to the lane. */
  rests({ laneId }: Pick<HeldDelivery, "laneId">): boolean {
    return this.#opening.has(laneId) || this.#resting.has(laneId);
  }

  /** How many lanes rest, in the whole fleet. */
  get restingCount(): number {
    return this.#resting.size;
  }

  /** A claim begun then says that the lane is closed; what is known from later counts more. */
  heardClosed(laneId: string, beganMs: number): void {
    if (beganMs > this.#knownMs) this.#closed(laneId);
  }

  #closed(laneId: string): void {
    if (!this.#resting.has(laneId)) return;
    this.#change((resting) => resting.delete(laneId));
  }

  /**
   * Reads which lanes rest.
   *
   * @returns the names of those that did not when it was read before
   */
  async refresh(): Promise<readonly string[]> {
    const changes = this.#changes;
    const beganMs = performance.now();
    const resting = await restingLanes(this.#services.pool);
    if (changes !== this.#changes) return [];
    const before = this.#resting;
    this.#resting = resting;
    this.#knownMs = beganMs;
    return [...resting].flatMap(([laneId, name]) => (before.has(laneId) ? [] : [name]));
  }

  /**
   * Takes note of an attempt's end. `opens`: the lane is to rest from now; call `open` next.
   * What was begun before a lane opened says nothing about it any more: its probe will.
   */
  note(held: HeldDelivery, weight: Weight): { readonly opens: boolean } {
    if (this.rests(held)) return { opens: false };
    const before = this.#strains.get(held.laneId);
    const { policy } = this.#services;
    const { strain, opens } = strained(before, weight, performance.now(), policy);
    if (strain !== before) this.#keep(held.laneId, opens ? undefined : strain);
    if (opens) this.#opening.add(held.laneId);
    return { opens };
  }

  /** Writes that a lane rests. If that fails, it rests on this node until the next refresh. */
  async open(held: HeldDelivery): Promise<void> {
    const { pool, random, policy, moved } = this.#services;
    try {
      if (await openLane(pool, held, restMs(1, random, policy))) moved("open");
      this.#change((resting) => resting.set(held.laneId, held.lane));
    } finally {
      this.#opening.delete(held.laneId);
    }
  }

  /** Writes what a probe came to. If that fails, the probe's time runs out and another is made. */
  async endProbe(held: HeldDelivery, openings: number, weight: Weight | "unmade"): Promise<void> {
    const { pool, random, policy, moved } = this.#services;
    const result = afterProbe(weight, openings, random, policy);
    const written = await endProbe(pool, held, result);
    if (!written) return;
    const closed = result.restMs === undefined;
    if (closed) this.#closed(held.laneId);
    moved(closed ? "closed" : "open");
  }

  #change(how: (resting: Map<string, string>) => void): void {
    const resting = new Map(this.#resting);
    how(resting);
    this.#resting = resting;
    this.#changes += 1;
    this.#knownMs = performance.now();
  }

  #keep(laneId: string, strain: Strain | undefined): void {
    this.#strains.delete(laneId);
    if (strain === undefined) return;
    this.#strains.set(laneId, strain);
    const [oldest] = this.#strains.keys();
    if (this.#strains.size > strainedLanesMax && oldest !== undefined) this.#strains.delete(oldest);
  }
}
