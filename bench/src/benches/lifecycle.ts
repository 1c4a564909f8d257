import { setTimeout as wait } from "node:timers/promises";
import { Pool } from "undici";
import type { BareServerMethods } from "../bare-server.ts";
import { startGateway } from "../gateway.ts";
import { atLeast, type Bench, type BenchContext, type Findings } from "../harness.ts";
import { bodyTemplate } from "../load.ts";
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
  /** Works for so long and returns how many were done per second. */
  work(seconds: number): Promise<number>;
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
  const rates = new Map<string, number[]>();
  const rounds = short ? 1 : 5;
  for (let round = 0; round <= rounds; round += 1) {
    for (const { name, work } of contenders) {
      // The first time warms up, and is not counted.
      const seconds = short ? 1 : round === 0 ? 5 : 8;
      const perSecond = await work(seconds);
      if (round === 0) continue;
      rates.set(name, [...(rates.get(name) ?? []), perSecond]);
      say(`  round ${round}, ${name}: ${rounded(perSecond)}/s`);
    }
  }
  return findingsOf(rates);
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
    async work(seconds) {
      const { done, ms } = await inTurn(seconds, insert);
      return (done / ms) * 1000;
    },
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
    async work(seconds) {
      const before = await receiver.call("received");
      const startMs = performance.now();
      const { done } = await inTurn(seconds, () => shopper.pay());
      await arrived(receiver, before + done);
      return (done / (performance.now() - startMs)) * 1000;
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

async function inTurn(
  seconds: number,
  job: () => Promise<void>,
): Promise<{ done: number; ms: number }> {
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

function findingsOf(rates: ReadonlyMap<string, readonly number[]>): Findings {
  const of = (name: string) => median(rates.get(name) ?? []);
  const share = of(gatewayName(2000)) / of(bareName);
  const rows = [...rates].map(([name, samples]) => [
    name,
    rounded(median(samples)),
    `${rounded(Math.min(...samples))}–${rounded(Math.max(...samples))}`,
    rounded(median(samples) / of(bareName)),
  ]);
  return {
    figures: {
      atOnce,
      // Three by the shop and the shopper, and the callback.
      requestsOfAPayment: 4,
      perSecond: Object.fromEntries([...rates].map(([name]) => [name, rounded(of(name))])),
      samples: Object.fromEntries(rates),
    },
    reach: [atLeast("payments/bare inserts", share, 0.25)],
    text: table(["of these", "per second", "lowest–highest", "of bare inserts"], rows),
  };
}
