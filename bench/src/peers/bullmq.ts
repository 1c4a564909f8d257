import { Queue, Worker } from "bullmq";
import { type BenchDelivery, chunks, deliveryAt } from "../load.ts";
import { Poster } from "../post.ts";
import { type Contender, until } from "./contender.ts";

const queueName = "deliveries";

/** BullMQ over Redis, as its guide for performance has it. */
export const bullmq: Contender = {
  store: "redis",
  async fill(url, load) {
    const queue = new Queue<BenchDelivery>(queueName, { connection: connection(url) });
    for (const indexes of chunks(load.count, 1000)) {
      await queue.addBulk(
        indexes.map((index) => ({
          name: "deliver",
          data: deliveryAt(load, index),
          // The schedule's length and first delay are Wasl's; a retry has a price when jobs are
          // added, so it belongs here.
          opts: { attempts: 6, backoff: { type: "exponential", delay: 10_000 } },
        })),
      );
    }
    await queue.close();
  },
  async prepare(url, load) {
    const poster = new Poster(load, concurrency);
    let completed = 0;
    const worker = new Worker<BenchDelivery>(queueName, (job) => poster.post(job.data), {
      connection: connection(url),
      autorun: false,
      concurrency,
      // Finished jobs are dropped, which is the cheapest there is; Wasl keeps a row of each attempt.
      removeOnComplete: { count: 0 },
    });
    worker.on("completed", () => {
      completed += 1;
    });
    await worker.waitUntilReady();
    return {
      async run() {
        // Resolves when the worker is closed, so it is not waited for.
        void worker.run();
        await until(() => completed >= load.count);
      },
      async stop() {
        await worker.close();
        await poster.close();
      },
    };
  },
};

/** Jobs that are under way at once; found by trying 16 to 256. */
const concurrency = 64;

function connection(url: string) {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number.parseInt(port, 10), maxRetriesPerRequest: null };
}
