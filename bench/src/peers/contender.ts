import type { Load } from "../load.ts";

/** Whoever drains a store full of pending deliveries. */
export interface Contender {
  /** Which store it needs. */
  readonly store: "postgres" | "redis" | "none";
  /** Puts the deliveries into the empty store, before the clock starts. */
  readonly fill: (url: string, load: Load) => Promise<void>;
  /** In the worker's process: gets everything ready, and takes nothing yet. */
  readonly prepare: (url: string, load: Load) => Promise<Drain>;
}

export interface Drain {
  /** Delivers everything; resolves when the store knows that all of it has arrived. */
  run(): Promise<void>;
  stop(): Promise<void>;
}

/** Asks again and again, since the peers tell nobody when their store has caught up. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) {
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}
