import { randomInt } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { createTestDispatcher, until } from "../support/dispatching.ts";
import { balanced, keepLedger, summary } from "../support/ledger.ts";
import {
  killNodes,
  type NodePlan,
  type NodeProcess,
  startNode,
} from "../support/node-processes.ts";
import { after, answer, type Receiver, reset, startReceiver } from "../support/receiver.ts";
import { scaled } from "../support/scale.ts";

let database: TestDatabase;
let shops: readonly Receiver[];

beforeEach(async () => {
  database = await createTestDatabase();
  shops = [await startReceiver(), await startReceiver()];
  resets = 0;
  for (const shop of shops) shop.behave(moody);
});

afterEach(async () => {
  await killNodes();
  for (const shop of shops) await shop.close();
  await database.drop();
});

/** An attempt whose kept-alive connection is reset is made once more, over a new one. */
let resets = 0;

/** A server that takes its time, and fails now and then. */
const moody: typeof reset = (response, request) => {
  const mood = randomInt(100);
  if (mood < 3) {
    resets += 1;
    return reset(response, request);
  }
  return after(randomInt(20), answer(mood < 8 ? 500 : 200))(response, request);
};

/**
 * A lease so long that a busy machine does not let it run out under a living node, and so few at
 * once that the nodes are always at this bound: what a kill repeats is then near what it may.
 */
const limits = { leaseMs: 4000, inFlightMax: 4, unrecordedMax: 4, attemptMsMax: 3000 };

/** What a node may have sent without having recorded it. */
const unrecordedMax = limits.inFlightMax + limits.unrecordedMax;

type Role = NodePlan["does"];

function start(does: Role): NodeProcess {
  return startNode({
    does,
    databaseUrl: database.url,
    receivers: shops.map(({ url }) => url),
    profiles: 3,
    atOnce: 12,
    pauseMs: 20,
    limits,
  });
}

const requests = () => shops.flatMap((shop) => shop.requests);

describe("kill -9 again and again, under load", () => {
  const kills = scaled(8, 100);

  it(
    "loses nothing, sends nothing that was rolled back, and repeats no more than it must",
    async () => {
      const roles: Role[] = ["commits and sends", "commits for others", "sends for others"];
      const running = new Map(roles.map((does) => [does, start(does)]));
      const lines: string[] = [];
      let repeatedMax = 0;
      for (let kill = 0; kill < kills; kill += 1) {
        const before = requests().length;
        await until(() => requests().length >= before + 20 + randomInt(60), 60_000);
        const does = roles[kill % roles.length] ?? "commits and sends";
        const node = running.get(does);
        await node?.said("running");
        await node?.kill();
        lines.push(...(node?.lines ?? []));
        running.set(does, start(does));
        if (does !== "commits for others") repeatedMax += unrecordedMax;
      }
      for (const node of running.values()) {
        await node.said("running");
        await node.stop();
        lines.push(...node.lines);
      }
      await emptyQueue();
      const ledger = await keepLedger(database.pool, requests(), lines);
      if (kills > 8) process.stdout.write(`kill -9: ${kills} kills, ${summary(ledger)}\n`);
      expect(ledger).toMatchObject(balanced);
      expect(ledger.committed).toBeGreaterThan(kills * 20);
      // Each completion that was fenced off is of a node that stood still, as on a busy machine.
      const fenced = lines.filter((line) => line.includes("fenced off")).length;
      expect(ledger.unrecorded).toBeLessThanOrEqual(repeatedMax + fenced + resets);
      // So that the bound means something: without it, far more could have been repeated.
      expect(ledger.received).toBeGreaterThan(4 * repeatedMax);
      expect(requests().filter(({ headers }) => "x-rolled-back" in headers)).toEqual([]);
    },
    scaled(120_000, 1_800_000),
  );
});

/** Sends whatever the nodes left behind. */
async function emptyQueue(): Promise<void> {
  const node = createTestDispatcher(database.pool, { limits: { leaseMs: limits.leaseMs } });
  node.start();
  try {
    await until(async () => {
      const { rows } = await database.pool.query("select from delivery_queue limit 1");
      return rows.length === 0;
    }, 60_000);
  } finally {
    await node.stop();
  }
}
