import { EventEmitter } from "node:events";
import { Logger, makeWorkerUtils, run, type Runner } from "graphile-worker";
import { Pool } from "pg";
import { type BenchDelivery, chunks, deliveryAt } from "../load.ts";
import { Poster } from "../post.ts";
import { type Contender, until } from "./contender.ts";

const taskName = "deliver";

/** Its own messages would only cost time. */
const logger = new Logger(() => () => undefined);

/** graphile-worker with everything its page on performance advises: local queue and batches. */
export const graphile: Contender = {
  store: "postgres",
  async fill(url, load) {
    const utils = await makeWorkerUtils({ connectionString: url, logger });
    await utils.migrate();
    for (const indexes of chunks(load.count, 2000)) {
      await utils.addJobs(
        indexes.map((index) => ({
          identifier: taskName,
          payload: deliveryAt(load, index),
          maxAttempts: 6,
        })),
      );
    }
    await utils.release();
  },
  async prepare(url, load) {
    const pool = new Pool({ connectionString: url, max: 12 });
    // It insists on handlers of errors; an error that matters fails the run anyway.
    pool.on("error", () => undefined);
    pool.on("connect", (client) => client.on("error", () => undefined));
    const poster = new Poster(load, concurrentJobs);
    let completed = 0;
    let runner: Runner | undefined;
    const events = new EventEmitter();
    events.on("job:complete", () => {
      completed += 1;
    });
    return {
      async run() {
        runner = await run({
          preset,
          pgPool: pool,
          events,
          taskList: { [taskName]: (payload) => poster.post(payload as BenchDelivery) },
        });
        await until(() => completed >= load.count);
        await until(() => isEmpty(pool));
      },
      async stop() {
        await runner?.stop();
        await pool.end();
        await poster.close();
      },
    };
  },
};

/** Jobs that are under way at once; found by trying 24 to 128, with local queues of 100 to 1 000. */
const concurrentJobs = 64;

const preset = {
  worker: {
    logger,
    concurrentJobs,
    // Many more than are under way, so that one look for jobs serves many of them.
    localQueue: { size: 500 },
    // Ends are written together, as Wasl's are. The advice is "a noticeable fraction of a second",
    // but a job keeps its place until its end is written: 0 and 10 were no better.
    completeJobBatchDelay: 5,
    failJobBatchDelay: 5,
    noHandleSignals: true,
  },
};

/** Completed jobs are deleted; those that failed would be here still. */
async function isEmpty(pool: Pool): Promise<boolean> {
  const { rows } = await pool.query<{ more: boolean }>(
    "select exists (select from graphile_worker._private_jobs) as more",
  );
  return !rows[0]?.more;
}
