import type { Pool } from "pg";
import type { Logger } from "pino";
import { startClearing } from "../database/clearing.ts";
import { clearedMax, forgetQuotas } from "./request-quota-store.ts";

/** How often a node looks for them, in ms: it reads the whole table. */
const lookEveryMs = 300_000;

/**
 * The periodic job that forgets the counts of links, invoices and cards that nobody uses any more.
 *
 * @returns a function that stops the job and resolves when the work in hand is done
 */
export function startForgettingQuotas(
  services: { readonly pool: Pool; readonly log: Pick<Logger, "error"> },
  everyMs = lookEveryMs,
): () => Promise<void> {
  return startClearing(services, {
    what: "counts of past minutes",
    clear: [forgetQuotas],
    batch: clearedMax,
    everyMs,
  });
}
