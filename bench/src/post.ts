import { webhookHeaders } from "@wasl/gateway/src/deliveries/webhook-signature.ts";
import { Pool } from "undici";
import { type BenchDelivery, type Load, serverKey } from "./load.ts";

const attemptMsMax = 30_000;

/** What a Wasl node allows itself: so many connections to a merchant, and in all. */
const connectionsPerLane = 8;
const connectionsMax = 1024;

/** As many as a Wasl node has for this load: the comparison is of queues, not of politeness. */
export function connectionsFor({ lanes }: Load): number {
  return Math.min(lanes * connectionsPerLane, connectionsMax);
}

/**
 * How everybody except Wasl sends: signed as Wasl signs, by undici, over kept-alive connections;
 * whatever is not 2xx is an error, which makes the queue try again.
 */
export class Poster {
  readonly #pools = new Map<string, Pool>();
  /** Per origin. */
  readonly #connections: number;

  /** @param atOnce how many posts are under way at most */
  constructor(load: Load, atOnce = Number.POSITIVE_INFINITY) {
    const connections = Math.min(connectionsFor(load), atOnce);
    this.#connections = Math.ceil(connections / load.origins.length);
  }

  async post(delivery: BenchDelivery): Promise<void> {
    const { origin, pathname } = new URL(delivery.url);
    const body = Buffer.from(delivery.body, "utf8");
    const answer = await this.#pool(origin).request({
      method: "POST",
      path: pathname,
      body,
      headers: {
        "User-Agent": "Wasl/0.1.0 IPN/1.0",
        "Content-Type": delivery.contentType,
        "Accept-Encoding": "gzip",
        ...delivery.headers,
        ...webhookHeaders(delivery.id, body, serverKey, new Date()),
      },
    });
    await answer.body.dump();
    if (answer.statusCode < 200 || answer.statusCode > 299) {
      throw new Error(`the receiver answered ${answer.statusCode}`);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
  }

  #pool(origin: string): Pool {
    const known = this.#pools.get(origin);
    if (known) return known;
    const pool = new Pool(origin, {
      connections: this.#connections,
      allowH2: false,
      headersTimeout: attemptMsMax,
      bodyTimeout: attemptMsMax,
    });
    this.#pools.set(origin, pool);
    return pool;
  }
}
