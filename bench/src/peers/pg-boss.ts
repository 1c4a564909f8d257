import { type Job, type JobResult, PgBoss } from "pg-boss";
import { type BenchDelivery, chunks, deliveryAt } from "../load.ts";
import { Poster } from "../post.ts";
import { type Contender, until } from "./contender.ts";

const queueName = "deliveries";

/** pg-boss as its users run large queues: batches, several workers, no pause while there is work. */
export const pgBoss: Contender = {
  store: "postgres",
  async fill(url, load) {
    const boss = await start(url);
    await boss.createQueue(queueName, {
      retryLimit: 5,
      retryDelay: 10,
      retryBackoff: true,
      // A table of its own is what it offers for large queues.
      partition: true,
    });
    for (const indexes of chunks(load.count, 2000)) {
      await boss.insert(
        queueName,
        indexes.map((index) => ({ data: deliveryAt(load, index) })),
      );
    }
    await boss.stop({ graceful: false });
  },
  async prepare(url, load) {
    const boss = await start(url);
    const poster = new Poster(load, batchSize * workers);
    let delivered = 0;
    const deliver = async (job: Job<BenchDelivery>): Promise<JobResult> => {
      try {
        await poster.post(job.data);
        delivered += 1;
        return { id: job.id, status: "completed" };
      } catch {
        return { id: job.id, status: "failed" };
      }
    };
    return {
      async run() {
        await boss.work<BenchDelivery, undefined, typeof workOptions>(
          queueName,
          workOptions,
          (jobs) => Promise.all(jobs.map(deliver)),
        );
        await until(() => delivered >= load.count);
        await until(() => isSettled(boss));
      },
      async stop() {
        await boss.stop({ graceful: false });
        await poster.close();
      },
    };
  },
};

/** Found by trying 2 to 8 workers with 64 to 512 jobs each. */
const workers = 2;
const batchSize = 128;

const workOptions = {
  batchSize,
  localConcurrency: workers,
  // While a fetch brings a full batch, the next follows at once.
  burstWhenBatchFull: true,
  pollingIntervalSeconds: 0.5,
  // Each job of a batch has its own end, so that a failed one is retried alone.
  perJobResults: true,
} as const;

async function start(url: string): Promise<PgBoss> {
  const boss = new PgBoss({ connectionString: url, max: 12, schedule: false });
  boss.on("error", () => undefined);
  await boss.start();
  return boss;
}

async function isSettled(boss: PgBoss): Promise<boolean> {
  const { rows } = await boss
    .getDb()
    .executeSql(
      "select exists (select from pgboss.job where name = $1 and state < 'completed') as more",
      [queueName],
    );
  return rows[0]?.more === false;
}
