import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import type { Pool, PoolClient } from "pg";
import type { Logger } from "pino";
import { channel } from "./lanes-store.ts";
import { Loop } from "./loop.ts";

export interface BellServices {
  readonly pool: Pool;
  readonly log: Pick<Logger, "info">;
  /** The connection is asked for a sign of life this often: one can die without a word. */
  readonly checkMs: number;
  /** Deliveries are due that another process wrote. */
  readonly due: () => void;
  /** A breaker has moved somewhere in the fleet. */
  readonly lanes: () => void;
}

/**
 * Hears the fleet's notifications over a connection of its own, and has everything looked at once
 * it listens. They only shorten waits: where a pooler does not pass them on, polling finds the same.
 */
export class Bell {
  readonly #services: BellServices;
  #loop: Loop | undefined;
  #hangUp: (() => void) | undefined;
  #stopped = false;

  constructor(services: BellServices) {
    this.#services = services;
  }

  start(): void {
    const { log } = this.#services;
    this.#loop = new Loop(
      () => this.#listen(),
      (error) => log.info({ err: error }, "notifications cannot be heard for now"),
    );
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#hangUp?.();
    await this.#loop?.stop();
  }

  /** Listens until the connection ends. */
  async #listen(): Promise<number> {
    if (this.#stopped) return 0;
    const { pool, due, lanes, checkMs } = this.#services;
    const client = await pool.connect();
    const ended = once(client, "end");
    // Nobody may be waiting any more, or yet, when it ends with an error.
    ended.catch(() => undefined);
    const asked = new Promise<void>((resolve) => {
      this.#hangUp = resolve;
    });
    const over = new AbortController();
    client.on("notification", ({ payload }) => (payload === "lanes" ? lanes() : due()));
    try {
      await client.query(`listen ${channel}`);
      // What was said until now nobody heard.
      due();
      lanes();
      if (this.#stopped) return 0;
      await Promise.race([ended, asked, failsWhenDead(client, checkMs, over.signal)]);
    } finally {
      over.abort();
      this.#hangUp = undefined;
      // Not back to the pool: it would go on listening.
      client.release(true);
    }
    return 0;
  }
}

/** Asks for signs of life, one after the other, and rejects when there is none. */
async function failsWhenDead(client: PoolClient, everyMs: number, signal: AbortSignal) {
  for (;;) {
    await wait(everyMs, undefined, { signal });
    await client.query("select");
  }
}
