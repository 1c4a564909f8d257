import { setTimeout as wait } from "node:timers/promises";
import type { Pool } from "pg";
import type { Logger } from "pino";
import { makeAttempt, type AttemptServices } from "./attempt.ts";
import { Backlog } from "./backlog.ts";
import { BatchWriter } from "./batch-writer.ts";
import { hasAttempt, recordCompletions, type Release, releaseLeases } from "./deliveries-store.ts";
import type { Completion, HeldDelivery, PreparedDelivery } from "./delivery.ts";
import type { Dispatcher, DispatcherCounts } from "./dispatcher.ts";
import { LaneQueues } from "./lanes.ts";
import { Leases } from "./leases.ts";
import type { Limits } from "./limits.ts";
import { Loop } from "./loop.ts";
import { Waiters } from "./waiters.ts";

export interface CourierServices extends AttemptServices {
  readonly pool: Pool;
  readonly nodeId: string;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
  readonly limits: Limits;
}

/** How often a delivery that another node holds is asked after. */
const askMs = 100;

/** Renewals come this many times in the life of a lease. */
const renewalsPerLease = 6;

/** The dispatcher's inside: what is held, what is on the wire, what is to be written. */
export class Courier implements Dispatcher {
  readonly #services: CourierServices;
  readonly #lanes: LaneQueues<HeldDelivery>;
  readonly #leases: Leases;
  readonly #waiters = new Waiters();
  readonly #completions: BatchWriter<Completion>;
  readonly #releases: BatchWriter<Release>;
  readonly #backlog: Backlog;
  #renewals: Loop | undefined;
  #state: "created" | "running" | "stopping" | "cut" = "created";
  #inFlight = 0;
  #recorded = 0;
  #fenced = 0;
  #landed: () => void = () => undefined;

  constructor(services: CourierServices) {
    const { pool, nodeId, log, limits } = services;
    this.#services = services;
    this.#lanes = new LaneQueues(limits);
    this.#leases = new Leases(limits.leaseMs);
    this.#completions = new BatchWriter(
      (batch) => this.#record(batch),
      (error, dropped) => {
        log.error({ err: error, delivery: dropped?.held.id }, "an attempt could not be recorded");
        if (dropped) this.#forget(dropped.held);
      },
    );
    this.#releases = new BatchWriter(
      (batch) => releaseLeases(pool, batch),
      (error) => log.warn({ err: error }, "leases could not be given back"),
    );
    this.#backlog = new Backlog({
      pool,
      nodeId,
      log,
      limits,
      room: () => this.#room(),
      fullLanes: () => this.#lanes.lanesAbove(limits.queuedPerLaneMax - limits.claimPerLaneMax),
      accept: (held) => this.#accept(held),
    });
  }

  start(): void {
    if (this.#state !== "created") return;
    this.#state = "running";
    const { pool, log, limits } = this.#services;
    const renewalMs = limits.leaseMs / renewalsPerLease;
    this.#renewals = new Loop(
      async () => {
        await this.#leases.renew(pool);
        return renewalMs;
      },
      (error) => log.warn({ err: error }, "leases could not be renewed"),
    );
    this.#backlog.start();
    this.#pump();
  }

  handOver(prepared: readonly PreparedDelivery[]): void {
    for (const delivery of prepared) this.#accept(delivery);
  }

  async firstAttempt(
    { profileId, id }: Pick<HeldDelivery, "profileId" | "id">,
    timeoutMs: number,
  ): Promise<"settled" | "timeout"> {
    if (this.#leases.has(id)) return this.#waiters.wait(id, timeoutMs);
    const { pool, log } = this.#services;
    const endsMs = performance.now() + timeoutMs;
    try {
      for (;;) {
        if (await hasAttempt(pool, profileId, id)) return "settled";
        if (performance.now() + askMs > endsMs) return "timeout";
        await wait(askMs);
      }
    } catch (error) {
      log.warn({ err: error, delivery: id }, "nobody knows how far a delivery is");
      return "timeout";
    }
  }

  async stop(): Promise<void> {
    if (this.#state === "stopping" || this.#state === "cut") return;
    this.#state = "stopping";
    const { sockets, limits } = this.#services;
    await this.#backlog.stop();
    for (const held of this.#lanes.clear()) this.#giveBack(held, 0);
    await this.#landing(limits.stopMsMax);
    // Whatever is still on the wire may or may not have arrived: it is given back, to be repeated.
    this.#state = "cut";
    await sockets.close();
    await this.#landing(limits.stopMsMax);
    const hurry = setTimeout(() => {
      this.#completions.abandon();
      this.#releases.abandon();
    }, limits.stopMsMax);
    await this.#completions.drained();
    await this.#releases.drained();
    clearTimeout(hurry);
    await this.#renewals?.stop();
  }

  counts(): DispatcherCounts {
    return {
      queued: this.#lanes.queued,
      inFlight: this.#inFlight,
      held: this.#leases.size,
      recorded: this.#recorded,
      fenced: this.#fenced,
    };
  }

  #accept(held: HeldDelivery): void {
    const stopped = this.#state === "stopping" || this.#state === "cut";
    if (stopped || this.#room() <= 0 || !this.#lanes.offer(held)) {
      this.#giveBack(held, 0);
      return;
    }
    this.#leases.add(held);
    this.#pump();
  }

  /** How many more deliveries may be held. */
  #room(): number {
    const { heldMax, heldBytesMax } = this.#services.limits;
    return this.#leases.bytes >= heldBytesMax ? 0 : heldMax - this.#leases.size;
  }

  #pump(): void {
    const { inFlightMax, unrecordedMax } = this.#services.limits;
    while (
      this.#state === "running" &&
      this.#inFlight < inFlightMax &&
      this.#completions.unwritten < unrecordedMax
    ) {
      const held = this.#lanes.take();
      if (!held) return;
      if (this.#leases.isValid(held)) {
        void this.#attempt(held);
      } else {
        // Somebody else may be sending it by now; if not, the sweep will find it.
        this.#services.log.info({ delivery: held.id }, "a lease ran out before its turn");
        this.#forget(held);
        this.#finished(held.lane);
      }
    }
  }

  /** Never rejects. */
  async #attempt(held: HeldDelivery): Promise<void> {
    const { log, limits } = this.#services;
    this.#inFlight += 1;
    try {
      const completion = await makeAttempt(held, this.#services);
      const cut = this.#state === "cut" && completion.next.state !== "delivered";
      if (cut) this.#giveBack(held, 0);
      else this.#completions.add(completion);
    } catch (error) {
      log.error({ err: error, delivery: held.id }, "a delivery could not be tried");
      this.#giveBack(held, limits.ownFaultDelayMs);
    }
    this.#inFlight -= 1;
    this.#finished(held.lane);
    if (this.#inFlight === 0) this.#landed();
    this.#pump();
  }

  #finished(lane: string): void {
    this.#lanes.finished(lane);
    this.#backlog.finished(lane, this.#lanes.queuedOf(lane));
  }

  async #record(batch: readonly Completion[]): Promise<void> {
    const { pool, nodeId, log } = this.#services;
    const ids = new Set(await recordCompletions(pool, batch, nodeId, performance.now()));
    this.#recorded += ids.size;
    for (const { held, verdict, next } of batch) {
      if (!ids.has(held.id)) {
        this.#fenced += 1;
        log.warn({ delivery: held.id, verdict }, "an attempt was fenced off: its lease was gone");
      } else if (next.state === "exhausted") {
        log.warn({ delivery: held.id, lane: held.lane, verdict }, "a delivery is exhausted");
      }
      this.#forget(held);
      this.#waiters.settle(held.id);
    }
    this.#pump();
  }

  #giveBack(held: HeldDelivery, delayMs: number): void {
    this.#forget(held);
    const { profileId, id, leaseToken } = held;
    this.#releases.add({ profileId, id, leaseToken, delayMs });
  }

  #forget(held: HeldDelivery): void {
    this.#leases.remove(held);
  }

  /** Waits until nothing is on the wire, but not for ever. */
  async #landing(msMax: number): Promise<void> {
    if (this.#inFlight === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, msMax);
      this.#landed = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
