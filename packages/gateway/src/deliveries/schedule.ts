import type { NextStep } from "./delivery.ts";
import type { Verdict } from "./verdict.ts";

/** When to try again, as data. */
export interface Schedule {
  /** Milliseconds before the second, third, … attempt; the first is made at once. */
  readonly retryDelaysMs: readonly number[];
  /** A delay is spread evenly over this share of it on both sides. */
  readonly jitter: number;
}

const second = 1000;
const minute = 60 * second;

/**
 * First attempt at once, then five more: ClickPay's "up to 5 times with increasing delay", and
 * within the hour after which its Laravel SDK drops a notice (protocol.md 8.3, delivery.md, top).
 */
export const defaultSchedule: Schedule = {
  retryDelaysMs: [10 * second, minute, 5 * minute, 15 * minute, 30 * minute],
  jitter: 0.2,
};

/** `Retry-After` can make a wait longer, up to this many times the schedule's own. */
export const retryAfterFactorMax = 2;

/**
 * What becomes of a delivery after attempt `number` (from 1).
 *
 * @param askedMs what the answer asked for, `undefined` when it asked for nothing
 * @param random a number in [0, 1)
 * @example
 * nextStep({ code: "app_error", delivered: false, detail: "500" }, 1, undefined, () => 0.5);
 * // { state: "pending", delayMs: 10000 }
 */
export function nextStep(
  verdict: Verdict,
  number: number,
  askedMs: number | undefined,
  random: () => number,
  schedule: Schedule = defaultSchedule,
): NextStep {
  if (verdict.delivered) return { state: "delivered" };
  const baseMs = schedule.retryDelaysMs[number - 1];
  // 410 means: not now, not later (RFC 9110, 15.5.11; Standard Webhooks says to stop).
  if (baseMs === undefined || verdict.code === "gone") return { state: "exhausted" };
  const delayMs =
    askedMs === undefined
      ? baseMs * (1 + schedule.jitter * (2 * random() - 1))
      : Math.min(Math.max(askedMs, baseMs), baseMs * retryAfterFactorMax);
  return { state: "pending", delayMs: Math.round(delayMs) };
}

/**
 * What an answer's `Retry-After` asks for, in milliseconds from now; only 429 and 503 may ask.
 *
 * @example retryAfterMs(503, "120", now); // 120000
 */
export function retryAfterMs(
  status: number,
  header: string | undefined,
  now: Date,
): number | undefined {
  if ((status !== 429 && status !== 503) || header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number.parseInt(header, 10) * second;
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - now.getTime());
}
