import { setTimeout as wait } from "node:timers/promises";
import type { Pool } from "pg";
import type { Logger } from "pino";
import { clearedMax, clearExpired } from "./payment-tokens-store.ts";
import { forgetWalletTokens } from "./wallet-tokens-store.ts";

/** How often a node looks for cards that nobody came for, in ms. */
const lookEveryMs = 30_000;

interface ForgettingServices {
  readonly pool: Pool;
  readonly log: Pick<Logger, "error">;
}

/**
 * The periodic job that deletes cards whose token has run out, security codes with them, also where
 * no further form is sent; it forgets used tokens of wallets too. Any number of nodes may run it.
 *
 * @returns a function that stops the job and resolves when the work in hand is done
 */
export function startForgettingCards(services: ForgettingServices, everyMs = lookEveryMs) {
  const stopping = new AbortController();
  const running = run(services, everyMs, stopping.signal);
  return async (): Promise<void> => {
    stopping.abort();
    await running;
  };
}

async function run({ pool, log }: ForgettingServices, everyMs: number, signal: AbortSignal) {
  while (!signal.aborted) {
    const failed = (error: unknown) => {
      log.error({ err: error }, "expired cards of the managed form could not be deleted");
      return 0;
    };
    const cleared = [
      await clearExpired(pool).catch(failed),
      await forgetWalletTokens(pool).catch(failed),
    ];
    if (cleared.includes(clearedMax)) continue;
    await wait(everyMs, undefined, { signal }).catch(() => undefined);
  }
}
