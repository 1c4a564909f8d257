import { monotonicMs } from "./clock.ts";
import {
  createDeliveryPool,
  createEngine,
  createHerald,
  type Dispatcher,
  type Outbox,
  type PreparedDelivery,
} from "./engine.ts";
import { type Merchants, Payments } from "./payments.ts";
import { seededRandom } from "./stats.ts";
import { type Arrivals, arrivalTimes, openLoop } from "./traffic.ts";

export interface NodeOptions {
  readonly url: string;
  readonly role: "all" | "api" | "worker";
  /** The first of the payments that are this node's own. */
  readonly firstPayment: number;
}

export interface Traffic extends Arrivals {
  readonly healthy: Merchants;
  /** Merchants whose servers hang, and their share of the traffic. */
  readonly dead?: { readonly merchants: Merchants; readonly share: number };
}

/** One payment or one bare POST; times are the machine's, in ms. */
export interface Sent {
  /** Its `webhook-id`. */
  readonly id: string;
  readonly plannedMs: number;
  /** When the commit had returned, or the POST was begun. */
  readonly committedMs: number;
  readonly dead: boolean;
}

export interface ClosedLoop {
  readonly merchants: Merchants;
  readonly atOnce: number;
  readonly seconds: number;
}

/** How long a first attempt is waited for in a closed loop, in ms. */
const attemptMsMax = 30_000;

/** A node of the gateway as far as deliveries go: by its role it commits, sends, or both. */
export class PayingNode {
  readonly #engine: Dispatcher | undefined;
  readonly #outbox: Outbox;
  readonly #payments: Payments;
  readonly #closePool: () => Promise<void>;

  constructor({ url, role, firstPayment }: NodeOptions) {
    const pool = createDeliveryPool(url);
    this.#engine = role === "api" ? undefined : createEngine(pool);
    this.#outbox = this.#engine ?? createHerald(pool);
    this.#payments = new Payments(url, this.#outbox.node, firstPayment);
    this.#closePool = () => pool.end();
    this.#engine?.start();
  }

  /** Payments with a callback each, as they come. */
  pay(traffic: Traffic): Promise<Sent[]> {
    const random = seededRandom(traffic.seed + 1);
    return openLoop(arrivalTimes(traffic), async (plannedMs) => {
      const { healthy, dead } = traffic;
      const isDead = dead !== undefined && random() < dead.share;
      const { delivery, committedMs } = await this.#pay(isDead ? dead.merchants : healthy, random);
      return { id: delivery.id, plannedMs, committedMs, dead: isDead };
    });
  }

  /** Payments without a callback; returns how long each took from the time it was planned for. */
  payPlainly(arrivals: Arrivals): Promise<number[]> {
    return openLoop(arrivalTimes(arrivals), async (plannedMs) => {
      await this.#payments.completePlainly();
      return monotonicMs() - plannedMs;
    });
  }

  /** So many payments at a time, each until its callback is made; returns how many per second. */
  async payInTurn({ merchants, atOnce, seconds }: ClosedLoop): Promise<number> {
    const random = seededRandom(1);
    const startMs = performance.now();
    let paid = 0;
    const shopper = async (): Promise<void> => {
      while (performance.now() < startMs + seconds * 1000) {
        const { delivery } = await this.#pay(merchants, random);
        await this.#outbox.firstAttempt(delivery, attemptMsMax);
        paid += 1;
      }
    };
    await Promise.all(Array.from({ length: atOnce }, shopper));
    return (paid / (performance.now() - startMs)) * 1000;
  }

  async close(): Promise<void> {
    await this.#outbox.stop();
    await this.#payments.close();
    await this.#closePool();
  }

  async #pay(
    merchants: Merchants,
    random: () => number,
  ): Promise<{ delivery: PreparedDelivery; committedMs: number }> {
    const delivery = this.#payments.prepare(merchants, Math.floor(random() * merchants.lanes));
    await this.#payments.complete(delivery);
    const committedMs = monotonicMs();
    this.#outbox.handOver([delivery]);
    return { delivery, committedMs };
  }
}
