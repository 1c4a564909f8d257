import type { Pool } from "pg";
import type { Logger } from "pino";
import { startClearing } from "../database/clearing.ts";
import { clearedMax, clearExpired } from "./payment-tokens-store.ts";
import { forgetWalletTokens } from "./wallet-tokens-store.ts";

/** How often a node looks for cards that nobody came for, in ms. */
const lookEveryMs = 30_000;

/**
 * The periodic job that deletes cards whose token has run out, security codes with them, also where
 * no further form is sent; it forgets used tokens of wallets too. Any number of nodes may run it.
 *
 * @returns a function that stops the job and resolves when the work in hand is done
 */
export function startForgettingCards(
  services: { readonly pool: Pool; readonly log: Pick<Logger, "error"> },
  everyMs = lookEveryMs,
): () => Promise<void> {
  return startClearing(services, {
    what: "expired cards of the managed form",
    clear: [clearExpired, forgetWalletTokens],
    batch: clearedMax,
    everyMs,
  });
}
