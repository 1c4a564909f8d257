import { Client } from "undici";
import { type ConnectPolicy, type ConnectRecord, guardedConnector } from "./connector.ts";
import type { Resolve } from "./resolve.ts";

export interface SocketsPolicy extends Omit<ConnectPolicy, "allowPrivate" | "resolve"> {
  readonly resolvePublic: Resolve;
  /** For deliveries that may go to private networks. */
  readonly resolveLocal: Resolve;
  /** Connections at most, idle ones included: above it the one unused for longest is closed. */
  readonly socketsMax: number;
}

/** One connection's worth of HTTP client, and what its latest connection came to. */
export interface Slot {
  readonly key: string;
  readonly client: Client;
  readonly connection: ConnectRecord;
}

/** From this share of all connections on, lanes make do with those they have. */
const crowdedShare = 1 / 2;

/** Shorter than the five seconds after which Node and others hang up, so that we rarely race. */
const keepAliveMs = 4000;

/** A server may ask for a longer keep-alive, but not for longer than this. */
const keepAliveMsMax = 30_000;

const headBytesMax = 16_384;

/**
 * The kept-alive connections of a node. Each lane has its own, never shared, so that one merchant's
 * hanging connections are nobody else's (delivery.md, 3.D). One undici `Client` stands for one
 * connection, which makes what was dialled and timed known to the attempt that used it. How many
 * are open at once is bounded by the attempts in flight plus the idle ones.
 */
export class Sockets {
  readonly #policy: SocketsPolicy;
  /** Idle slots, the one unused for longest first. */
  readonly #idle = new Set<Slot>();
  readonly #idleOfKey = new Map<string, Slot[]>();
  /** Slots of each key, idle and busy. */
  readonly #countOfKey = new Map<string, number>();
  readonly #busy = new Set<Slot>();
  #closed = false;

  constructor(policy: SocketsPolicy) {
    this.#policy = policy;
  }

  /**
   * Whether a lane that has so many attempts on the wire may have one more: it has a connection for
   * it, or there are so few in all that lanes which have none yet will find room.
   */
  hasRoom(lane: string, allowPrivate: boolean, inFlight: number): boolean {
    const crowded = this.#idle.size + this.#busy.size >= this.#policy.socketsMax * crowdedShare;
    return !crowded || (this.#countOfKey.get(keyOf(lane, allowPrivate)) ?? 0) > inFlight;
  }

  /** A slot for this lane and policy, kept alive if one is idle; give it back by `release`. */
  acquire(lane: string, origin: string, allowPrivate: boolean): Slot {
    const key = keyOf(lane, allowPrivate);
    const slot = this.#takeIdle(key) ?? this.#create(key, origin, allowPrivate);
    this.#busy.add(slot);
    return slot;
  }

  /** A slot in place of one that turned out to be dead: surely over a new connection. */
  replace(dead: Slot, origin: string, allowPrivate: boolean): Slot {
    this.discard(dead);
    const slot = this.#create(dead.key, origin, allowPrivate);
    this.#busy.add(slot);
    return slot;
  }

  release(slot: Slot): void {
    this.#busy.delete(slot);
    if (slot.client.destroyed) {
      this.#count(slot.key, -1);
      return;
    }
    this.#idle.add(slot);
    const ofKey = this.#idleOfKey.get(slot.key);
    if (ofKey) ofKey.push(slot);
    else this.#idleOfKey.set(slot.key, [slot]);
  }

  /** Ends a slot whose connection is in an unknown state. */
  discard(slot: Slot): void {
    this.#busy.delete(slot);
    this.#count(slot.key, -1);
    slot.client.destroy().catch(() => undefined);
  }

  /** Cuts every connection; attempts still on the wire end as failures. */
  async close(): Promise<void> {
    this.#closed = true;
    const all = [...this.#idle, ...this.#busy];
    this.#idle.clear();
    this.#idleOfKey.clear();
    await Promise.all(all.map((slot) => slot.client.destroy().catch(() => undefined)));
  }

  #takeIdle(key: string): Slot | undefined {
    const ofKey = this.#idleOfKey.get(key);
    // The latest used is the likeliest to be alive still, and lets the others time out.
    const slot = ofKey?.pop();
    if (ofKey?.length === 0) this.#idleOfKey.delete(key);
    if (slot) this.#idle.delete(slot);
    return slot;
  }

  #count(key: string, change: 1 | -1): void {
    const count = (this.#countOfKey.get(key) ?? 0) + change;
    if (count > 0) this.#countOfKey.set(key, count);
    else this.#countOfKey.delete(key);
  }

  #isFull(): boolean {
    return this.#idle.size + this.#busy.size >= this.#policy.socketsMax;
  }

  #closeOldest(): void {
    const [oldest] = this.#idle;
    if (!oldest) return;
    this.#idle.delete(oldest);
    this.#count(oldest.key, -1);
    const ofKey = this.#idleOfKey.get(oldest.key)?.filter((slot) => slot !== oldest) ?? [];
    if (ofKey.length === 0) this.#idleOfKey.delete(oldest.key);
    else this.#idleOfKey.set(oldest.key, ofKey);
    oldest.client.destroy().catch(() => undefined);
  }

  #create(key: string, origin: string, allowPrivate: boolean): Slot {
    if (this.#isFull()) this.#closeOldest();
    this.#count(key, 1);
    const connection: ConnectRecord = { count: 0 };
    const { resolvePublic, resolveLocal, ...policy } = this.#policy;
    const resolve = allowPrivate ? resolveLocal : resolvePublic;
    const client = new Client(origin, {
      connect: guardedConnector({ ...policy, allowPrivate, resolve }, connection),
      allowH2: false,
      pipelining: 1,
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: keepAliveMsMax,
      maxHeaderSize: headBytesMax,
      // The sender has one limit for everything; undici's own are coarse and would only add timers.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    // An attempt that was about to begin finds its client ended, as the others do.
    if (this.#closed) client.destroy().catch(() => undefined);
    return { key, client, connection };
  }
}

/** A connection made under the looser policy must not serve the stricter one. */
function keyOf(lane: string, allowPrivate: boolean): string {
  return `${allowPrivate ? "relaxed" : "public"} ${lane}`;
}
