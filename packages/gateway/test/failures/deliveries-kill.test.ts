import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deliveriesOf } from "../../src/deliveries/history.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { createTestDispatcher, statesOf, until } from "../support/dispatching.ts";
import {
  killNodes,
  type NodePlan,
  type NodeProcess,
  startNode,
} from "../support/node-processes.ts";
import { after, answer, hang, inTurn, type Receiver, startReceiver } from "../support/receiver.ts";

let database: TestDatabase;
let shop: Receiver;
const cleanups: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  shop = await startReceiver();
});

afterEach(async () => {
  await killNodes();
  for (const cleanup of cleanups.splice(0)) await cleanup();
  await shop.close();
  await database.drop();
});

function start(does: NodePlan["does"]): NodeProcess {
  return startNode({ does, databaseUrl: database.url, receivers: [shop.url] });
}

function survivor() {
  const node = createTestDispatcher(database.pool);
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

describe("a node stopped past its lease and woken up", () => {
  it("is fenced off", async () => {
    shop.behave(inTurn(after(500, answer(500)), answer(200)));
    const node = start("sends one");
    await shop.received(1);
    node.child.kill("SIGSTOP");
    survivor();
    await until(allDelivered);
    node.child.kill("SIGCONT");
    await node.said("fenced off");
    const [delivery] = await deliveriesOf(database.pool, 45001, "TST2609100000101");
    expect(delivery).toMatchObject({ state: "delivered" });
    expect(delivery?.attempts.map(({ number, verdict }) => [number, verdict])).toEqual([[1, "ok"]]);
  });
});
