import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deliveriesOf } from "../../src/deliveries/history.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import {
  attemptsIn,
  createTestDispatcher,
  leasesIn,
  prepareTo,
  statesOf,
  until,
} from "../support/dispatching.ts";
import { toBacklog, untilStates } from "../support/lanes.ts";
import { balanced, keepLedger } from "../support/ledger.ts";
import { hold, letAllGo, untilWaiting } from "../support/locks.ts";
import {
  killNodes,
  type NodePlan,
  type NodeProcess,
  startNode,
} from "../support/node-processes.ts";
import {
  after,
  answer,
  hang,
  inTurn,
  onceTold,
  type Receiver,
  startReceiver,
} from "../support/receiver.ts";

let database: TestDatabase;
let shop: Receiver;
const cleanups: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  shop = await startReceiver();
});

afterEach(async () => {
  await killNodes();
  await letAllGo();
  for (const cleanup of cleanups.splice(0)) await cleanup();
  await shop.close();
  await database.drop();
});

function start(does: NodePlan["does"], limits: NodePlan["limits"] = {}): NodeProcess {
  return startNode({ does, databaseUrl: database.url, receivers: [shop.url], limits });
}

/** Deliveries that any node may send. */
async function backlog(count: number): Promise<void> {
  await toBacklog(
    database.pool,
    Array.from({ length: count }, () => prepareTo(shop.url, {})),
  );
}

function survivor(limits: NodePlan["limits"] = {}) {
  const node = createTestDispatcher(database.pool, { limits });
  cleanups.push(() => node.stop());
  node.start();
  return node;
}

const allDelivered = async () => {
  const { delivered, ...others } = await statesOf(database.pool);
  return (delivered ?? 0) > 0 && Object.keys(others).length === 0;
};

function distinctIds(): Set<string | undefined> {
  return new Set(shop.requests.map(({ headers }) => headers["webhook-id"]));
}

describe("a node killed", () => {
  it("between commit and hand-over leaves its delivery to others", async () => {
    const node = start("commits one and dies");
    await node.ended;
    expect(await statesOf(database.pool)).toEqual({ leased: 1 });
    expect(shop.requests).toHaveLength(0);
    survivor();
    await until(allDelivered);
    expect(shop.requests).toHaveLength(1);
  });

  it("between POST and completion has its attempt repeated, under the same number and id", async () => {
    shop.behave(inTurn(hang, answer(200)));
    const node = start("sends one");
    await shop.received(1);
    await node.kill();
    survivor();
    await until(allDelivered);
    expect(shop.requests).toHaveLength(2);
    expect(distinctIds().size).toBe(1);
    const [delivery] = await deliveriesOf(database.pool, 45001, "TST2609100000101");
    expect(delivery?.attempts.map(({ number, verdict }) => [number, verdict])).toEqual([[1, "ok"]]);
  });
});

describe("a node killed with many deliveries in hand", () => {
  it("while it records attempts has them recorded or repeated, and counted once", async () => {
    const letGo = await hold(database.pool, "lock table only delivery_attempt in share mode");
    const node = start("sends for others");
    await backlog(30);
    await untilWaiting(database.pool, "relation", 1);
    await shop.received(4);
    await node.kill();
    await letGo();
    survivor();
    await untilStates(database.pool, { delivered: 30 });
    expect(await keepLedger(database.pool, shop.requests, [])).toMatchObject(balanced);
    expect(shop.requests.length).toBeLessThanOrEqual(2 * 30);
  });

  it("while it drains has what it was sending repeated", async () => {
    shop.behave(hang);
    const node = start("sends for others", { stopMsMax: 60_000 });
    await backlog(30);
    await shop.received(2);
    node.child.kill("SIGTERM");
    await node.said("stopping");
    // What it had not begun is free at once, under whatever lease.
    await until(async () => (await statesOf(database.pool)).pending === 28);
    await node.kill();
    shop.behave(answer(200));
    survivor();
    await untilStates(database.pool, { delivered: 30 });
    expect(distinctIds().size).toBe(30);
    expect(shop.requests).toHaveLength(32);
  });
});

describe("a node asked to stop", () => {
  it("finishes what it has begun, and others send the rest at once", async () => {
    shop.behave(after(300, answer(200)));
    const node = start("sends for others", { leaseMs: 600_000 });
    await backlog(40);
    await until(async () => {
      const { leased = 0, delivered = 0 } = await statesOf(database.pool);
      return delivered > 0 && leased + delivered === 40;
    });
    survivor();
    await node.stop();
    expect(node.child.exitCode).toBe(0);
    // Ten minutes before its leases would have ended.
    await untilStates(database.pool, { delivered: 40 });
    expect(shop.requests).toHaveLength(40);
    const { rows } = await database.pool.query("select distinct node_id from delivery_attempt");
    expect(rows).toHaveLength(2);
  });
});

describe("a node stopped past its lease and woken up", () => {
  it.each([
    { came: "delivered", status: 200 },
    { came: "pending", status: 500 },
  ])("is fenced off, when its attempt came to $came", async ({ status }) => {
    const [first, last] = [onceTold(answer(status)), onceTold(answer(200))];
    shop.behave(inTurn(first.behaviour, last.behaviour));
    const node = start("sends one", { attemptMsMax: 30_000 });
    await shop.received(1);
    node.child.kill("SIGSTOP");
    first.tell();
    const { nodeId } = survivor({ leaseMs: 60_000, attemptMsMax: 30_000 });
    // Its POST hangs, so that the row is still there to be written, under its lease.
    await shop.received(2);
    const before = await leasesIn(database.pool);
    expect(before).toMatchObject([{ state: "leased", attempt_count: 0, node_id: nodeId }]);

    node.child.kill("SIGCONT");
    await node.said("fenced off");
    expect(await leasesIn(database.pool)).toEqual(before);
    expect(await attemptsIn(database.pool)).toEqual([]);

    last.tell();
    await until(allDelivered);
    expect(await statesOf(database.pool)).toEqual({ delivered: 1 });
    expect(await attemptsIn(database.pool)).toEqual([
      { number: 1, verdict: "ok", node_id: nodeId },
    ]);
    expect(shop.requests).toHaveLength(2);
    expect(distinctIds().size).toBe(1);
  });
});
