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

async function run(context: BenchContext): Promise<Findings> {
  const { short, say } = context;
  const redis = await startRedis();
  if (redis) context.atEnd(() => redis.stop());
  else say("  BullMQ is skipped: there is no redis-server, and it could not be installed.");
  const receiver = context.startReceiver();
  const { origins } = await receiver.call("listen", { ports: receiverPorts });
  const names = (Object.keys(contenders) as ContenderName[]).filter(
    (name) => redis !== undefined || name !== "bullmq",
  );
  const count = short ? 300 : 50_000;
  const rounds = short ? 1 : 3;
  const rates: Record<string, Record<string, number[]>> = {};
  for (const lanes of short ? [1, 10] : [1, 1000]) {
    const load = { count, lanes, origins: lanes === 1 ? origins.slice(0, 1) : origins };
    for (let round = 1; round <= rounds; round += 1) {
      for (const name of names) {
        const perSecond = await drainOnce(context, { name, load, redis, receiver });
        ((rates[lanes] ??= {})[name] ??= []).push(perSecond);
        say(`  ${lanes} lanes, round ${round}, ${name}: ${rounded(perSecond)}/s`);
      }
    }
  }
  return findingsOf(rates, { count, rounds });
}

interface Heat {
  readonly name: ContenderName;
  readonly load: Load;
  readonly redis: BenchRedis | undefined;
  readonly receiver: Child<ReceiverMethods>;
}

/** @returns deliveries per second */
async function drainOnce(context: BenchContext, heat: Heat): Promise<number> {
  const { name, load, redis, receiver } = heat;
  const contender = await contenders[name]();
  const database =
    contender.store === "postgres" ? await context.postgres.createDatabase() : undefined;
  const url = database?.url ?? redis?.url ?? "";
  await contender.fill(url, load);
  await database?.settle();
  await receiver.call("reset");
  const worker = context.start<WorkerMethods>("worker.ts", { profiled: name === "wasl" });
  await worker.call("prepare", { name, url, load });
  const ms = await worker.call("run");
  await worker.end();
  const received = await receiver.call("received");
  if (received < load.count) throw new Error(`${name} delivered ${received} of ${load.count}`);
  await database?.drop();
  if (contender.store === "redis") await redis?.empty();
  return (load.count / ms) * 1000;
}

function findingsOf(
  rates: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>,
  { count, rounds }: { count: number; rounds: number },
): Findings {
  const medians: Record<string, Record<string, number>> = {};
  const reach = [];
  const rows = [];
  for (const [lanes, ofNames] of Object.entries(rates)) {
    const of = (name: string) => median(ofNames[name] ?? []);
    const wasl = of("wasl");
    for (const [name, samples] of Object.entries(ofNames)) {
      (medians[`${lanes} lanes`] ??= {})[name] = rounded(of(name));
      const spread = `${rounded(Math.min(...samples))}–${rounded(Math.max(...samples))}`;
      rows.push([name, lanes, rounded(of(name)), spread, rounded(wasl / of(name))]);
    }
    for (const [name, bound] of bounds) {
      if (ofNames[name])
        reach.push(atLeast(`wasl/${name}, ${lanes} lanes`, wasl / of(name), bound));
    }
  }
  return {
    figures: { deliveries: count, rounds, perSecond: medians, samples: rates },
    reach,
    text: table(["contender", "lanes", "per second", "lowest–highest", "wasl is × this"], rows),
  };
}

const bounds: readonly (readonly [ContenderName, number])[] = [
  ["bare", 0.6],
  ["bullmq", 2],
  ["graphile-worker", 1.5],
  ["pg-boss", 4],
];
