import type { Clock } from "../clock.ts";
import type { Completion, HeldDelivery } from "./delivery.ts";
import { nextStep, retryAfterMs, type Schedule } from "./schedule.ts";
import { send } from "./send.ts";
import type { Sockets } from "./sockets.ts";
import { judge } from "./verdict.ts";

export interface AttemptServices {
  readonly sockets: Sockets;
  readonly clock: Clock;
  readonly random: () => number;
  readonly schedule: Schedule;
  /** The server key that signs for a profile. */
  readonly keyOf: (profileId: number) => Promise<string>;
  readonly attemptMsMax: number;
}

/** Long enough for a Location, short enough for a line. */
const detailCharactersMax = 512;

/**
 * Makes the next attempt of a delivery and judges it.
 *
 * @throws whatever `keyOf` throws; then nothing was sent and no attempt is used up
 */
export async function makeAttempt(
  held: HeldDelivery,
  services: AttemptServices,
): Promise<Completion> {
  const { sockets, clock, random, schedule, attemptMsMax } = services;
  const key = await services.keyOf(held.profileId);
  const startedMs = performance.now();
  const attempt = await send(sockets, held, key, clock.now(), attemptMsMax);
  const verdict = judge(attempt.observation);
  const { httpStatus } = attempt.report;
  const askedMs =
    httpStatus === undefined
      ? undefined
      : retryAfterMs(httpStatus, attempt.report.answerHeaders["retry-after"], clock.now());
  return {
    held,
    report: attempt.report,
    verdict: verdict.code,
    detail: printable(verdict.detail),
    next: nextStep(verdict, held.attemptCount + 1, askedMs, random, schedule),
    startedMs,
  };
}

/** Details quote what others sent; PostgreSQL's text takes neither NUL nor half characters. */
function printable(text: string): string {
  return text
    .slice(0, detailCharactersMax)
    .toWellFormed()
    .replaceAll(/\p{Cc}+/gu, " ");
}
