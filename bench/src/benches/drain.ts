import { cpuMsOf } from "../cpu.ts";
import type { Bench, BenchContext, Findings } from "../harness.ts";
import { atLeast } from "../harness.ts";
import type { Load } from "../load.ts";
import { type ContenderName, contenders } from "../peers/contenders.ts";
import type { Child } from "../processes.ts";
import type { ReceiverMethods } from "../receiver.ts";
import { type BenchRedis, startRedis } from "../redis.ts";
import { median, rounded, table } from "../stats.ts";
import type { WorkerMethods } from "../worker.ts";

export const bench: Bench = {
  about: "pending deliveries, already stored, to one merchant and to 1 000",
  run,
};

/** Merchants' servers: several, so that no single listener is what is measured. */
const receiverPorts = 4;

interface Heat {
  readonly name: ContenderName;
  readonly load: Load;
  readonly redis: BenchRedis | undefined;
  readonly receiver: Child<ReceiverMethods>;
}

interface Result {
  readonly perSecond: number;
  /** CPU time of a delivery, in µs: in the worker's process, and in PostgreSQL or Redis. */
  readonly workerCpu: number;
  readonly storeCpu: number;
}

/** All rounds of one contender with so many lanes. */
interface Series {
  readonly name: ContenderName;
  readonly lanes: number;
  readonly results: Result[];
}

async function run(context: BenchContext): Promise<Findings> {
  const { short, say } = context;
  const redis = await startRedis();
  if (redis) context.atEnd(() => redis.stop());
  else say("  BullMQ is skipped: there is no redis-server, and it could not be installed.");
  const receiver = context.startReceiver();
  const { origins } = await receiver.call("listen", { ports: receiverPorts });
  const count = short ? 300 : 50_000;
  const rounds = short ? 1 : 3;
  const series: Series[] = [];
  for (const lanes of short ? [1, 10] : [1, 1000]) {
    const load = { count, lanes, origins: lanes === 1 ? origins.slice(0, 1) : origins };
    const ofLanes = (Object.keys(contenders) as ContenderName[])
      .filter((name) => redis !== undefined || name !== "bullmq")
      .map((name): Series => ({ name, lanes, results: [] }));
    for (let round = 1; round <= rounds; round += 1) {
      for (const { name, results } of ofLanes) {
        const result = await drainOnce(context, { name, load, redis, receiver });
        results.push(result);
        say(`  ${lanes} lanes, round ${round}, ${name}: ${rounded(result.perSecond)}/s`);
      }
    }
    series.push(...ofLanes);
  }
  return findingsOf(series, count);
}

async function drainOnce(context: BenchContext, heat: Heat): Promise<Result> {
  const { name, load, redis, receiver } = heat;
  const { store, fill } = await contenders[name]();
  const database = store === "postgres" ? await context.postgres.createDatabase() : undefined;
  const url = database?.url ?? redis?.url ?? "";
  await fill(url, load);
  await database?.settle();
  await receiver.call("reset");
  const worker = context.start<WorkerMethods>("worker.ts", { profiled: name === "wasl" });
  await worker.call("prepare", { name, url, load });
  const storePid = { postgres: context.postgres.pid, redis: redis?.pid ?? 0, none: 0 }[store];
  const storeCpuMs = async () => (storePid === 0 ? 0 : cpuMsOf(storePid));
  const before = { worker: await cpuMsOf(worker.pid), store: await storeCpuMs() };
  const ms = await worker.call("run");
  const after = { worker: await cpuMsOf(worker.pid), store: await storeCpuMs() };
  await worker.end();
  const received = await receiver.call("received");
  if (received < load.count) throw new Error(`${name} delivered ${received} of ${load.count}`);
  await database?.drop();
  if (store === "redis") await redis?.empty();
  const microsecondsEach = (cpuMs: number) => (cpuMs / load.count) * 1000;
  return {
    perSecond: (load.count / ms) * 1000,
    workerCpu: microsecondsEach(after.worker - before.worker),
    storeCpu: microsecondsEach(after.store - before.store),
  };
}

function findingsOf(series: readonly Series[], deliveries: number): Findings {
  const rateOf = (name: ContenderName, lanes: number) =>
    medianOf(series.find((one) => one.name === name && one.lanes === lanes)?.results ?? []);
  const waslIs = ({ name, lanes }: Series) =>
    rateOf("wasl", lanes).perSecond / rateOf(name, lanes).perSecond;
  return {
    figures: {
      deliveries,
      series: series.map((one) => ({ ...one, median: medianOf(one.results) })),
    },
    reach: series.flatMap((one) => {
      const bound = bounds[one.name];
      if (bound === undefined) return [];
      return [atLeast(`wasl/${one.name}, ${one.lanes} lanes`, waslIs(one), bound)];
    }),
    text: table(
      ["contender", "lanes", "per second", "lowest–highest", "wasl ×", "worker µs", "store µs"],
      series.map((one) => {
        const { perSecond, workerCpu, storeCpu } = medianOf(one.results);
        const rates = one.results.map((result) => rounded(result.perSecond));
        const spread = `${Math.min(...rates)}–${Math.max(...rates)}`;
        const times = rounded(waslIs(one));
        return [one.name, one.lanes, perSecond, spread, times, workerCpu, storeCpu];
      }),
    ),
  };
}

function medianOf(results: readonly Result[]): Result {
  const of = (key: keyof Result) => rounded(median(results.map((result) => result[key])));
  return { perSecond: of("perSecond"), workerCpu: of("workerCpu"), storeCpu: of("storeCpu") };
}

const bounds: Readonly<Partial<Record<ContenderName, number>>> = {
  bare: 0.6,
  bullmq: 2,
  "graphile-worker": 1.5,
  "pg-boss": 4,
};
