import type { Weight } from "./breaker.ts";
import type { VerdictCode } from "./verdicts.ts";

export type DeliveryPurpose = "callback" | "ipn";

/**
 * `leased`: a node holds it, in memory or on the wire. `pending`: it waits in the backlog for
 * `due_at`. `delivered`: a 2xx came back. `exhausted`: nothing more will be tried by itself. The
 * first two have a row in `delivery_queue`, the others none.
 */
export type DeliveryState = "leased" | "pending" | "delivered" | "exhausted";

/** What an attempt needs, and the lease that allows it. */
export interface HeldDelivery {
  readonly profileId: number;
  /** UUID version 7; also `webhook-id`, the same at every attempt. */
  readonly id: string;
  /** `45001 https://shop.example:443` */
  readonly lane: string;
  /** Stands for the lane in indexes; see `laneIdOf`. */
  readonly laneId: string;
  readonly url: string;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly allowPrivate: boolean;
  /** Attempts already recorded; the next one has this number plus one. */
  readonly attemptCount: number;
  /** Of these, the ones before the latest redelivery: the schedule does not count them. */
  readonly earlierAttempts: number;
  /** Set when this is the one attempt that may ask a resting lane whether it is back. */
  readonly probe?: Probe;
  /** Every write about a held delivery names it, so that a node that lost its lease writes nothing. */
  readonly leaseToken: string;
  /** A reading of this process's monotonic clock (ms): after it, others may hold the row. */
  readonly leaseEndsMs: number;
  /** The same clock's reading when the commit had returned, if this process made it. */
  readonly committedMs?: number;
}

export interface Probe {
  /** How often the lane has opened in a row. */
  readonly openings: number;
}

/** A delivery ready to be written, and to be handed over once the transaction has committed. */
export interface PreparedDelivery extends HeldDelivery {
  readonly subject: string;
  readonly purpose: DeliveryPurpose;
  /** The node that will send it, unless another process is to: then it is born pending. */
  readonly nodeId: string | undefined;
  /** How long the row's lease is to last; the database adds it to its own clock. */
  readonly leaseMs: number;
}

/**
 * How long a lease lasts without renewal. What a dead node leaves behind waits this long, and with
 * the sweep and the poll after it stays below the 20 s of delivery.md 7.5.
 */
export const leaseMs = 15_000;

export interface AttemptTimings {
  /** Milliseconds; absent where the phase was not reached, or a kept-alive connection was used. */
  readonly dnsMs?: number;
  readonly connectMs?: number;
  readonly tlsMs?: number;
  /** From the start of the attempt to the first byte of the answer. */
  readonly firstByteMs?: number;
  readonly totalMs: number;
}

/** What one attempt came to, before anybody judges it. */
export interface AttemptReport {
  readonly timings: AttemptTimings;
  /** The address dialled, absent when none was. */
  readonly address?: string;
  readonly httpStatus?: number;
  /** Lower-case names; only those kept in the attempt's row. */
  readonly answerHeaders: Readonly<Record<string, string>>;
  /** The first KiB of the answer, unpacked if it came packed. */
  readonly answer: Buffer;
}

/** What a delivery's row becomes after an attempt. */
export type NextStep =
  | { readonly state: "delivered" }
  | { readonly state: "pending"; readonly delayMs: number }
  | { readonly state: "exhausted" };

/** An attempt's end, to be written together with the delivery's next state. */
export interface Completion {
  readonly held: HeldDelivery;
  readonly report: AttemptReport;
  readonly verdict: VerdictCode;
  readonly detail: string;
  /** What it says about the server, for its lane's breaker. */
  readonly weight: Weight;
  readonly next: NextStep;
  /** Monotonic clock (ms) at the start; the row's time is counted back from the database's now. */
  readonly startedMs: number;
}

/** One attempt as the timeline reads it. */
export interface AttemptRecord {
  readonly number: number;
  readonly startedAt: Date;
  readonly timings: AttemptTimings;
  readonly address: string | undefined;
  readonly httpStatus: number | undefined;
  readonly verdict: VerdictCode;
  readonly detail: string;
  readonly answerHeaders: Readonly<Record<string, string>>;
  readonly answer: Buffer;
}

/** One delivery as the timeline reads it. */
export interface DeliveryRecord {
  readonly id: string;
  readonly purpose: DeliveryPurpose;
  readonly url: string;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly state: DeliveryState;
  readonly createdAt: Date;
  /** When the next attempt may be made; says nothing once the delivery is settled. */
  readonly dueAt: Date;
  readonly settledAt: Date | undefined;
  /** It is open and its lane rests: nothing of it is sent before this, but one probe. */
  readonly restsUntil: Date | undefined;
  readonly attempts: readonly AttemptRecord[];
}
