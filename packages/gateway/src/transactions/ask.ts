import { setTimeout as wait } from "node:timers/promises";
import type { Logger } from "pino";

/** How long the shopper and the gateway wait for the acquirer, in ms. */
export const acquirerAnswerMsMax = 10_000;

const unknown = { kind: "unknown" } as const;

/**
 * Asks the acquirer, within a bound. An error or a silence is an unknown answer, never a decline;
 * should the answer still come later, an inquiry will learn of it.
 *
 * @param msMax how long to wait, in ms
 */
export async function ask<Answer extends { readonly kind: string }>(
  question: () => Promise<Answer>,
  log: Pick<Logger, "error">,
  about: { readonly tranRef: string; readonly requestId: string },
  msMax: number = acquirerAnswerMsMax,
): Promise<Answer | typeof unknown> {
  const timer = new AbortController();
  const silence = wait(msMax, unknown, { signal: timer.signal }).catch(() => unknown);
  const answer = Promise.try(question).catch((error: unknown) => {
    // An acquirer's error may quote what it was sent; only its kind is safe to write down.
    const name = error instanceof Error ? error.name : "unknown";
    log.error({ ...about, error: name }, "the acquirer could not be asked");
    return unknown;
  });
  try {
    return await Promise.race([answer, silence]);
  } finally {
    timer.abort();
  }
}
