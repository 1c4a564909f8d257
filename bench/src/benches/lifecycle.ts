import { setTimeout as wait } from "node:timers/promises";
import { Pool } from "undici";
import type { BareServerMethods } from "../bare-server.ts";
import { cpuMsOf } from "../cpu.ts";
import { startGateway } from "../gateway.ts";
import { atLeast, type Bench, type BenchContext, type Findings } from "../harness.ts";
import { bodyTemplate } from "../load.ts";
import type { BenchDatabase } from "../postgres.ts";
import type { Child } from "../processes.ts";
import type { ReceiverMethods } from "../receiver.ts";
import { Shopper } from "../shopper.ts";
import { median, rounded, table } from "../stats.ts";

export const bench: Bench = {
  about: "whole payments over HTTP, beside a server that only inserts",
  run,
};

/** Shoppers, or clients, at the same time. */
const atOnce = 32;

/** How long the last callbacks are waited for, in ms. */
const arriveMsMax = 30_000;

interface Contender {
  readonly name: string;
  /** The server's process. */
  readonly pid: number;
  /** Works for so long and returns what was done, and in how long. */
  readonly work: (seconds: number) => Promise<Work>;
  readonly database: BenchDatabase;
}

interface Work {
  readonly done: number;
  readonly ms: number;
}

interface Result {
  readonly perSecond: number;
  /** CPU time of one, in µs: in the server's process, and in PostgreSQL. */
  readonly serverCpu: number;
  readonly storeCpu: number;
}

async function run(context: BenchContext): Promise<Findings> {
  const { short, say } = context;
  const receiver = context.startReceiver();
  const { origins } = await receiver.call("listen", { ports: 1 });
  const callbackUrl = `${origins[0]}/callback`;
  const contenders = [await openBare(context)];
  for (const headStartMs of [2000, 0]) {
    contenders.push(await openGateway(context, { receiver, callbackUrl, headStartMs }));
  }
  const results = new Map<string, Result[]>();
  const rounds = short ? 1 : 5;
  for (let round = 0; round <= rounds; round += 1) {
    for (const contender of contenders) {
      const result = await measure(context, contender, short ? 1 : 8);
      const { name, database } = contender;
      if (round === 0) {
        // The first time warms up, and is not counted. Then PostgreSQL gets to know its tables, as
        // it does by itself within a minute: plans from when they were empty are not what is meant.
        await database.query("analyze");
        continue;
      }
      results.set(name, [...(results.get(name) ?? []), result]);
      say(`  round ${round}, ${name}: ${rounded(result.perSecond)}/s`);
    }
  }
  return findingsOf(results);
}

async function measure(
  { postgres }: BenchContext,
  contender: Contender,
  seconds: number,
): Promise<Result> {
  const before = { server: await cpuMsOf(contender.pid), store: await cpuMsOf(postgres.pid) };
  const { done, ms } = await contender.work(seconds);
  const microsecondsEach = (cpuMs: number) => (cpuMs / done) * 1000;
  return {
    perSecond: (done / ms) * 1000,
    serverCpu: microsecondsEach((await cpuMsOf(contender.pid)) - before.server),
    storeCpu: microsecondsEach((await cpuMsOf(postgres.pid)) - before.store),
  };
}

async function openBare(context: BenchContext): Promise<Contender> {
  const database = await context.postgres.createDatabase();
  context.atEnd(() => database.drop());
  const server = context.start<BareServerMethods>("bare-server.ts");
  const pool = new Pool(await server.call("open", { url: database.url }), {
    connections: atOnce,
    allowH2: false,
  });
  context.atEnd(() => pool.destroy());
  const insert = async (): Promise<void> => {
    const { statusCode, body } = await pool.request({
      method: "POST",
      path: "/request",
      headers: { "content-type": "application/json" },
      body: bodyTemplate,
    });
    await body.dump();
    if (statusCode !== 200) throw new Error(`an insert was answered with ${statusCode}`);
  };
  return {
    name: bareName,
    pid: server.pid,
    database,
    work: (seconds) => inTurn(seconds, insert),
  };
}

const bareName = "bare inserts";

async function openGateway(
  context: BenchContext,
  options: {
    readonly receiver: Child<ReceiverMethods>;
    readonly callbackUrl: string;
    readonly headStartMs: number;
  },
): Promise<Contender> {
  const { receiver, callbackUrl, headStartMs } = options;
  const { profileFolder } = context;
  const database = await context.postgres.createDatabase();
  context.atEnd(() => database.drop());
  const gateway = await startGateway({ databaseUrl: database.url, headStartMs, profileFolder });
  context.atEnd(() => gateway.stop());
  const { url: gatewayUrl, profileId, serverKey } = gateway;
  const shopper = new Shopper({ gatewayUrl, profileId, serverKey, callbackUrl }, atOnce);
  context.atEnd(() => shopper.close());
  return {
    name: gatewayName(headStartMs),
    pid: gateway.pid,
    database,
    async work(seconds) {
      const before = await receiver.call("received");
      const startMs = performance.now();
      const { done } = await inTurn(seconds, () => shopper.pay());
      await arrived(receiver, before + done);
      return { done, ms: performance.now() - startMs };
    },
  };
}

function gatewayName(headStartMs: number): string {
  return `payments, head start ${headStartMs} ms`;
}

/** A payment is over when the merchant knows of it. */
async function arrived(receiver: Child<ReceiverMethods>, count: number): Promise<void> {
  const endsMs = performance.now() + arriveMsMax;
  while ((await receiver.call("received")) < count) {
    if (performance.now() > endsMs) throw new Error("a callback did not arrive");
    await wait(5);
  }
}

async function inTurn(seconds: number, job: () => Promise<void>): Promise<Work> {
  const startMs = performance.now();
  let done = 0;
  const client = async (): Promise<void> => {
    while (performance.now() < startMs + seconds * 1000) {
      await job();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, client));
  return { done, ms: performance.now() - startMs };
}

function findingsOf(results: ReadonlyMap<string, readonly Result[]>): Findings {
  const medians = new Map([...results].map(([name, found]) => [name, medianOf(found)]));
  const bareRate = medians.get(bareName)?.perSecond ?? Number.NaN;
  const payments = medians.get(gatewayName(2000))?.perSecond ?? Number.NaN;
  const rows = [...medians].map(([name, { perSecond, serverCpu, storeCpu }]) => {
    const rates = (results.get(name) ?? []).map((result) => rounded(result.perSecond));
    const spread = `${Math.min(...rates)}–${Math.max(...rates)}`;
    return [name, perSecond, spread, rounded(perSecond / bareRate), serverCpu, storeCpu];
  });
  const heading = ["of these", "per second", "lowest–highest", "of bare"];
  return {
    figures: {
      atOnce,
      // Three by the shop and the shopper, and the callback.
      requestsOfAPayment: 4,
      medians: Object.fromEntries(medians),
      samples: Object.fromEntries(results),
    },
    reach: [atLeast("payments/bare inserts", payments / bareRate, 0.25)],
    text: table([...heading, "server µs", "store µs"], rows),
  };
}

function medianOf(results: readonly Result[]): Result {
  const of = (key: keyof Result) => rounded(median(results.map((result) => result[key])));
  return { perSecond: of("perSecond"), serverCpu: of("serverCpu"), storeCpu: of("storeCpu") };
}
