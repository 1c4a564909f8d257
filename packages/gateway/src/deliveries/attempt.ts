import type { Clock } from "../clock.ts";
import type { Completion, HeldDelivery } from "./delivery.ts";
import type { OwnFaults } from "./own-faults.ts";
import { nextStep, retryAfterMs, type Schedule } from "./schedule.ts";
import { send } from "./send.ts";
import type { Sockets } from "./sockets.ts";
import { judge, weighs } from "./verdict.ts";

/** What a profile decides about its deliveries. */
export interface SendingPolicy {
  /** The server key, which signs. */
  readonly key: string;
  readonly schedule: Schedule;
  /** Set: no private address is called today, also where the rules were looser at the writing. */
  readonly publicOnly?: true;
}

export interface AttemptServices {
  readonly sockets: Sockets;
  readonly clock: Clock;
  readonly random: () => number;
  readonly policyOf: (profileId: number) => Promise<SendingPolicy>;
  readonly attemptMsMax: number;
  readonly ownFaults: OwnFaults;
}

/** Long enough for a Location, short enough for a line. */
const detailCharactersMax = 512;

/**
 * Makes the next attempt of a delivery and judges it.
 *
 * @throws what `policyOf` throws, before anything was sent, or OwnFault, when it may have been; no
 * attempt is used up by either. An OwnFault that turns out to be the destination's is judged.
 */
export async function makeAttempt(
  held: HeldDelivery,
  services: AttemptServices,
): Promise<Completion> {
  const { sockets, clock, random, attemptMsMax } = services;
  const { key, schedule, publicOnly } = await services.policyOf(held.profileId);
  const startedMs = performance.now();
  const sent = publicOnly ? { ...held, allowPrivate: false } : held;
  const attempt = await send(sockets, sent, key, clock.now(), attemptMsMax);
  const { ownFault } = attempt;
  if (!ownFault) services.ownFaults.ended(held, attempt.report);
  else if (!services.ownFaults.areTheirs(held, ownFault, attempt.maybeSent)) throw ownFault;
  const verdict = judge(attempt.observation);
  const { httpStatus } = attempt.report;
  const askedMs =
    httpStatus === undefined
      ? undefined
      : retryAfterMs(httpStatus, attempt.report.answerHeaders["retry-after"], clock.now());
  const round = held.attemptCount - held.earlierAttempts + 1;
  return {
    held,
    report: attempt.report,
    verdict: verdict.code,
    detail: printable(verdict.detail),
    weight: weighs(verdict.code, httpStatus),
    next: nextStep(verdict, round, askedMs, random, schedule),
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
