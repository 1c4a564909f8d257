/**
 * When a lane's circuit breaker opens, how long it rests, and what its probe decides. Pure: the
 * state that all nodes share is in the table `lane`, what one node has seen of late is here.
 */

/** How one attempt speaks for or against the server behind a lane. */
export type Weight = "failure" | "alive" | "nothing";

export interface BreakerPolicy {
  /** So many failures one after the other open it. */
  readonly failuresInRowMax: number;
  /** Or this share of failures among at least so many attempts within the window. */
  readonly failureShareMax: number;
  readonly attemptsMin: number;
  readonly windowMs: number;
  /** The first rest; each opening in a row doubles it, up to the maximum. */
  readonly restMsMin: number;
  readonly restMsMax: number;
  /** A rest is spread evenly over this share of it on both sides. */
  readonly jitter: number;
}

export const defaultBreaker: BreakerPolicy = {
  failuresInRowMax: 5,
  failureShareMax: 0.5,
  attemptsMin: 10,
  windowMs: 60_000,
  restMsMin: 10_000,
  restMsMax: 300_000,
  jitter: 0.2,
};

/** What a node remembers of a lane since its first failure; a healthy lane has nothing. */
export interface Strain {
  readonly inRow: number;
  /** Attempts of the window, in slices of a sixth of it, oldest first. */
  readonly slices: readonly Slice[];
}

interface Slice {
  readonly startMs: number;
  readonly attempts: number;
  readonly failures: number;
}

const slicesPerWindow = 6;

/**
 * Adds one attempt to what is known of a closed lane.
 *
 * @param nowMs a monotonic clock
 * @returns the new strain, `undefined` when there is nothing to remember; and whether to open
 * @example
 * const { strain, opens } = strained(undefined, "failure", performance.now());
 */
export function strained(
  strain: Strain | undefined,
  weight: Weight,
  nowMs: number,
  policy: BreakerPolicy = defaultBreaker,
): { readonly strain: Strain | undefined; readonly opens: boolean } {
  const failed = weight === "failure";
  if (weight === "nothing" || (strain === undefined && !failed)) return { strain, opens: false };
  const inRow = failed ? (strain?.inRow ?? 0) + 1 : 0;
  const slices = withAttempt(strain?.slices ?? [], failed, nowMs, policy.windowMs);
  const attempts = slices.reduce((sum, slice) => sum + slice.attempts, 0);
  const failures = slices.reduce((sum, slice) => sum + slice.failures, 0);
  if (failures === 0) return { strain: undefined, opens: false };
  const manyFail =
    failed && attempts >= policy.attemptsMin && failures >= attempts * policy.failureShareMax;
  return { strain: { inRow, slices }, opens: inRow >= policy.failuresInRowMax || manyFail };
}

function withAttempt(
  slices: readonly Slice[],
  failed: boolean,
  nowMs: number,
  windowMs: number,
): readonly Slice[] {
  const recent = slices.filter(({ startMs }) => nowMs - startMs < windowMs);
  const last = recent.at(-1);
  const failure = failed ? 1 : 0;
  if (last === undefined || nowMs - last.startMs >= windowMs / slicesPerWindow) {
    return [...recent, { startMs: nowMs, attempts: 1, failures: failure }];
  }
  const { startMs, attempts, failures } = last;
  return [
    ...recent.slice(0, -1),
    { startMs, attempts: attempts + 1, failures: failures + failure },
  ];
}

/**
 * How long a lane rests that has opened so many times in a row.
 *
 * @param openings from 1
 * @param random a number in [0, 1)
 * @example restMs(1, () => 0.5); // 10000
 */
export function restMs(
  openings: number,
  random: () => number,
  policy: BreakerPolicy = defaultBreaker,
): number {
  const plain = Math.min(policy.restMsMin * 2 ** Math.min(openings - 1, 30), policy.restMsMax);
  return Math.round(plain * (1 + policy.jitter * (2 * random() - 1)));
}

/** A probe that was not made is due again after this at most, in ms. */
const unmadeRestMsMax = 1000;

/**
 * What a half-open lane becomes by its probe. A probe that says nothing, because the fault was
 * ours, lets the lane rest as long as before; one that was not made is for the next who can.
 *
 * @param openings how often the lane has opened in a row, before this probe
 */
export function afterProbe(
  weight: Weight | "unmade",
  openings: number,
  random: () => number,
  policy: BreakerPolicy = defaultBreaker,
): { readonly restMs: number | undefined; readonly openings: number } {
  switch (weight) {
    case "alive":
      return { restMs: undefined, openings: 0 };
    case "failure":
      return { restMs: restMs(openings + 1, random, policy), openings: openings + 1 };
    case "nothing":
      return { restMs: restMs(openings, random, policy), openings };
    case "unmade":
      return { restMs: Math.min(restMs(openings, random, policy), unmadeRestMsMax), openings };
    default:
      return weight satisfies never;
  }
}
