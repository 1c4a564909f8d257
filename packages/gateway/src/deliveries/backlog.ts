import { randomUUID } from "node:crypto";
import type { Pool } from "pg";
import type { Logger } from "pino";
import type { HeldDelivery } from "./delivery.ts";
import type { Limits } from "./limits.ts";
import { Loop } from "./loop.ts";
import { type ClaimBounds, claimDue } from "./queue-store.ts";

export interface BacklogServices {
  readonly pool: Pool;
  readonly nodeId: string;
  readonly log: Pick<Logger, "warn">;
  readonly limits: Limits;
  /** How many more deliveries the node may hold. */
  readonly room: () => number;
  /** What this node has enough of. */
  readonly full: () => Pick<ClaimBounds, "fullLanes" | "fullProfiles">;
  /** How many more resting lanes the node may ask whether they are back. */
  readonly probes: () => number;
  readonly accept: (held: HeldDelivery) => void;
}

/** Claims leave this share of the node's room to what is handed over at commit. */
const claimShare = 1 / 2;

/** With less than this share of it left to them, claims are small and come seldom. */
const scarceShare = 1 / 8;

/**
 * What claims may still bring, of the room that is left. Each takes half of it at most, so that
 * however many merchants have all they may have of it, there is something left for one more.
 */
export function claimable(room: number, { heldMax }: Pick<Limits, "heldMax">): number {
  return Math.max(0, room - Math.ceil(heldMax * (1 - claimShare)));
}

/** What waits in the database: retries, overflow, and what dead nodes left behind. */
export class Backlog {
  readonly #services: BacklogServices;
  #loop: Loop | undefined;
  #waitMs: number;
  /** The last claim stopped for want of room. */
  #starved = false;
  /** How much the last claim took of each lane that may have more. */
  readonly #richLanes = new Map<string, number>();

  constructor(services: BacklogServices) {
    this.#services = services;
    this.#waitMs = services.limits.pollMsMin;
  }

  start(): void {
    const { log } = this.#services;
    this.#loop = new Loop(
      () => this.#look(),
      (error) => log.warn({ err: error }, "the backlog could not be read"),
    );
  }

  async stop(): Promise<void> {
    await this.#loop?.stop();
  }

  /** Something is due, or may be: look now. */
  kick(): void {
    this.#waitMs = this.#services.limits.pollMsMin;
    this.#loop?.kick();
  }

  /** An attempt of this lane has ended, and this many deliveries of it still wait in memory. */
  finished(lane: string, queued: number): void {
    const { heldMax } = this.#services.limits;
    const low = queued <= (this.#richLanes.get(lane) ?? Number.NEGATIVE_INFINITY) / 2;
    const room = this.#starved && this.#services.room() > heldMax * (1 - claimShare / 2);
    if (!low && !room) return;
    this.#richLanes.delete(lane);
    this.#starved = false;
    this.kick();
  }

  /** One turn; returns how long to rest. */
  async #look(): Promise<number> {
    const { limits, room } = this.#services;
    const left = claimable(room(), limits);
    this.#starved = left < limits.heldMax * scarceShare;
    const rowsMax = Math.min(limits.claimRowsMax, Math.floor(left / 2));
    if (rowsMax < 1) return limits.pollMsMax;
    const lanes = await this.#claim(rowsMax);
    if (this.#starved) return limits.pollMsMax;
    // As many lanes as one claim visits: there may be others.
    if (lanes >= Math.min(limits.claimLanesMax, rowsMax)) return 0;
    this.#waitMs = lanes > 0 ? limits.pollMsMin : Math.min(this.#waitMs * 2, limits.pollMsMax);
    return this.#waitMs;
  }

  /** @returns of how many lanes something was claimed */
  async #claim(rowsMax: number): Promise<number> {
    const { pool, nodeId, limits, accept, full, probes } = this.#services;
    // From before the statement: the database's lease begins later, so ours ends first.
    const leaseEndsMs = performance.now() + limits.leaseMs;
    const bounds = {
      lanesMax: Math.min(limits.claimLanesMax, rowsMax),
      perLaneMax: limits.claimPerLaneMax,
      rowsMax,
      ...full(),
      probesMax: probes(),
    };
    const lease = {
      nodeId,
      leaseToken: randomUUID(),
      leaseMs: limits.leaseMs,
      probeMs: limits.attemptMsMax + limits.probeSlackMs,
    };
    const rows = await claimDue(pool, bounds, lease);
    const counts = new Map<string, number>();
    for (const { lane } of rows) counts.set(lane, (counts.get(lane) ?? 0) + 1);
    // Those of which most was taken may have more; for the others the next poll is soon enough.
    const most = Math.max(0, ...counts.values());
    for (const [lane, count] of counts) if (count === most) this.#richLanes.set(lane, count);
    for (const row of rows) accept({ ...row, leaseEndsMs });
    return counts.size;
  }
}
