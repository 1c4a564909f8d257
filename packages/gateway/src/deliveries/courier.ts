import type { Pool } from "pg";
import type { Logger } from "pino";
import { makeAttempt, type AttemptServices } from "./attempt.ts";
import { Backlog, claimable } from "./backlog.ts";
import { BatchWriter } from "./batch-writer.ts";
import { Bell } from "./bell.ts";
import type { BreakerPolicy, Weight } from "./breaker.ts";
import { type Notes, recordCompletions } from "./completion-store.ts";
import type { Completion, HeldDelivery, PreparedDelivery, Probe } from "./delivery.ts";
import type { Dispatcher, DispatcherCounts } from "./dispatcher.ts";
import { laneIdOf } from "./enqueue.ts";
import { askForAttempt } from "./herald.ts";
import { LaneHealth } from "./lane-health.ts";
import { LaneQueues } from "./lanes.ts";
import { Leases } from "./leases.ts";
import type { Limits } from "./limits.ts";
import { Loop } from "./loop.ts";
import { OnTheWire } from "./on-the-wire.ts";
import { recordedBy, type Release, releaseLeases } from "./queue-store.ts";
import { Upkeep } from "./upkeep.ts";
import { Waiters } from "./waiters.ts";
import type { DeliveryWatch, ReleaseReason } from "./watch.ts";

export interface CourierServices extends AttemptServices {
  readonly pool: Pool;
  readonly nodeId: string;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
  readonly limits: Limits;
  readonly breaker: BreakerPolicy;
  readonly retentionDays: number;
  readonly watch: DeliveryWatch;
  readonly notes: Notes | undefined;
}

/** Renewals come this many times in the life of a lease. */
const renewalsPerLease = 6;

/** Deliveries of resting lanes of which `firstAttempt` can say at once that none is to come. */
const parkedMax = 1000;

/** The dispatcher's inside: what is held, what is on the wire, what is to be written. */
export class Courier implements Dispatcher {
  readonly node: { readonly nodeId: string; readonly leaseMs: number };
  readonly #services: CourierServices;
  readonly #lanes: LaneQueues<HeldDelivery>;
  readonly #health: LaneHealth;
  readonly #leases: Leases;
  readonly #wire = new OnTheWire();
  readonly #waiters = new Waiters();
  readonly #parked = new Set<string>();
  readonly #writings = new Set<Promise<void>>();
  readonly #completions: BatchWriter<Completion>;
  readonly #releases: BatchWriter<Release>;
  readonly #backlog: Backlog;
  readonly #upkeep: Upkeep;
  readonly #bell: Bell;
  #loops: readonly Loop[] = [];
  #state: "created" | "running" | "stopping" | "cut" = "created";
  #stopped: Promise<void> | undefined;
  #recorded = 0;
  #fenced = 0;

  constructor(services: CourierServices) {
    const { pool, nodeId, log, limits, watch, breaker, random, sockets } = services;
    this.node = { nodeId, leaseMs: limits.leaseMs };
    this.#services = services;
    this.#lanes = new LaneQueues(limits, ({ lane }, inFlight) => sockets.hasRoom(lane, inFlight));
    const moved = watch.breakerMoved.bind(watch);
    this.#health = new LaneHealth({ pool, policy: breaker, random, moved });
    this.#leases = new Leases(limits.leaseMs);
    this.#completions = new BatchWriter(
      (batch, again) => this.#record(batch, again),
      (error, dropped) => {
        log.error({ err: error, delivery: dropped?.held.id }, "an attempt could not be recorded");
        if (dropped) this.#forget(dropped.held);
      },
      { gatherFromRows: 1, ended: () => this.#pump() },
    );
    this.#releases = new BatchWriter(
      (batch) => releaseLeases(pool, batch),
      (error) => log.warn({ err: error }, "leases could not be given back"),
      { gatherFromRows: 8 },
    );
    this.#backlog = new Backlog({
      pool,
      nodeId,
      log,
      limits,
      room: () => this.#room(),
      full: () => {
        const { queuedPerLaneMax, claimPerLaneMax, queuedPerProfileMax, claimRowsMax } = limits;
        return {
          fullLanes: this.#lanes.lanesAbove(queuedPerLaneMax - claimPerLaneMax).map(laneIdOf),
          fullProfiles: this.#lanes.profilesAbove(
            Math.min(queuedPerProfileMax - claimRowsMax, claimable(this.#room(), limits) / 4),
          ),
        };
      },
      probes: () => this.#probeRoom(),
      accept: (held) => this.#acceptClaimed(held),
    });
    const kick = () => this.#backlog.kick();
    this.#upkeep = new Upkeep({ ...services, kick });
    const lanes = () => this.#loops[1]?.kick();
    this.#bell = new Bell({ pool, log, checkMs: limits.bellMs, due: kick, lanes });
  }

  start(): void {
    if (this.#state !== "created") return;
    this.#state = "running";
    const { pool, log, limits } = this.#services;
    this.#loops = [
      new Loop(
        async () => {
          await this.#leases.renew(pool);
          return limits.leaseMs / renewalsPerLease;
        },
        (error) => log.warn({ err: error }, "leases could not be renewed"),
      ),
      new Loop(
        () => this.#refreshHealth(),
        (error) => log.warn({ err: error }, "which lanes rest could not be read"),
      ),
    ];
    this.#backlog.start();
    this.#upkeep.start();
    this.#bell.start();
    this.#pump();
  }

  handOver(prepared: readonly PreparedDelivery[]): void {
    const committedMs = performance.now();
    for (const delivery of prepared) this.#accept({ ...delivery, committedMs });
  }

  firstAttempt(
    delivery: Pick<HeldDelivery, "profileId" | "id">,
    timeoutMs: number,
  ): Promise<"settled" | "timeout"> {
    if (this.#parked.has(delivery.id)) return Promise.resolve("settled");
    if (this.#leases.has(delivery.id)) return this.#waiters.wait(delivery.id, timeoutMs);
    return askForAttempt(this.#services, delivery, timeoutMs);
  }

  async stop(): Promise<void> {
    await (this.#stopped ??= this.#stop());
    // What was handed over since, by a payment that was under way, is given back by now.
    await this.#written();
  }

  async #stop(): Promise<void> {
    this.#state = "stopping";
    const { sockets, limits } = this.#services;
    for (const held of this.#lanes.clear()) this.#giveBack(held, "stopping");
    await Promise.all([this.#bell.stop(), this.#upkeep.stop(), this.#backlog.stop()]);
    await this.#wire.landing(limits.stopMsMax);
    // Whatever is still on the wire may or may not have arrived: it is given back, to be repeated.
    this.#state = "cut";
    await sockets.close();
    await this.#wire.landing(limits.stopMsMax);
    await this.#written();
    await Promise.all(this.#loops.map((loop) => loop.stop()));
  }

  /** Waits until everything is written that there is to write, but not for ever. */
  async #written(): Promise<void> {
    const abandon = (): void => {
      this.#completions.abandon();
      this.#releases.abandon();
    };
    const hurry = setTimeout(abandon, this.#services.limits.stopMsMax);
    await Promise.all(this.#writings);
    await this.#completions.drained();
    await this.#releases.drained();
    clearTimeout(hurry);
    // A lease handed in later that cannot be given back runs out.
    abandon();
  }

  counts(): DispatcherCounts {
    return {
      queued: this.#lanes.queued,
      inFlight: this.#wire.all,
      held: this.#leases.size,
      heldBytes: this.#leases.bytes,
      unrecorded: this.#completions.unwritten,
      resting: this.#health.restingCount,
      recorded: this.#recorded,
      fenced: this.#fenced,
    };
  }

  /** A claim has just read the lane's row: what it brings may be sent. */
  #acceptClaimed(held: HeldDelivery): void {
    const { watch, limits } = this.#services;
    if (held.probe) watch.breakerMoved("half_open");
    else this.#health.heardClosed(held.laneId, held.leaseEndsMs - limits.leaseMs);
    this.#accept(held);
  }

  #accept(held: HeldDelivery): void {
    if (this.#state === "stopping" || this.#state === "cut") {
      this.#giveBack(held, "stopping");
    } else if (!held.probe && this.#health.rests(held)) {
      this.#park(held);
    } else if (held.probe) {
      this.#acceptProbe(held);
    } else if (this.#room() <= 0 || !this.#lanes.offer(held)) {
      this.#giveBack(held, "full");
    } else {
      this.#leases.add(held);
      this.#pump();
    }
  }

  /** It waits for no turn: what hangs since before its lane opened would use up its time. */
  #acceptProbe(held: HeldDelivery): void {
    for (const waiting of this.#lanes.empty(held.lane)) this.#park(waiting);
    if (this.#room() <= 0 || this.#probeRoom() <= 0) {
      this.#giveBack(held, "full");
    } else {
      this.#leases.add(held);
      this.#begin(held);
    }
  }

  /** How many more deliveries may be held. */
  #room(): number {
    const { heldMax, heldBytesMax } = this.#services.limits;
    return this.#leases.bytes >= heldBytesMax ? 0 : heldMax - this.#leases.size;
  }

  #mayBegin(): boolean {
    const { inFlightMax, unrecordedMax } = this.#services.limits;
    return (
      this.#state === "running" &&
      this.#wire.ordinary < inFlightMax &&
      this.#completions.unwritten < unrecordedMax
    );
  }

  /** How many more probes may be begun. */
  #probeRoom(): number {
    const { probesMax, unrecordedMax } = this.#services.limits;
    const unwritten = Math.max(0, this.#completions.unwritten - unrecordedMax);
    return this.#state === "running" ? Math.max(0, probesMax - this.#wire.probes - unwritten) : 0;
  }

  #pump(): void {
    while (this.#mayBegin()) {
      const held = this.#lanes.take();
      if (!held) return;
      this.#begin(held);
    }
  }

  #begin(held: HeldDelivery): void {
    if (this.#leases.isValid(held)) {
      void this.#attempt(held);
    } else {
      // Somebody else may be sending it by now; if not, the sweep will find it.
      this.#services.log.info({ delivery: held.id }, "a lease ran out before its turn");
      this.#forget(held);
      this.#finished(held, false);
    }
  }

  /** Never rejects. */
  async #attempt(held: HeldDelivery): Promise<void> {
    const { log, watch } = this.#services;
    this.#wire.began(held);
    let alive = false;
    try {
      const completion = await makeAttempt(held, this.#services);
      const cut = this.#state === "cut" && completion.next.state !== "delivered";
      if (cut) {
        this.#giveBack(held, "cut");
      } else {
        watch.attempted(completion);
        this.#completions.add(completion);
        alive = completion.weight === "alive";
        this.#weigh(completion);
      }
    } catch (error) {
      log.error({ err: error, delivery: held.id }, "a delivery could not be tried");
      this.#giveBack(held, "own_fault");
    }
    this.#finished(held, alive);
    this.#wire.ended(held);
    this.#pump();
  }

  /** What an attempt says about its lane. */
  #weigh({ held, weight }: Completion): void {
    if (held.probe) this.#endProbe(held, held.probe, weight);
    else if (this.#health.note(held, weight).opens) this.#track(this.#rest(held));
  }

  #endProbe(held: HeldDelivery, { openings }: Probe, weight: Weight | "unmade"): void {
    // By the end of its lease another probe may be under way, and this one knows nothing of it.
    if (!this.#leases.isValid(held)) return;
    const { log } = this.#services;
    // Only one that was made leaves a place free.
    const kick = weight === "unmade" ? () => undefined : () => this.#backlog.kick();
    this.#track(
      this.#health
        .endProbe(held, openings, weight)
        .then(kick, (error: unknown) =>
          log.warn({ err: error, lane: held.lane }, "the end of a probe could not be written"),
        ),
    );
  }

  /** What is being written about lanes; `stop` waits for it. */
  #track(writing: Promise<void>): void {
    this.#writings.add(writing);
    void writing.finally(() => this.#writings.delete(writing));
  }

  /** Opens a lane; what waits of it goes to the backlog once that is written. Never rejects. */
  async #rest(held: HeldDelivery): Promise<void> {
    const { log } = this.#services;
    const waiting = this.#lanes.empty(held.lane);
    try {
      await this.#health.open(held);
      log.warn({ lane: held.lane }, "a lane rests: its server fails too often");
    } catch (error) {
      log.warn({ err: error, lane: held.lane }, "that a lane rests could not be written");
    }
    for (const delivery of waiting) this.#park(delivery);
  }

  /** Reads which lanes rest, and lets go of what waits of them. */
  async #refreshHealth(): Promise<number> {
    for (const lane of await this.#health.refresh()) this.#lanes.slowDown(lane);
    for (const first of this.#lanes.firstOfEach()) {
      if (!this.#health.rests(first)) continue;
      for (const held of this.#lanes.empty(first.lane)) this.#park(held);
    }
    for (const held of this.#lanes.shedStalled(performance.now())) this.#giveBack(held, "full");
    return this.#services.limits.healthMs;
  }

  #park(held: HeldDelivery): void {
    this.#parked.add(held.id);
    const [oldest] = this.#parked;
    if (this.#parked.size > parkedMax && oldest !== undefined) this.#parked.delete(oldest);
    this.#giveBack(held, "resting");
  }

  #finished({ lane, probe }: HeldDelivery, alive: boolean): void {
    if (probe) return;
    this.#lanes.finished(lane, alive);
    this.#backlog.finished(lane, this.#lanes.queuedOf(lane));
  }

  /** @param again the batch may be written already, and nobody heard of it */
  async #record(batch: readonly Completion[], again: boolean): Promise<void> {
    const { pool, nodeId, log, watch, notes } = this.#services;
    const how = { nodeId, nowMs: performance.now(), note: notes?.exhausted };
    const ids = new Set(await recordCompletions(pool, batch, how));
    const rest = again ? batch.map(({ held }) => held).filter(({ id }) => !ids.has(id)) : [];
    if (rest.length > 0) for (const id of await recordedBy(pool, nodeId, rest)) ids.add(id);
    this.#recorded += ids.size;
    for (const completion of batch) {
      const { held, verdict, next } = completion;
      if (!ids.has(held.id)) {
        this.#fenced += 1;
        watch.fenced(held);
        log.warn({ delivery: held.id, verdict }, "an attempt was fenced off: its lease was gone");
      } else {
        watch.recorded(completion);
        if (next.state === "exhausted") {
          log.warn({ delivery: held.id, lane: held.lane, verdict }, "a delivery is exhausted");
        }
      }
      this.#forget(held);
      this.#waiters.settle(held.id);
    }
  }

  #giveBack(held: HeldDelivery, reason: ReleaseReason): void {
    const { watch, limits } = this.#services;
    watch.released(reason);
    if (held.probe) this.#endProbe(held, held.probe, reason === "full" ? "unmade" : "nothing");
    this.#forget(held);
    this.#waiters.settle(held.id);
    const { profileId, id, leaseToken, lane } = held;
    const delayMs = reason === "own_fault" ? limits.ownFaultDelayMs : 0;
    this.#releases.add({ profileId, id, leaseToken, lane, delayMs });
  }

  #forget(held: HeldDelivery): void {
    this.#leases.remove(held);
  }
}
