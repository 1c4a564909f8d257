import { providerMinutesMax } from "../acquirers/provider-methods.ts";
import type { Transaction } from "./transaction.ts";

/** How long the shopper has at the issuer's page, in ms (experience.md 5.5). */
const issuerMsMax = 5 * 60_000;

const providerMsMax = providerMinutesMax * 60_000;

/** Between questions: a share of the time the shopper is away, within these bounds, in ms. */
const askAgainShare = 1 / 4;
const askAgainMsMin = 15_000;
const askAgainMsMax = 60_000;

/** How soon the acquirer is asked about a shopper who went away and did not come back, in ms. */
export const askAwayAfterMs = askAgainMsMin;

type Away = Pick<Transaction, "secondsAway"> & {
  readonly facts: Pick<Transaction["facts"], "method">;
};

/** The rest of the shopper's time at the issuer's or the provider's page, in ms; 0 if it is over. */
function msLeft({ secondsAway, facts }: Away): number {
  if (secondsAway === undefined) return 0;
  const msMax = facts.method === undefined ? issuerMsMax : providerMsMax;
  return Math.max(msMax - secondsAway * 1000, 0);
}

/**
 * Whether the shopper may still pay at the page they were led to. Until then the acquirer is asked
 * without ending that, however often, and whoever does not come back is known of all the same.
 */
export function isAway(transaction: Away): boolean {
  return msLeft(transaction) > 0;
}

/**
 * When to ask about a shopper who is away, in ms: ever more seldom, and at the end of their time.
 *
 * @example askAgainAfterMs({ secondsAway: 100, facts: {} }) // 25_000
 */
export function askAgainAfterMs(transaction: Away): number {
  const shareMs = (transaction.secondsAway ?? 0) * 1000 * askAgainShare;
  const afterMs = Math.min(Math.max(shareMs, askAgainMsMin), askAgainMsMax);
  return Math.min(afterMs, msLeft(transaction));
}
