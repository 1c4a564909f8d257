import { monotonicMs } from "./clock.ts";
import { seededRandom } from "./stats.ts";

export interface Arrivals {
  readonly perSecond: number;
  readonly seconds: number;
  readonly seed: number;
}

/**
 * When everything is to arrive, in ms from the start: at random, as shoppers do (a Poisson process),
 * and decided beforehand, so that a slow system is not asked less.
 */
export function arrivalTimes({ perSecond, seconds, seed }: Arrivals): readonly number[] {
  const random = seededRandom(seed);
  const times: number[] = [];
  for (let atMs = 0; ;) {
    atMs += (-Math.log(1 - random()) / perSecond) * 1000;
    if (atMs >= seconds * 1000) return times;
    times.push(atMs);
  }
}

/**
 * Begins each arrival at its time, or as soon after as this process can, and never waits for one
 * before it begins the next.
 *
 * @param begin gets the time the arrival was planned for, on the machine's clock
 */
export async function openLoop<Result>(
  times: readonly number[],
  begin: (plannedMs: number, index: number) => Promise<Result>,
): Promise<Result[]> {
  const startMs = monotonicMs() + 20;
  const under: Promise<Result>[] = [];
  for (const [index, time] of times.entries()) {
    const plannedMs = startMs + time;
    for (;;) {
      const waitMs = plannedMs - monotonicMs();
      if (waitMs <= 0) break;
      await new Promise((resolve) => {
        setTimeout(resolve, waitMs);
      });
    }
    under.push(begin(plannedMs, index));
  }
  return Promise.all(under);
}
