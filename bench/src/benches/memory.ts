import { setTimeout as wait } from "node:timers/promises";
import { atMost, type Bench, type BenchContext, type Findings } from "../harness.ts";
import type { Load } from "../load.ts";
import { type Memory, memoryOf } from "../machine.ts";
import { wasl } from "../peers/wasl.ts";
import { median, rounded, table } from "../stats.ts";
import type { WorkerMethods } from "../worker.ts";

export const bench: Bench = {
  about: "memory of a worker that drains a backlog, and of one that drains ten times as much",
  run,
};

/** The memory is looked at this often, in ms. */
const lookMs = 250;

const lanes = 100;

async function run(context: BenchContext): Promise<Findings> {
  const { short, say } = context;
  const receiver = context.startReceiver();
  const { origins } = await receiver.call("listen", { ports: 4 });
  const sizes = short ? [200, 2000] : [50_000, 500_000];
  const found: { count: number; perSecond: number; memory: Memory; usual: number }[] = [];
  for (const count of sizes) {
    const result = await drain(context, { count, lanes, origins });
    found.push({ count, ...result });
    say(`  ${count.toLocaleString("en")} deliveries: at most ${result.memory.peak} MiB`);
  }
  const [small, large] = found;
  const ratio = (large?.memory.peak ?? Number.NaN) / (small?.memory.peak ?? Number.NaN);
  return {
    figures: { unit: "MiB", drains: found, ratio: rounded(ratio) },
    reach: [atMost("peak with ten times the backlog, as a ratio", ratio, 1.25)],
    text: table(
      ["deliveries", "peak MiB", "at the end", "median", "per second"],
      found.map(({ count, memory, usual, perSecond }) => [
        count.toLocaleString("en"),
        memory.peak,
        memory.rss,
        usual,
        rounded(perSecond),
      ]),
    ),
  };
}

async function drain(
  context: BenchContext,
  load: Load,
): Promise<{ perSecond: number; memory: Memory; usual: number }> {
  const database = await context.postgres.createDatabase();
  await wasl.fill(database.url, load);
  await database.settle();
  const worker = context.start<WorkerMethods>("worker.ts");
  await worker.call("prepare", { name: "wasl", url: database.url, load });
  const over = new AbortController();
  const watching = watch(worker.pid, over.signal);
  const ms = await worker.call("run");
  over.abort();
  const samples = await watching;
  const memory = await memoryOf(worker.pid);
  await worker.end();
  await database.drop();
  return { perSecond: (load.count / ms) * 1000, memory, usual: median(samples) };
}

async function watch(pid: number, over: AbortSignal): Promise<number[]> {
  const samples: number[] = [];
  while (!over.aborted) {
    samples.push((await memoryOf(pid)).rss);
    await wait(lookMs);
  }
  return samples;
}
