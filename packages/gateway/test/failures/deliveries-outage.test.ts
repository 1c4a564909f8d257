import { randomInt } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { Pool } from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createPool } from "../../src/database/pool.ts";
import type { DispatcherOptions } from "../../src/deliveries/dispatcher.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { type DatabaseProxy, startDatabaseProxy } from "../support/database-proxy.ts";
import {
  createTestDispatcher,
  enqueue,
  prepareTo,
  statesOf,
  until,
} from "../support/dispatching.ts";
import { toBacklog, untilStates } from "../support/lanes.ts";
import { balanced, keepLedger, summary } from "../support/ledger.ts";
import { killNodes, startNode } from "../support/node-processes.ts";
import { startOwnPostgres } from "../support/own-postgres.ts";
import { after, answer, type Receiver, startReceiver } from "../support/receiver.ts";
import { scaled } from "../support/scale.ts";

let shop: Receiver;
const cleanups: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  shop = await startReceiver({ behaviour: after(5, answer(200)) });
});

afterEach(async () => {
  await killNodes();
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  await shop.close();
});

const cleaned = <Made>(made: Made, cleanup: (made: Made) => Promise<unknown>): Made => {
  cleanups.push(() => cleanup(made));
  return made;
};

const testDatabase = async (): Promise<TestDatabase> =>
  cleaned(await createTestDatabase(), (database) => database.drop());

function dispatcher(pool: Pool, options: Partial<DispatcherOptions> = {}) {
  const node = cleaned(createTestDispatcher(pool, options), (created) => created.stop());
  node.start();
  return node;
}

const times = <Item>(count: number, make: () => Item) => Array.from({ length: count }, make);

/** Nodes that commit and send, while something happens to their database. */
async function underLoad(
  { url, pool }: { readonly url: string; readonly pool: Pool },
  happens: () => Promise<unknown>,
) {
  const [databaseUrl, receivers] = [url, [shop.url]];
  const plan = { databaseUrl, receivers, profiles: 3, pauseMs: 10, limits: { leaseMs: 2000 } };
  const nodes = [
    startNode({ ...plan, does: "commits and sends" }),
    startNode({ ...plan, does: "commits for others" }),
    startNode({ ...plan, does: "sends for others" }),
  ];
  for (const node of nodes) await node.said("running");
  await shop.received(20);
  await happens();
  await shop.received(shop.requests.length + 20, 60_000);
  await Promise.all(nodes.map((node) => node.stop()));
  const rest = createTestDispatcher(pool);
  rest.start();
  await until(async () => (await pool.query("select from delivery_queue")).rowCount === 0, 30_000);
  await rest.stop();
  const lines = nodes.flatMap((node) => node.lines);
  return { lines, ledger: await keepLedger(pool, shop.requests, lines) };
}

describe("PostgreSQL", () => {
  const restarts = scaled(2, 20);

  it(
    "ended and started again under load loses nothing that was committed",
    async () => {
      const server = cleaned(await startOwnPostgres(), (started) => started.stop());
      const { ledger, lines } = await underLoad(server, async () => {
        for (let restart = 0; restart < restarts; restart += 1) {
          await server.restart(restart % 2 === 0 ? "SIGKILL" : "SIGINT");
          await shop.received(shop.requests.length + 20, 60_000);
        }
      });
      if (restarts > 2)
        process.stdout.write(`PostgreSQL ended ${restarts} times: ${summary(ledger)}\n`);
      expect(ledger).toMatchObject(balanced);
      expect(shop.requests.filter(({ headers }) => "x-rolled-back" in headers)).toEqual([]);
      expect(lines.join("\n")).toMatch(/not committed as far as we know|could not be/);
    },
    restarts * 60_000,
  );

  it("that ends every connection again and again loses nothing", async () => {
    const database = await testDatabase();
    const { ledger } = await underLoad(database, async () => {
      for (let storm = 0; storm < scaled(20, 400); storm += 1) {
        await database.pool.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid()`,
        );
        await wait(randomInt(10, 100));
      }
    });
    expect(ledger).toMatchObject(balanced);
    expect(ledger.received).toBeGreaterThan(40);
  }, 120_000);
});

describe("a pool of two connections, one of which listens", () => {
  it("is enough: deliveries wait for one another, none for ever", async () => {
    const database = await testDatabase();
    const pool = cleaned(createPool(database.url, { connectionsMax: 2 }), (made) => made.end());
    const node = dispatcher(pool);
    const own = times(150, () => prepareTo(shop.url, node));
    await enqueue(database.pool, own);
    node.handOver(own);
    await toBacklog(
      database.pool,
      times(150, () => prepareTo(shop.url, {})),
    );
    await untilStates(database.pool, { delivered: 300 });
    expect(shop.requests).toHaveLength(300);
  });

  it("outlives that others take them for longer than a lease", async () => {
    const database = await testDatabase();
    const waits = { connectMsMax: 300, statementMsMax: 5000, answerMsMax: 5000 };
    const pool = cleaned(createPool(database.url, { connectionsMax: 2, waits }), (made) =>
      made.end(),
    );
    shop.behave(after(300, answer(200)));
    const node = dispatcher(pool, { limits: { leaseMs: 800 } });
    const own = times(20, () => prepareTo(shop.url, { ...node, leaseMs: 800 }));
    await enqueue(database.pool, own);
    node.handOver(own);
    await shop.received(1);
    const hog = await pool.connect();
    await hog.query("select pg_sleep(1.6)");
    hog.release();
    await untilStates(database.pool, { delivered: 20 });
    // What was on the wire or unrecorded meanwhile came twice, and was recorded once.
    const { rows } = await database.pool.query(
      "select max(number) as highest from delivery_attempt",
    );
    expect(rows).toEqual([{ highest: 1 }]);
  });
});

describe("a connection to PostgreSQL that nobody closes and nothing passes", () => {
  const waits = { connectMsMax: 400, statementMsMax: 600, answerMsMax: 900 };

  async function behindProxy() {
    const database = await testDatabase();
    const proxy = cleaned(await startDatabaseProxy(database.url), (started) => started.close());
    const pool = cleaned(createPool(proxy.url, { waits }), (made) => made.end());
    return { database, proxy, pool };
  }

  it.each(["stalled", "deaf"] as const)("is given up when it is %s", async (mode) => {
    const { database, proxy, pool } = await behindProxy();
    const node = dispatcher(pool);
    await toBacklog(
      database.pool,
      times(20, () => prepareTo(shop.url, {})),
    );
    await untilStates(database.pool, { delivered: 20 });
    shop.behave(after(300, answer(200)));
    await toBacklog(
      database.pool,
      times(40, () => prepareTo(shop.url, {})),
    );
    await shop.received(22);
    proxy.set(mode);
    await until(() => node.lines.some((line) => line.includes("could not be")));
    proxy.set("passing");
    const before = proxy.connections;
    await untilStates(database.pool, { delivered: 60 });
    expect(proxy.connections).toBeGreaterThan(before);
    expect(new Set(shop.requests.map(({ headers }) => headers["webhook-id"])).size).toBe(60);
  });

  it("does not keep the node from stopping", async () => {
    const { database, proxy, pool } = await behindProxy();
    const node = createTestDispatcher(pool, { limits: { stopMsMax: 300 } });
    node.start();
    await toBacklog(
      database.pool,
      times(20, () => prepareTo(shop.url, {})),
    );
    await shop.received(1);
    proxy.set("stalled");
    await node.stop();
    expect(node.counts()).toMatchObject({ inFlight: 0, queued: 0 });
    dispatcher(database.pool);
    await untilStates(database.pool, { delivered: 20 });
  });
});

describe("a node whose listening connection has died without a word", () => {
  it("listens over another, and hears again what is due", async () => {
    const database = await testDatabase();
    const proxy = cleaned(await startDatabaseProxy(database.url), (started) => started.close());
    const waits = { connectMsMax: 400, statementMsMax: 600, answerMsMax: 900 };
    const pool = cleaned(createPool(proxy.url, { waits }), (made) => made.end());
    // So long that only a notification can wake it.
    const polls = { pollMsMin: 60_000, pollMsMax: 60_000, healMs: 60_000, sweepMs: 60_000 };
    const node = dispatcher(pool, { limits: { ...polls, bellMs: 200 } });
    await untilHeard(database.pool);
    proxy.set("stalled");
    await until(() => node.lines.includes("notifications cannot be heard for now"));
    proxy.set("passing");
    let made = 0;
    await until(async () => {
      await toBacklog(database.pool, [prepareTo(shop.url, {})]);
      made += 1;
      return shop.requests.length > 0;
    });
    // From now on it hears each one: none waits for the other.
    for (let more = 0; more < 3; more += 1) {
      await toBacklog(database.pool, [prepareTo(shop.url, {})]);
      made += 1;
      await untilStates(database.pool, { delivered: made });
    }
    // The database knows a moment before the node does.
    await until(() => node.counts().recorded + node.counts().fenced === made);
    expect(node.counts()).toMatchObject({ recorded: made, fenced: 0 });
    expect(shop.requests).toHaveLength(made);
  });

  it("looks for what fell due while nobody listened", async () => {
    const { pool } = await testDatabase();
    const polls = { pollMsMin: 60_000, pollMsMax: 60_000, healMs: 60_000, sweepMs: 60_000 };
    dispatcher(pool, { limits: polls });
    await untilHeard(pool);
    await pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and query = 'listen wasl_deliveries'`,
    );
    await toBacklog(pool, [prepareTo(shop.url, {})]);
    await untilStates(pool, { delivered: 1 });
    expect(shop.requests).toHaveLength(1);
  });
});

/** Waits until somebody listens. */
async function untilHeard(pool: Pool): Promise<void> {
  await until(async () => {
    const { rowCount } = await pool.query(
      `select from pg_stat_activity
       where datname = current_database() and query = 'listen wasl_deliveries'`,
    );
    return rowCount === 1;
  });
}

describe("a record of which nobody heard that it took place", () => {
  it("is no fenced attempt when it is written again", async () => {
    const database = await testDatabase();
    const proxy = cleaned(await startDatabaseProxy(database.url), (started) => started.close());
    const waits = { connectMsMax: 400, statementMsMax: 600, answerMsMax: 900 };
    // Each connection that stands is found deaf by waiting for it, so there are few.
    const options = { waits, connectionsMax: 3 };
    const pool = cleaned(createPool(proxy.url, options), (made) => made.end());
    shop.behave(after(600, answer(200)));
    // Nothing else is to use up the connections that stand.
    const every = 60_000;
    const seldom = { pollMsMin: every, pollMsMax: every, sweepMs: every, healMs: every };
    const node = dispatcher(pool, {
      limits: { ...seldom, healthMs: every, redeliverMs: every, leaseMs: every },
    });
    const prepared = prepareTo(shop.url, { ...node, leaseMs: every });
    await enqueue(database.pool, [prepared]);
    node.handOver([prepared]);
    await shop.received(1);
    // What the node does at its start is over, so that a connection is there for the record; one listens.
    await until(() => pool.idleCount > 0 && pool.idleCount === pool.totalCount - 1);
    proxy.set("deaf");
    await untilStates(database.pool, { delivered: 1 });
    proxy.set("passing");
    await until(() => node.counts().recorded + node.counts().fenced > 0);
    expect(node.counts()).toMatchObject({ recorded: 1, fenced: 0, held: 0 });
    expect(node.lines).toContain("an attempt could not be recorded");
    expect(node.lines.join()).not.toContain("fenced off");
    expect(shop.requests).toHaveLength(1);
  });
});

async function commitsBehind(proxy: DatabaseProxy, mode: "stalled" | "deaf") {
  const waits = { connectMsMax: 400, statementMsMax: 600, answerMsMax: 600 };
  const pool = cleaned(createPool(proxy.url, { waits, connectionsMax: 1 }), (made) => made.end());
  await pool.query("select 1");
  const prepared = prepareTo(shop.url, { nodeId: "who does not know", leaseMs: 1000 });
  proxy.set(mode);
  await expect(enqueue(pool, [prepared])).rejects.toThrow("timeout");
  proxy.cut();
  return prepared;
}

describe("a commit of which nobody heard how it ended", () => {
  it("and took place is found by the sweep, and sent once", async () => {
    const database = await testDatabase();
    const proxy = cleaned(await startDatabaseProxy(database.url), (started) => started.close());
    const prepared = await commitsBehind(proxy, "deaf");
    expect(await statesOf(database.pool)).toEqual({ leased: 1 });
    expect(shop.requests).toHaveLength(0);
    dispatcher(database.pool);
    await untilStates(database.pool, { delivered: 1 });
    expect(shop.requests.map(({ headers }) => headers["webhook-id"])).toEqual([prepared.id]);
  });

  it("and did not take place is never sent", async () => {
    const database = await testDatabase();
    const proxy = cleaned(await startDatabaseProxy(database.url), (started) => started.close());
    await commitsBehind(proxy, "stalled");
    dispatcher(database.pool);
    const next = prepareTo(shop.url, {});
    await toBacklog(database.pool, [next]);
    await untilStates(database.pool, { delivered: 1 });
    expect(shop.requests.map(({ headers }) => headers["webhook-id"])).toEqual([next.id]);
  });
});
