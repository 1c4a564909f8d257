import { randomUUID } from "node:crypto";
import type { Pool } from "pg";
import type { Logger } from "pino";
import { type Claim, claimDue, sweepExpiredLeases } from "./deliveries-store.ts";
import type { HeldDelivery } from "./delivery.ts";
import type { Limits } from "./limits.ts";
import { Loop } from "./loop.ts";

export interface BacklogServices {
  readonly pool: Pool;
  readonly nodeId: string;
  readonly log: Pick<Logger, "info" | "warn">;
  readonly limits: Limits;
  /** How many more deliveries the node may hold. */
  readonly room: () => number;
  readonly fullLanes: () => readonly string[];
  readonly accept: (held: HeldDelivery) => void;
}

/** Claims leave this share of the node's room to what is handed over at commit. */
const claimShare = 1 / 2;

/** What waits in the database: retries, overflow, and what dead nodes left behind. */
export class Backlog {
  readonly #services: BacklogServices;
  #loop: Loop | undefined;
  #cursor = "";
  #waitMs: number;
  #sweptMs = Number.NEGATIVE_INFINITY;
  /** The last claim stopped for want of room. */
  #starved = false;
  /** Lanes of which the last claim took as much as it may, so that more is likely. */
  readonly #richLanes = new Set<string>();

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

  /** An attempt of this lane has ended, and this many deliveries of it still wait in memory. */
  finished(lane: string, queued: number): void {
    const { heldMax, claimPerLaneMax } = this.#services.limits;
    const low = this.#richLanes.has(lane) && queued <= claimPerLaneMax / 2;
    const room = this.#starved && this.#services.room() > heldMax * (1 - claimShare / 2);
    if (!low && !room) return;
    this.#richLanes.delete(lane);
    this.#starved = false;
    this.#loop?.kick();
  }

  /** Looks once; returns how long to wait before looking again. */
  async #look(): Promise<number> {
    const { limits } = this.#services;
    await this.#sweep();
    const room = this.#services.room() - limits.heldMax * (1 - claimShare);
    const lanesMax = Math.min(limits.claimLanesMax, Math.floor(room / limits.claimPerLaneMax));
    this.#starved = lanesMax < 1;
    if (this.#starved) return limits.pollMsMin;

    const found = await this.#claim(lanesMax);
    // There are more lanes than one claim visits: go round once before resting.
    if (this.#cursor !== "") return 0;
    this.#waitMs = found ? limits.pollMsMin : Math.min(this.#waitMs * 2, limits.pollMsMax);
    return this.#waitMs;
  }

  async #claim(lanesMax: number): Promise<boolean> {
    const { pool, nodeId, limits, accept, fullLanes } = this.#services;
    // From before the statement: the database's lease begins later, so ours ends first.
    const leaseEndsMs = performance.now() + limits.leaseMs;
    const bounds = {
      afterLane: this.#cursor,
      lanesMax,
      perLaneMax: limits.claimPerLaneMax,
      fullLanes: fullLanes(),
    };
    const lease = { nodeId, leaseToken: randomUUID(), leaseMs: limits.leaseMs };
    const claim = await claimDue(pool, bounds, lease);
    this.#cursor = claim.nextLane;
    this.#noteRichLanes(claim);
    for (const row of claim.rows) accept({ ...row, leaseEndsMs });
    return claim.rows.length > 0;
  }

  #noteRichLanes({ rows }: Claim): void {
    const counts = new Map<string, number>();
    for (const { lane } of rows) counts.set(lane, (counts.get(lane) ?? 0) + 1);
    for (const [lane, count] of counts) {
      if (count >= this.#services.limits.claimPerLaneMax) this.#richLanes.add(lane);
      else this.#richLanes.delete(lane);
    }
  }

  async #sweep(): Promise<void> {
    const { pool, limits, log } = this.#services;
    if (performance.now() - this.#sweptMs < limits.sweepMs) return;
    const swept = await sweepExpiredLeases(pool, limits.sweepRowsMax);
    // Full: there are more, so look again at the next turn.
    if (swept < limits.sweepRowsMax) this.#sweptMs = performance.now();
    if (swept > 0) log.info({ swept }, "leases of another node had run out");
  }
}
