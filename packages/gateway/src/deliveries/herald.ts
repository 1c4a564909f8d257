import { setTimeout as wait } from "node:timers/promises";
import type { Pool } from "pg";
import type { Logger } from "pino";
import { BatchWriter } from "./batch-writer.ts";
import type { HeldDelivery, PreparedDelivery } from "./delivery.ts";
import type { Outbox } from "./dispatcher.ts";
import { wakeBornPending } from "./lanes-store.ts";
import { hasAttempt } from "./queue-store.ts";

export interface HeraldServices {
  readonly pool: Pool;
  readonly log: Pick<Logger, "warn">;
}

/**
 * The outbox of a process that sends nothing itself: its deliveries are born pending, and after the
 * commit their lanes are woken and the workers told, one statement at a time, each for all payments
 * committed since the last. If that fails, the periodic look at the lanes finds them.
 */
export class Herald implements Outbox {
  readonly node = {};
  readonly #services: HeraldServices;
  readonly #wakes: BatchWriter<PreparedDelivery>;

  constructor(services: HeraldServices) {
    this.#services = services;
    const { pool, log } = services;
    this.#wakes = new BatchWriter(
      (batch) => wakeBornPending(pool, distinctLanes(batch)),
      (error) => log.warn({ err: error }, "the workers could not be told; they will find it"),
      { gatherFromRows: 8 },
    );
  }

  handOver(prepared: readonly PreparedDelivery[]): void {
    for (const delivery of prepared) this.#wakes.add(delivery);
  }

  firstAttempt(
    delivery: Pick<HeldDelivery, "profileId" | "id">,
    timeoutMs: number,
  ): Promise<"settled" | "timeout"> {
    return askForAttempt(this.#services, delivery, timeoutMs);
  }

  async stop(): Promise<void> {
    this.#wakes.abandon();
    await this.#wakes.drained();
  }
}

function distinctLanes(batch: readonly PreparedDelivery[]): readonly PreparedDelivery[] {
  return [...new Map(batch.map((delivery) => [delivery.laneId, delivery])).values()];
}

/** A delivery that another process holds is asked after at these intervals, in ms. */
const askMsMin = 15;
const askMsMax = 120;

/** Waits for the first attempt of a delivery that another process makes. */
export async function askForAttempt(
  { pool, log }: HeraldServices,
  { profileId, id }: Pick<HeldDelivery, "profileId" | "id">,
  timeoutMs: number,
): Promise<"settled" | "timeout"> {
  const endsMs = performance.now() + timeoutMs;
  try {
    for (let askMs = askMsMin; ; askMs = Math.min(askMs * 2, askMsMax)) {
      if (await hasAttempt(pool, profileId, id)) return "settled";
      if (performance.now() + askMs > endsMs) return "timeout";
      await wait(askMs);
    }
  } catch (error) {
    log.warn({ err: error, delivery: id }, "nobody knows how far a delivery is");
    return "timeout";
  }
}
