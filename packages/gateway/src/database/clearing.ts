import { setTimeout as wait } from "node:timers/promises";
import type { Pool } from "pg";
import type { Logger } from "pino";

interface ClearingServices {
  readonly pool: Pool;
  readonly log: Pick<Logger, "error">;
}

export interface Clearing {
  /** For the log: `expired cards`. */
  readonly what: string;
  /** Each deletes at most `batch` rows, and says how many it was. */
  readonly clear: readonly ((pool: Pool) => Promise<number>)[];
  readonly batch: number;
  readonly everyMs: number;
}

/**
 * A periodic job that deletes rows which are over, in batches until there are none. Any number of
 * nodes may run it.
 *
 * @returns a function that stops the job and resolves when the work in hand is done
 */
export function startClearing(services: ClearingServices, clearing: Clearing): () => Promise<void> {
  const stopping = new AbortController();
  const running = run(services, clearing, stopping.signal);
  return async () => {
    stopping.abort();
    await running;
  };
}

async function run(
  { pool, log }: ClearingServices,
  { what, clear, batch, everyMs }: Clearing,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const cleared: number[] = [];
    for (const act of clear) {
      const count = act(pool).catch((error: unknown) => {
        log.error({ err: error }, `${what} could not be deleted`);
        return 0;
      });
      cleared.push(await count);
    }
    if (cleared.includes(batch)) continue;
    await wait(everyMs, undefined, { signal }).catch(() => undefined);
  }
}
