import type { Pool } from "pg";
import type { Logger } from "pino";
import { giveTurnBack, takeTurn } from "../database/periodic-job.ts";
import { giveUpResting, type Notes } from "./completion-store.ts";
import { keepDays } from "./days.ts";
import { forgetIdleLanes, healLanes } from "./lanes-store.ts";
import type { Limits } from "./limits.ts";
import { Loop } from "./loop.ts";
import { sweepExpiredLeases } from "./queue-store.ts";
import { runRedelivery } from "./redelivery.ts";
import type { DeliveryWatch } from "./watch.ts";

export interface UpkeepServices {
  readonly pool: Pool;
  readonly nodeId: string;
  readonly log: Pick<Logger, "info" | "warn">;
  readonly limits: Limits;
  readonly retentionDays: number;
  readonly watch: DeliveryWatch;
  readonly notes: Notes | undefined;
  /** Rows have become due. */
  readonly kick: () => void;
}

interface Job {
  readonly name: string;
  readonly everyMs: number;
  /** `again`: there is more to do, at once. */
  readonly run: () => Promise<"done" | "again">;
}

/** The periodic work on the store that one node at a time does for all. */
export class Upkeep {
  readonly #services: UpkeepServices;
  #loops: readonly Loop[] = [];
  #stopped = false;

  constructor(services: UpkeepServices) {
    this.#services = services;
  }

  start(): void {
    const { log } = this.#services;
    this.#loops = this.#jobs().map(
      (job) =>
        new Loop(
          () => this.#turn(job),
          (error) => log.warn({ err: error, job: job.name }, "a periodic job failed"),
        ),
    );
  }

  /** Ends after the step under way: what a job leaves, its next turn takes up. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#loops.map((loop) => loop.stop()));
  }

  async #turn({ name, everyMs, run }: Job): Promise<number> {
    const { pool, nodeId } = this.#services;
    if (!(await takeTurn(pool, { name, everyMs, nodeId }))) return everyMs;
    try {
      while (!this.#stopped && (await run()) === "again");
    } catch (error) {
      await giveTurnBack(pool, { name, nodeId });
      throw error;
    }
    return everyMs;
  }

  #jobs(): readonly Job[] {
    const { pool, limits, log, watch, retentionDays, notes, kick } = this.#services;
    return [
      {
        name: "sweep-expired-leases",
        everyMs: limits.sweepMs,
        run: async () => {
          const swept = await sweepExpiredLeases(pool, limits.sweepRowsMax);
          if (swept === 0) return "done";
          log.info({ swept }, "leases of another node had run out");
          watch.reclaimed(swept);
          kick();
          return swept < limits.sweepRowsMax ? "done" : "again";
        },
      },
      {
        name: "give-up-resting",
        everyMs: limits.giveUpMs,
        run: async () => {
          const bounds = { overdueMsMax: limits.overdueMsMax, rowsMax: limits.sweepRowsMax };
          const gaveUp = await giveUpResting(pool, bounds, notes?.exhausted);
          if (gaveUp === 0) return "done";
          log.warn({ gaveUp }, "deliveries are exhausted: their lane has rested for too long");
          watch.gaveUp(gaveUp);
          return gaveUp < limits.sweepRowsMax ? "done" : "again";
        },
      },
      {
        name: "heal-lanes",
        everyMs: limits.healMs,
        run: async () => {
          const healed = await healLanes(pool);
          if (healed === 0) return "done";
          log.info({ healed }, "lanes slept past their first delivery");
          watch.healed(healed);
          kick();
          return "done";
        },
      },
      {
        name: "redeliver",
        everyMs: limits.redeliverMs,
        run: async () => {
          if (!(await runRedelivery(pool, notes?.redelivered))) return "done";
          kick();
          return "again";
        },
      },
      {
        name: "forget-idle-lanes",
        everyMs: limits.daysMs,
        run: async () => ((await forgetIdleLanes(pool)) > 0 ? "again" : "done"),
      },
      {
        name: "keep-delivery-days",
        everyMs: limits.daysMs,
        run: async () => {
          const { made, dropped } = await keepDays(pool, retentionDays);
          if (made > 0 || dropped > 0) log.info({ made, dropped }, "days of deliveries");
          return "done";
        },
      },
    ];
  }
}
