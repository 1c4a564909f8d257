import { setTimeout as wait } from "node:timers/promises";
import type { Pool } from "pg";
import type { Logger } from "pino";
import { takeTurn } from "../database/periodic-job.ts";
import { BatchWriter } from "../deliveries/batch-writer.ts";
import { Loop } from "../deliveries/loop.ts";
import type { ApiCall } from "./api-call.ts";
import { findKeyOwners, insertCalls } from "./api-calls-store.ts";
import { keepCallDays } from "./days.ts";
import type { LoggedCall } from "./describe-call.ts";
import { bareKey, keyHint } from "./key-hints.ts";

/** Why a call was not kept. */
export const dropReasons = ["full", "flood", "database", "fault"] as const;

export type DropReason = (typeof dropReasons)[number];

export interface ApiLogOptions {
  readonly pool: Pool;
  readonly log: Pick<Logger, "info" | "warn">;
  readonly nodeId: string;
  readonly retentionDays: number;
  readonly dropped: (reason: DropReason) => void;
  /** Other bounds, for tests. */
  readonly bounds?: Partial<typeof bounds>;
}

const bounds = {
  /** Calls that wait to be written, in memory. */
  waitingMax: 5000,
  /** Their characters. */
  waitingLengthMax: 8_388_608,
  /** Calls without a right key that are kept: so many at once, and so many a second in the long run. */
  strangersAtOnce: 300,
  strangersPerSecond: 10,
  /** How long the way out waits for the database, in ms. */
  stopMsMax: 2000,
  /** How often days are made and dropped, in ms. */
  daysMs: 3_600_000,
};

/** While there is load, a batch gathers for this long, in ms: nobody waits for it. */
const gatherMs = 100;

/** What a line costs beside its bodies, in characters. */
const lineLength = 512;

/**
 * The log of API calls of one node. It takes calls after their replies have gone out and writes them
 * in batches. It never throws and never grows: while the database is away it keeps the oldest calls
 * up to its bounds and drops the others, counted.
 */
export class ApiLog {
  readonly #options: ApiLogOptions;
  readonly #bounds: typeof bounds;
  readonly #writer: BatchWriter<LoggedCall>;
  #waitingLength = 0;
  #strangersLeft: number;
  #strangersAtMs = performance.now();
  #days: Loop | undefined;

  constructor(options: ApiLogOptions) {
    this.#options = options;
    this.#bounds = { ...bounds, ...options.bounds };
    this.#strangersLeft = this.#bounds.strangersAtOnce;
    this.#writer = new BatchWriter(
      (batch) => this.#write(batch),
      (error, dropped) => this.#failed(error, dropped),
      { gatherFromRows: 1, gatherMs },
    );
  }

  get retentionDays(): number {
    return this.#options.retentionDays;
  }

  /** Calls taken and not yet written. */
  get unwritten(): number {
    return this.#writer.unwritten;
  }

  /** Looks after the days from now on. */
  start(): void {
    const { pool, nodeId, log, retentionDays } = this.#options;
    const everyMs = this.#bounds.daysMs;
    const keepDays = async (): Promise<number> => {
      if (await takeTurn(pool, { name: "keep-api-call-days", everyMs, nodeId })) {
        const { made, dropped } = await keepCallDays(pool, retentionDays);
        if (made > 0 || dropped > 0) log.info({ made, dropped }, "days of the log of API calls");
      }
      return everyMs;
    };
    this.#days = new Loop(keepDays, (error) =>
      log.warn({ err: error }, "the days of the log of API calls could not be kept"),
    );
  }

  /** Takes a call, or drops it; only what there is room for is described. */
  record(authenticated: boolean, describe: () => LoggedCall): void {
    const reason = this.#whyNot(authenticated);
    if (reason !== undefined) return this.#options.dropped(reason);
    const logged = describe();
    const length = this.#waitingLength + lengthOf(logged);
    if (length > this.#bounds.waitingLengthMax) return this.#options.dropped("full");
    this.#waitingLength = length;
    this.#writer.add(logged);
    return undefined;
  }

  /** Says that a call could not even be described. */
  faulty(error: unknown): void {
    this.#options.dropped("fault");
    this.#options.log.warn({ err: error }, "an API call could not be logged");
  }

  /** Writes what it has, unless the database keeps it waiting. */
  async stop(): Promise<void> {
    await this.#days?.stop();
    const done = new AbortController();
    const late = wait(this.#bounds.stopMsMax, undefined, { signal: done.signal }).catch(() => null);
    await Promise.race([this.#writer.drained(), late]);
    done.abort();
    this.#writer.abandon();
    await this.#writer.drained();
  }

  #whyNot(authenticated: boolean): DropReason | undefined {
    if (this.unwritten >= this.#bounds.waitingMax) return "full";
    if (authenticated || this.#letStrangerIn()) return undefined;
    return "flood";
  }

  /** Anybody can call without a key: so that nobody fills the disk, these are few in the long run. */
  #letStrangerIn(): boolean {
    const { strangersAtOnce, strangersPerSecond } = this.#bounds;
    const nowMs = performance.now();
    const regained = ((nowMs - this.#strangersAtMs) / 1000) * strangersPerSecond;
    this.#strangersLeft = Math.min(strangersAtOnce, this.#strangersLeft + regained);
    this.#strangersAtMs = nowMs;
    if (this.#strangersLeft < 1) return false;
    this.#strangersLeft -= 1;
    return true;
  }

  async #write(batch: readonly LoggedCall[]): Promise<void> {
    const { pool } = this.#options;
    await insertCalls(pool, await explainKeys(pool, batch));
    for (const logged of batch) this.#waitingLength -= lengthOf(logged);
  }

  #failed(error: unknown, dropped: LoggedCall | undefined): void {
    if (dropped === undefined) {
      this.#options.log.warn({ err: error }, "API calls could not be logged yet");
      return;
    }
    this.#waitingLength -= lengthOf(dropped);
    this.#options.dropped("database");
    this.#options.log.warn({ err: error }, "an API call could not be logged");
  }
}

function lengthOf({ call }: LoggedCall): number {
  return call.requestBody.length + call.replyBody.length + lineLength;
}

/** Calls with what is wrong with their keys; one look-up for all of them. */
async function explainKeys(pool: Pool, batch: readonly LoggedCall[]): Promise<ApiCall[]> {
  const refused = batch.flatMap(({ refusedKey }) => refusedKey ?? []);
  const owners =
    refused.length === 0
      ? []
      : await findKeyOwners(
          pool,
          refused.flatMap(({ profileId }) => profileId ?? []),
          refused.flatMap(({ presented }) => [
            bareKey(presented),
            bareKey(presented).toUpperCase(),
          ]),
        );
  return batch.map(({ call, refusedKey }) =>
    refusedKey === undefined ? call : { ...call, hint: keyHint(refusedKey, owners) },
  );
}
