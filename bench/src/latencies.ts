import { setTimeout as wait } from "node:timers/promises";
import type { Sent } from "./paying-node.ts";
import type { Child } from "./processes.ts";
import type { ReceiverMethods } from "./receiver.ts";
import { type Spread, spreadOf } from "./stats.ts";

/** Milliseconds, of every delivery that healthy merchants got. */
export interface Latencies {
  /** From the commit's return, or a bare POST's begin, to the head of the request at the merchant. */
  readonly fromCommit: number[];
  /** The same from the time the payment was planned for, so whatever held it up counts as well. */
  readonly fromPlan: number[];
  /** From that time to the commit's return. */
  readonly commit: number[];
}

/** How long the last callbacks may take to arrive, in ms. */
const arriveMsMax = 30_000;
const askMs = 20;

/**
 * Waits until everything that was sent to healthy merchants has arrived.
 *
 * @throws Error when something has not: a latency that nobody saw would be missing from the figures
 */
export async function latenciesOf(
  receiver: Child<ReceiverMethods>,
  sent: readonly Sent[],
): Promise<Latencies> {
  const healthy = sent.filter(({ dead }) => !dead);
  const endsMs = performance.now() + arriveMsMax;
  while ((await receiver.call("arrivalCount")) < healthy.length && performance.now() < endsMs) {
    await wait(askMs);
  }
  const arrivals = await receiver.call("arrivals");
  const latencies: Latencies = { fromCommit: [], fromPlan: [], commit: [] };
  for (const { id, plannedMs, committedMs } of healthy) {
    const arrivedMs = arrivals.get(id);
    if (arrivedMs === undefined) throw new Error(`${id} did not arrive in ${arriveMsMax} ms`);
    latencies.fromCommit.push(arrivedMs - committedMs);
    latencies.fromPlan.push(arrivedMs - plannedMs);
    latencies.commit.push(committedMs - plannedMs);
  }
  return latencies;
}

/** All samples of several rounds. */
export function together(rounds: readonly Latencies[]): Latencies {
  return {
    fromCommit: rounds.flatMap(({ fromCommit }) => fromCommit),
    fromPlan: rounds.flatMap(({ fromPlan }) => fromPlan),
    commit: rounds.flatMap(({ commit }) => commit),
  };
}

export function spreadsOf(latencies: Latencies): Record<keyof Latencies, Spread> {
  return {
    fromCommit: spreadOf(latencies.fromCommit),
    fromPlan: spreadOf(latencies.fromPlan),
    commit: spreadOf(latencies.commit),
  };
}
