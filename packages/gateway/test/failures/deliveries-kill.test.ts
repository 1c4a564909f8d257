import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deliveriesOf } from "../../src/deliveries/history.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { createTestDispatcher, statesOf, until } from "../support/dispatching.ts";
import { after, answer, hang, inTurn, type Receiver, startReceiver } from "../support/receiver.ts";

let database: TestDatabase;
let shop: Receiver;
const children = new Set<ChildProcess>();
const cleanups: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  shop = await startReceiver();
});

afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  children.clear();
  for (const cleanup of cleanups.splice(0)) await cleanup();
  await shop.close();
  await database.drop();
});

interface Node {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<unknown>;
}

function startChild(plan: string): Node {
  const script = join(import.meta.dirname, "deliveries-child.ts");
  const child = spawn(process.execPath, [script, database.url, shop.url, plan], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.add(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  return { child, output: () => output, ended: once(child, "exit") };
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
    const node = startChild("die between commit and hand-over");
    await node.ended;
    expect(await statesOf(database.pool)).toEqual({ leased: 1 });
    expect(shop.requests).toHaveLength(0);
    survivor();
    await until(allDelivered);
    expect(shop.requests).toHaveLength(1);
  });

  it("between POST and completion has its attempt repeated, under the same number and id", async () => {
    shop.behave(inTurn(hang, answer(200)));
    const node = startChild("send one");
    await shop.received(1);
    node.child.kill("SIGKILL");
    await node.ended;
    survivor();
    await until(allDelivered);
    expect(shop.requests).toHaveLength(2);
    expect(distinctIds().size).toBe(1);
    const [delivery] = await deliveriesOf(database.pool, 45001, "TST2609100000101");
    expect(delivery?.attempts.map(({ number, verdict }) => [number, verdict])).toEqual([[1, "ok"]]);
  });

  it("again and again under load loses nothing, and sends nothing that was rolled back", async () => {
    shop.behave(after(5, answer(200)));
    const killsMax = 6;
    for (let kills = 0; kills < killsMax; kills += 1) {
      const node = startChild("send without end");
      await shop.received(shop.requests.length + 20 + Math.floor(Math.random() * 60));
      node.child.kill("SIGKILL");
      await node.ended;
    }
    survivor();
    await until(allDelivered, 20_000);
    const { rows } = await database.pool.query<{ id: string }>(
      "select delivery_id as id from delivery",
    );
    const ids = distinctIds();
    expect(rows.filter(({ id }) => !ids.has(id))).toEqual([]);
    expect(ids.size).toBe(rows.length);
    expect(shop.requests.filter(({ headers }) => "x-rolled-back" in headers)).toEqual([]);
    // At most what was on the wire, or sent and not yet recorded, at each kill.
    expect(shop.requests.length - ids.size).toBeLessThanOrEqual(killsMax * 16);
  });
});

describe("a node stopped past its lease and woken up", () => {
  it("is fenced off", async () => {
    shop.behave(inTurn(after(500, answer(500)), answer(200)));
    const node = startChild("send one");
    await shop.received(1);
    node.child.kill("SIGSTOP");
    survivor();
    await until(allDelivered);
    node.child.kill("SIGCONT");
    await until(() => node.output().includes("fenced off"));
    const [delivery] = await deliveriesOf(database.pool, 45001, "TST2609100000101");
    expect(delivery).toMatchObject({ state: "delivered" });
    expect(delivery?.attempts.map(({ number, verdict }) => [number, verdict])).toEqual([[1, "ok"]]);
  });
});
