import type { Pool } from "pg";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import { Courier } from "./courier.ts";
import type { HeldDelivery, PreparedDelivery } from "./delivery.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import { createPublicResolver, resolveLocally } from "./resolve.ts";
import { defaultSchedule, type Schedule } from "./schedule.ts";
import { Sockets, type SocketsPolicy } from "./sockets.ts";

export interface DispatcherOptions {
  /** Of its own, best: payments that wait for connections must not hold up renewals. */
  readonly pool: Pool;
  /** Unique to this process, also over restarts. */
  readonly nodeId: string;
  readonly clock: Clock;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
  /** The server key of a profile; called for every attempt, so it should come from memory. */
  readonly keyOf: (profileId: number) => Promise<string>;
  readonly random?: () => number;
  readonly schedule?: Schedule;
  readonly limits?: Partial<Limits>;
  /** For tests: resolvers and authorities of their own. */
  readonly network?: Partial<Omit<SocketsPolicy, "connectMsMax">>;
}

/** Sends what has been enqueued, from memory when this node wrote it, else from the backlog. */
export interface Dispatcher {
  /** Begins to send, to renew leases, to sweep and to poll the backlog. */
  start(): void;
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
  /** Since the start: attempts recorded, and attempts whose lease somebody else had by then. */
  readonly recorded: number;
  readonly fenced: number;
}

/**
 * @example
 * const dispatcher = createDispatcher({ pool, nodeId, clock: systemClock, log, keyOf });
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
  });
  return new Courier({
    pool: options.pool,
    nodeId: options.nodeId,
    log: options.log,
    limits,
    sockets,
    clock: options.clock,
    random: options.random ?? Math.random,
    schedule: options.schedule ?? defaultSchedule,
    keyOf: options.keyOf,
    attemptMsMax: limits.attemptMsMax,
  });
}
