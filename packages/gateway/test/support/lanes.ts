import { isDeepStrictEqual } from "node:util";
import type { Pool } from "pg";
import type { DeliveryState, PreparedDelivery } from "../../src/deliveries/delivery.ts";
import { wakeBornPending } from "../../src/deliveries/lanes-store.ts";
import { enqueue, statesOf, until } from "./dispatching.ts";
import type { Behaviour } from "./receiver.ts";

export interface LaneState {
  readonly breaker: "closed" | "open" | "half_open";
  readonly openings: number;
  readonly restsUntil: Date | undefined;
}

/** The only lane there is, as the fleet knows it. */
export async function laneState(pool: Pool): Promise<LaneState> {
  const { rows } = await pool.query("select breaker, openings, rests_until from lane");
  if (rows.length > 1) throw new Error(`${rows.length} lanes`);
  const [row] = rows;
  return {
    breaker: row?.breaker ?? "closed",
    openings: row?.openings ?? 0,
    restsUntil: row?.rests_until ?? undefined,
  };
}

/** Writes deliveries that were born pending, and wakes their lanes. */
export async function toBacklog(pool: Pool, prepared: readonly PreparedDelivery[]): Promise<void> {
  await enqueue(pool, prepared);
  const lanes = new Map(prepared.map((delivery) => [delivery.laneId, delivery]));
  await wakeBornPending(pool, [...lanes.values()]);
}

/** Waits until all deliveries there are stand like this. */
export async function untilStates(
  pool: Pool,
  states: Partial<Record<DeliveryState, number>>,
  msMax = 20_000,
): Promise<void> {
  await until(async () => isDeepStrictEqual(await statesOf(pool), states), msMax);
}

/** A server that counts how many requests stand before it at once. */
export interface Crowd {
  readonly behaviour: Behaviour;
  /** For each request, in order: how many there were when it came, itself included. */
  readonly together: readonly number[];
  /** How many there are now. */
  readonly present: number;
}

/** @param behaviour what the server does with each */
export function crowd(behaviour: Behaviour): Crowd & { behave(next: Behaviour): void } {
  let current = behaviour;
  let present = 0;
  const together: number[] = [];
  return {
    behaviour: (response, request) => {
      present += 1;
      together.push(present);
      let gone = false;
      const leave = (): void => {
        if (!gone) present -= 1;
        gone = true;
      };
      // Before the answer is out, so that nobody's next request can come first.
      response.once("prefinish", leave);
      response.once("close", leave);
      return current(response, request);
    },
    together,
    get present() {
      return present;
    },
    behave: (next) => {
      current = next;
    },
  };
}
