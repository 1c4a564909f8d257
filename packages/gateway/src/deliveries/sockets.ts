import { Client } from "undici";
import { type ConnectPolicy, type ConnectRecord, guardedConnector } from "./connector.ts";
import { EgressProxy } from "./egress-proxy.ts";
import type { Resolve } from "./resolve.ts";

export interface SocketsPolicy extends Omit<ConnectPolicy, "allowPrivate" | "resolve" | "proxy"> {
  readonly resolvePublic: Resolve;
  /** For deliveries that may go to private networks. */
  readonly resolveLocal: Resolve;
  /** Connections at most, idle ones included: above it the one unused for longest is closed. */
  readonly socketsMax: number;
  /** All deliveries leave through this proxy; see egress-proxy.ts for what it must do. */
  readonly egressProxy?: URL | undefined;
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

/** The first may end just before it is used; a second one that does so is no accident. */
const connectionsPerExchangeMax = 2;

/**
 * The kept-alive connections of a node. Each lane has its own, never shared, so that one merchant's
 * hanging connections are nobody else's (delivery.md, 3.D). One undici `Client` stands for one
 * connection, which makes what was dialled and timed known to the attempt that used it. How many
 * are open at once is bounded by the attempts in flight plus the idle ones.
 */
export class Sockets {
  readonly #policy: SocketsPolicy;
  readonly #proxy: EgressProxy | undefined;
  /** Idle slots, the one unused for longest first. */
  readonly #idle = new Set<Slot>();
  readonly #idleOfKey = new Map<string, Slot[]>();
  /** Slots of each key, idle and busy. */
  readonly #countOfKey = new Map<string, number>();
  readonly #busy = new Set<Slot>();
  #closed = false;

  constructor(policy: SocketsPolicy) {
    this.#policy = policy;
    this.#proxy = policy.egressProxy && new EgressProxy(policy.egressProxy, policy);
  }

  /**
   * Whether a lane that has so many attempts on the wire may have one more: it has a connection for
   * it, or there are so few in all that lanes which have none yet will find room.
   */
  hasRoom(lane: string, inFlight: number): boolean {
    const crowded = this.#idle.size + this.#busy.size >= this.#policy.socketsMax * crowdedShare;
    return !crowded || this.#countOf(lane) > inFlight;
  }

  /** A slot for this lane and policy, kept alive if one is idle; give it back by `release`. */
  acquire(lane: string, origin: string, allowPrivate: boolean): Slot {
    const key = keyOf(lane, allowPrivate);
    const slot = this.#takeIdle(key) ?? this.#create(key, origin, allowPrivate);
    this.#busy.add(slot);
    slot.connection.countMax = slot.connection.count + connectionsPerExchangeMax;
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
    // The server may have closed the connection with its answer.
    if (slot.client.destroyed || slot.connection.socket?.destroyed !== false) {
      this.discard(slot);
      return;
    }
    this.#busy.delete(slot);
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

  /**
   * Whether silence or a cut connection can be held against the server: what lies between, if
   * anything, is at work.
   */
  async isPathAlive(): Promise<boolean> {
    return this.#proxy === undefined || (await this.#proxy.isAlive());
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

  /** Under either policy: which one a delivery goes under is known when it is sent. */
  #countOf(lane: string): number {
    const counts = [true, false].map((relaxed) => this.#countOfKey.get(keyOf(lane, relaxed)) ?? 0);
    return counts.reduce((sum, count) => sum + count);
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
    if (oldest) this.#dropIdle(oldest);
  }

  #dropIdle(slot: Slot): void {
    if (!this.#idle.delete(slot)) return;
    const ofKey = this.#idleOfKey.get(slot.key)?.filter((other) => other !== slot) ?? [];
    if (ofKey.length === 0) this.#idleOfKey.delete(slot.key);
    else this.#idleOfKey.set(slot.key, ofKey);
    this.discard(slot);
  }

  #create(key: string, origin: string, allowPrivate: boolean): Slot {
    if (this.#isFull()) this.#closeOldest();
    this.#count(key, 1);
    const connection: ConnectRecord = { count: 0, countMax: connectionsPerExchangeMax };
    const { resolvePublic, resolveLocal, connectMsMax, ca } = this.#policy;
    const connect = guardedConnector(
      {
        allowPrivate,
        resolve: allowPrivate ? resolveLocal : resolvePublic,
        connectMsMax,
        ...(ca && { ca }),
        proxy: this.#proxy,
      },
      connection,
    );
    const client = new Client(origin, {
      connect,
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
    const slot = { key, client, connection };
    // An idle connection that has ended is none: the place is free again.
    client.on("disconnect", () => this.#dropIdle(slot));
    return slot;
  }
}

/** A connection made under the looser policy must not serve the stricter one. */
function keyOf(lane: string, allowPrivate: boolean): string {
  return `${allowPrivate ? "relaxed" : "public"} ${lane}`;
}
