import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keepDays } from "../../src/deliveries/days.ts";
import type { PreparedDelivery } from "../../src/deliveries/delivery.ts";
import { deliveriesOf } from "../../src/deliveries/history.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import {
  createTestDispatcher,
  enqueue,
  prepareTo,
  statesOf,
  until,
} from "../support/dispatching.ts";
import { after, answer, type Receiver, startReceiver } from "../support/receiver.ts";

let database: TestDatabase;
let shop: Receiver;
const cleanups: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  shop = await startReceiver();
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
  await shop.close();
  await database.drop();
});

const minute = 60_000;
const day = 24 * 60 * minute;
const year = 365 * day;

/** A node whose clock is off by this much. */
function nodeOff(ms: number) {
  const node = createTestDispatcher(database.pool, {
    clock: { now: () => new Date(Date.now() + ms) },
  });
  cleanups.push(() => node.stop());
  node.start();
  return node;
}

/** The same delivery as a process would make it whose clock is off by this much. */
function madeOff(prepared: PreparedDelivery, ms: number): PreparedDelivery {
  const time = (Date.now() + ms).toString(16).padStart(12, "0");
  const id = `${time.slice(0, 8)}-${time.slice(8)}${prepared.id.slice(13)}`;
  return { ...prepared, id };
}

async function partOf(id: string): Promise<string> {
  const { rows } = await database.pool.query(
    "select tableoid::regclass::text as part from delivery where delivery_id = $1",
    [id],
  );
  return rows[0]?.part;
}

describe("nodes whose clocks are minutes apart", () => {
  it("share the work, and neither takes what the other holds", async () => {
    shop.behave(after(400, answer(200)));
    const nodes = [nodeOff(-10 * minute), nodeOff(10 * minute)];
    const prepared = nodes.flatMap((node) =>
      Array.from({ length: 10 }, () => prepareTo(shop.url, { nodeId: node.nodeId, leaseMs: 300 })),
    );
    await enqueue(database.pool, prepared);
    nodes[0]?.handOver(prepared.slice(0, 10));
    nodes[1]?.handOver(prepared.slice(10));
    await until(async () => (await statesOf(database.pool)).delivered === 20);
    expect(new Set(shop.requests.map(({ headers }) => headers["webhook-id"])).size).toBe(20);
    expect(shop.requests).toHaveLength(20);
  });

  it("sign with their own time, which receivers check", async () => {
    const node = nodeOff(10 * minute);
    const prepared = prepareTo(shop.url, node);
    await enqueue(database.pool, [prepared]);
    node.handOver([prepared]);
    const [request] = await shop.received(1);
    const seconds = Number.parseInt(request?.headers["webhook-timestamp"] ?? "", 10);
    expect(Math.abs(seconds - (Date.now() + 10 * minute) / 1000)).toBeLessThan(60);
  });
});

describe("deliveries whose ids bear another time", () => {
  it.each([
    ["ten minutes early", -10 * minute],
    ["three days ahead", 3 * day],
    ["a month early", -30 * day],
    ["ten years ahead", 10 * year],
    ["of 1970", -Date.now()],
  ])("%s arrive, and their history is found", async (_title, ms) => {
    const node = nodeOff(0);
    const prepared = madeOff(prepareTo(shop.url, node), ms);
    await enqueue(database.pool, [prepared]);
    node.handOver([prepared]);
    await until(async () => (await statesOf(database.pool)).delivered === 1);
    const [delivery] = await deliveriesOf(database.pool, 45001, prepared.subject);
    expect(delivery).toMatchObject({ id: prepared.id, state: "delivered" });
    expect(delivery?.attempts.map(({ number }) => number)).toEqual([1]);
    const near = Math.abs(ms) < 7 * day;
    expect(await partOf(prepared.id)).toMatch(near ? /^delivery_\d{8}$/ : /^delivery_default$/);
  });

  it("are dropped when they are old and settled, not before", async () => {
    const prepared = madeOff(prepareTo(shop.url, {}), -400 * day);
    await enqueue(database.pool, [prepared]);
    await keepDays(database.pool, 90);
    expect(await statesOf(database.pool)).toEqual({ pending: 1 });
    nodeOff(0);
    await until(async () => (await statesOf(database.pool)).delivered === 1);
    // It is as old as the database says, not its id.
    await keepDays(database.pool, 90);
    expect(await statesOf(database.pool)).toEqual({ delivered: 1 });
    await database.pool.query(
      `with older as (update delivery set created_at = created_at - interval '91 days')
       update delivery_attempt set started_at = started_at - interval '91 days'`,
    );
    await keepDays(database.pool, 90);
    expect(await statesOf(database.pool)).toEqual({});
    const { rows } = await database.pool.query("select from delivery_attempt");
    expect(rows).toEqual([]);
  });
});
