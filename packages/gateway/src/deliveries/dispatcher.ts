import type { Pool } from "pg";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import type { SendingPolicy } from "./attempt.ts";
import { type BreakerPolicy, defaultBreaker } from "./breaker.ts";
import type { Notes } from "./completion-store.ts";
import { Courier } from "./courier.ts";
import { retentionDaysDefault } from "./days.ts";
import type { HeldDelivery, PreparedDelivery } from "./delivery.ts";
import type { DeliveryNode } from "./enqueue.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import { OwnFaults } from "./own-faults.ts";
import { createPublicResolver, resolveLocally } from "./resolve.ts";
import { Sockets, type SocketsPolicy } from "./sockets.ts";
import { type DeliveryWatch, noWatch } from "./watch.ts";

export interface DispatcherOptions {
  /** Of its own, best: payments that wait for connections must not hold up renewals. */
  readonly pool: Pool;
  /** Unique to this process, also over restarts. */
  readonly nodeId: string;
  readonly clock: Clock;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
  /** Key and schedule of a profile; called for every attempt, so it should come from memory. */
  readonly policyOf: (profileId: number) => Promise<SendingPolicy>;
  /** How long finished deliveries are kept, in days; what is open is kept regardless. */
  readonly retentionDays?: number;
  readonly watch?: DeliveryWatch;
  readonly notes?: Notes;
  readonly random?: () => number;
  readonly limits?: Partial<Limits>;
  readonly breaker?: Partial<BreakerPolicy>;
  /** For tests: resolvers and authorities of their own. */
  readonly network?: Partial<Omit<SocketsPolicy, "connectMsMax" | "socketsMax">>;
}

/** What whoever commits deliveries needs: it hands them over and may wait for the first attempt. */
export interface Outbox {
  /** For `prepareDelivery`: who is to send what this process commits. */
  readonly node: DeliveryNode;
  /**
   * Takes deliveries whose transaction has committed, never before. Returns at once; what does not
   * fit into memory goes to the backlog.
   */
  handOver(prepared: readonly PreparedDelivery[]): void;
  /**
   * Waits for the first attempt of a delivery to be recorded, whatever it came to.
   *
   * @param timeoutMs at most this long
   */
  firstAttempt(
    delivery: Pick<HeldDelivery, "profileId" | "id">,
    timeoutMs: number,
  ): Promise<"settled" | "timeout">;
  /**
   * Sends nothing new. What is handed over from now on goes back; calling this again waits until
   * that is written.
   */
  stop(): Promise<void>;
}

/** Sends what has been enqueued, from memory when this node wrote it, else from the backlog. */
export interface Dispatcher extends Outbox {
  /** Begins to send, to renew leases, to sweep and to poll the backlog. */
  start(): void;
  /** Sends nothing new, finishes what is on the wire within a bound, gives all leases back. */
  stop(): Promise<void>;
  /** For metrics and tests. */
  counts(): DispatcherCounts;
}

export interface DispatcherCounts {
  /** Waiting in memory. */
  readonly queued: number;
  readonly inFlight: number;
  /** Leases held: queued, in flight, or not yet recorded. */
  readonly held: number;
  readonly heldBytes: number;
  /** Attempts made and not yet written. */
  readonly unrecorded: number;
  /** Lanes of the fleet whose breaker is not closed. */
  readonly resting: number;
  /** Since the start: attempts recorded, and attempts whose lease somebody else had by then. */
  readonly recorded: number;
  readonly fenced: number;
}

/**
 * @example
 * const dispatcher = createDispatcher({ pool, nodeId, clock: systemClock, log, policyOf });
 * dispatcher.start();
 * dispatcher.handOver(prepared); // after COMMIT
 * await dispatcher.firstAttempt(prepared[0], 2000);
 */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const limits: Limits = { ...defaultLimits, ...options.limits };
  const sockets = new Sockets({
    resolvePublic: createPublicResolver(),
    resolveLocal: resolveLocally,
    ...options.network,
    connectMsMax: limits.connectMsMax,
    socketsMax: limits.socketsMax,
  });
  return new Courier({
    pool: options.pool,
    nodeId: options.nodeId,
    log: options.log,
    limits,
    sockets,
    clock: options.clock,
    random: options.random ?? Math.random,
    policyOf: options.policyOf,
    attemptMsMax: limits.attemptMsMax,
    ownFaults: new OwnFaults({
      spacingMs: limits.ownFaultDelayMs,
      aloneMsMax: limits.overdueMsMax,
    }),
    breaker: { ...defaultBreaker, ...options.breaker },
    retentionDays: options.retentionDays ?? retentionDaysDefault,
    watch: options.watch ?? noWatch,
    notes: options.notes,
  });
}
