import { type Database, renewLeases } from "./queue-store.ts";
import type { HeldDelivery } from "./delivery.ts";

interface Lease {
  readonly held: HeldDelivery;
  /** Monotonic clock (ms). */
  endsMs: number;
}

/** Renewed when this share of the lease is left, so that two renewals may fail in between. */
const renewAtShare = 2 / 3;

/** One statement renews at most this many. */
const renewalRowsMax = 1000;

/**
 * The leases a node holds. It reckons by its own monotonic clock, counted from before the statement
 * that set the lease, so that it gives up a lease before the database does, never after.
 */
export class Leases {
  readonly #leaseMs: number;
  readonly #leases = new Map<string, Lease>();
  #bytes = 0;

  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs;
  }

  get size(): number {
    return this.#leases.size;
  }

  /** Bytes of the bodies held. */
  get bytes(): number {
    return this.#bytes;
  }

  add(held: HeldDelivery): void {
    // A node that stood still may claim anew what it is still sending under a lease long gone.
    this.#forget(held.id);
    this.#leases.set(held.id, { held, endsMs: held.leaseEndsMs });
    this.#bytes += held.body.length;
  }

  remove(held: HeldDelivery): void {
    if (this.#leases.get(held.id)?.held === held) this.#forget(held.id);
  }

  #forget(id: string): void {
    const lease = this.#leases.get(id);
    if (lease) this.#bytes -= lease.held.body.length;
    this.#leases.delete(id);
  }

  has(id: string): boolean {
    return this.#leases.has(id);
  }

  /** Whether nobody else can have taken the row by now. */
  isValid(held: HeldDelivery): boolean {
    const lease = this.#leases.get(held.id);
    const endsMs = lease?.held === held ? lease.endsMs : held.leaseEndsMs;
    return endsMs > performance.now();
  }

  /** Renews what is about to need it. A lease that cannot be renewed runs out by itself. */
  async renew(database: Database): Promise<void> {
    const startedMs = performance.now();
    const ageing = [...this.#leases.values()].filter(
      ({ endsMs }) => endsMs - startedMs < this.#leaseMs * renewAtShare,
    );
    for (let at = 0; at < ageing.length; at += renewalRowsMax) {
      const batch = ageing.slice(at, at + renewalRowsMax).map(({ held }) => held);
      const beganMs = performance.now();
      for (const id of await renewLeases(database, batch, this.#leaseMs)) {
        const lease = this.#leases.get(id);
        if (lease) lease.endsMs = beganMs + this.#leaseMs;
      }
    }
  }
}
