import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DispatcherOptions } from "../../src/deliveries/dispatcher.ts";
import { enqueueCtes, enqueueParameter } from "../../src/deliveries/enqueue.ts";
import { deliveriesOf } from "../../src/deliveries/history.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import {
  createTestDispatcher,
  enqueue,
  prepareTo,
  testSchedule,
  statesOf,
  until,
} from "../support/dispatching.ts";
import {
  after,
  answer,
  hang,
  inTurn,
  type Receiver,
  type ReceiverOptions,
  startReceiver,
} from "../support/receiver.ts";

let database: TestDatabase;
const cleanups: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  await database.drop();
});

async function receiver(options: ReceiverOptions = {}): Promise<Receiver> {
  const started = await startReceiver(options);
  cleanups.push(() => started.close());
  return started;
}

function dispatcher(options: Partial<DispatcherOptions> = {}) {
  const created = createTestDispatcher(database.pool, options);
  cleanups.push(() => created.stop());
  created.start();
  return created;
}

function times<Item>(count: number, make: (index: number) => Item): Item[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

const settled = async (count: number) => {
  const states = await statesOf(database.pool);
  return (states.delivered ?? 0) + (states.exhausted ?? 0) === count;
};

describe("a delivery handed over at commit", () => {
  it("is sent at once and its attempt recorded", async () => {
    const shop = await receiver();
    const node = dispatcher();
    const prepared = prepareTo(shop.url, node);
    await enqueue(database.pool, [prepared]);
    node.handOver([prepared]);
    expect(await node.firstAttempt(prepared, 2000)).toBe("settled");

    const [delivery] = await deliveriesOf(database.pool, 45001, "TST2609100000101");
    expect(delivery).toMatchObject({
      id: prepared.id,
      purpose: "callback",
      state: "delivered",
      url: `${shop.url}/cb`,
      headers: { "User-Agent": "IPN/1.0", Signature: "00ff" },
      attempts: [
        { number: 1, verdict: "ok", detail: "200", httpStatus: 200, address: "127.0.0.1" },
      ],
    });
    expect(delivery?.body.equals(prepared.body)).toBe(true);
    const [attempt] = delivery?.attempts ?? [];
    expect(attempt?.startedAt.getTime()).toBeCloseTo(Date.now(), -4);
    expect(shop.requests).toHaveLength(1);
    // Who asks after the fact, or on another node, is answered from the database.
    expect(await node.firstAttempt(prepared, 100)).toBe("settled");
    expect(node.counts()).toMatchObject({ held: 0, inFlight: 0, queued: 0, recorded: 1 });
  });

  it("is written only together with its source", async () => {
    const node = dispatcher();
    await database.pool.query(
      `with done as (select 1 where false), ${enqueueCtes("done", "$1")}
       select count(*) from done`,
      [enqueueParameter([prepareTo("http://127.0.0.1:1", node)])],
    );
    expect(await statesOf(database.pool)).toEqual({});
  });

  it("fails, is tried again by the schedule with the same bytes and id, and arrives", async () => {
    const shop = await receiver({ behaviour: inTurn(answer(500), answer(404), answer(200)) });
    const node = dispatcher();
    const prepared = prepareTo(shop.url, node);
    await enqueue(database.pool, [prepared]);
    node.handOver([prepared]);
    await until(() => settled(1));
    const [delivery] = await deliveriesOf(database.pool, 45001, "TST2609100000101");
    expect(delivery?.state).toBe("delivered");
    expect(delivery?.attempts.map(({ number, verdict }) => [number, verdict])).toEqual([
      [1, "app_error"],
      [2, "not_found"],
      [3, "ok"],
    ]);
    const sent = shop.requests.map((request) => request.body.toString("base64"));
    expect(new Set(sent).size).toBe(1);
    const ids = shop.requests.map((request) => request.headers["webhook-id"]);
    expect(new Set(ids)).toEqual(new Set([prepared.id]));
  });

  it("is exhausted when the schedule ends", async () => {
    const shop = await receiver({ behaviour: answer(500) });
    const node = dispatcher();
    const prepared = prepareTo(shop.url, node);
    await enqueue(database.pool, [prepared]);
    node.handOver([prepared]);
    await until(() => settled(1));
    const [delivery] = await deliveriesOf(database.pool, 45001, "TST2609100000101");
    expect(delivery).toMatchObject({ state: "exhausted" });
    expect(delivery?.settledAt).toBeInstanceOf(Date);
    expect(delivery?.attempts).toHaveLength(4);
    expect(shop.requests).toHaveLength(4);
  });

  it("that cannot be signed is not sent and uses up no attempt", async () => {
    const shop = await receiver();
    let faults = 2;
    const node = dispatcher({
      policyOf: () => {
        faults -= 1;
        if (faults >= 0) return Promise.reject(new Error("no key"));
        return Promise.resolve({ key: "S", schedule: testSchedule });
      },
    });
    const prepared = prepareTo(shop.url, node);
    await enqueue(database.pool, [prepared]);
    node.handOver([prepared]);
    await until(() => settled(1));
    const [delivery] = await deliveriesOf(database.pool, 45001, "TST2609100000101");
    expect(delivery?.attempts.map(({ number, verdict }) => [number, verdict])).toEqual([[1, "ok"]]);
    expect(node.lines).toContain("a delivery could not be tried");
  });

  it("survives answers that a database would choke on", async () => {
    const odd = "\u0000\ud83d 日本 \u001b[31m";
    const shop = await receiver({
      behaviour: answer(500, Buffer.concat([Buffer.from(odd), Buffer.from([0, 0xff, 0xc3])]), {
        server: "sérvér\t",
      }),
    });
    const node = dispatcher();
    const prepared = prepareTo(shop.url, node);
    await enqueue(database.pool, [prepared]);
    node.handOver([prepared]);
    expect(await node.firstAttempt(prepared, 2000)).toBe("settled");
    const [delivery] = await deliveriesOf(database.pool, 45001, "TST2609100000101");
    expect(delivery?.attempts[0]?.verdict).toBe("app_error");
    expect(delivery?.attempts[0]?.answer.at(-1)).toBe(0xc3);
  });
});

describe("a lane", () => {
  it("that overflows is emptied through the backlog, and everything arrives once", async () => {
    const shop = await receiver({ behaviour: after(5, answer(200)) });
    const node = dispatcher({ limits: { queuedPerLaneMax: 8, claimPerLaneMax: 4, leaseMs: 5000 } });
    const prepared = times(200, () => prepareTo(shop.url, { ...node, leaseMs: 5000 }));
    await enqueue(database.pool, prepared);
    node.handOver(prepared);
    expect(node.counts().held).toBeLessThanOrEqual(16);
    await until(() => settled(200));
    expect(await statesOf(database.pool)).toEqual({ delivered: 200 });
    expect(shop.requests).toHaveLength(200);
    expect(new Set(shop.requests.map(({ headers }) => headers["webhook-id"])).size).toBe(200);
  });

  it("that hangs has its few places and holds up nobody", async () => {
    const dead = await receiver({ behaviour: hang });
    const healthy = await receiver();
    const node = dispatcher();
    const toDead = times(100, () => prepareTo(dead.url, node));
    const toHealthy = times(50, () => prepareTo(healthy.url, node));
    await enqueue(database.pool, [...toDead, ...toHealthy]);
    const startedMs = performance.now();
    node.handOver([...toDead, ...toHealthy]);
    await healthy.received(50, 900);
    // Before the first of the hanging attempts has even timed out.
    expect(performance.now() - startedMs).toBeLessThan(1000);
    // As many as a lane has that never answered.
    expect(dead.requests).toHaveLength(2);
    dead.behave(answer(200));
  });
});

describe("what another node left behind", () => {
  it("is taken up when its lease has run out", async () => {
    const shop = await receiver();
    const prepared = prepareTo(shop.url, { nodeId: "a node that died", leaseMs: 300 });
    await enqueue(database.pool, [prepared]);
    const node = dispatcher();
    await new Promise((resolve) => {
      setTimeout(resolve, 150);
    });
    expect(shop.requests).toHaveLength(0);
    expect(await node.firstAttempt(prepared, 3000)).toBe("settled");
    expect(shop.requests).toHaveLength(1);
  });

  it("is not taken while its lease is renewed, however long the attempt", async () => {
    const shop = await receiver({ behaviour: after(900, answer(200)) });
    const limits = { leaseMs: 400, attemptMsMax: 2000 };
    const [holder, other] = [dispatcher({ limits }), dispatcher({ limits })];
    const prepared = prepareTo(shop.url, { nodeId: holder.nodeId, leaseMs: 400 });
    await enqueue(database.pool, [prepared]);
    holder.handOver([prepared]);
    await until(() => settled(1));
    expect(shop.requests).toHaveLength(1);
    expect(other.counts().recorded).toBe(0);
  });
});

describe("two nodes on one database", () => {
  it("never send the same lease twice", async () => {
    const shop = await receiver();
    const prepared = times(400, (index) =>
      prepareTo(shop.url, { nodeId: "elsewhere", leaseMs: 1 }, { profileId: 45001 + (index % 7) }),
    );
    await enqueue(database.pool, prepared);
    const nodes = [dispatcher(), dispatcher()];
    await until(() => settled(400));
    expect(shop.requests).toHaveLength(400);
    expect(new Set(shop.requests.map(({ headers }) => headers["webhook-id"])).size).toBe(400);
    const counts = nodes.map((node) => node.counts());
    expect(counts.map(({ fenced }) => fenced)).toEqual([0, 0]);
    expect(counts.reduce((sum, { recorded }) => sum + recorded, 0)).toBe(400);
  });
});

describe("a node that stops", () => {
  it("finishes what is on the wire and gives the rest back at once", async () => {
    const shop = await receiver({ behaviour: after(200, answer(200)) });
    const node = dispatcher({ limits: { inFlightUnprovenMax: 8 } });
    const prepared = times(30, () => prepareTo(shop.url, node));
    await enqueue(database.pool, prepared);
    node.handOver(prepared);
    await shop.received(8);
    await node.stop();
    expect(await statesOf(database.pool)).toEqual({ delivered: 8, pending: 22 });
    // What is handed over after that goes back too.
    const late = prepareTo(shop.url, node);
    await enqueue(database.pool, [late]);
    node.handOver([late]);
    await until(async () => (await statesOf(database.pool)).pending === 23);
    expect(shop.requests).toHaveLength(8);
  });

  it("cuts what hangs, and gives it back for another to repeat", async () => {
    const shop = await receiver({ behaviour: hang });
    const node = dispatcher({ limits: { attemptMsMax: 20_000, stopMsMax: 200 } });
    const prepared = prepareTo(shop.url, node);
    await enqueue(database.pool, [prepared]);
    node.handOver([prepared]);
    await shop.received(1);
    await node.stop();
    expect(await statesOf(database.pool)).toEqual({ pending: 1 });
    shop.behave(answer(200));
    dispatcher();
    await until(() => settled(1));
    const [delivery] = await deliveriesOf(database.pool, 45001, "TST2609100000101");
    expect(delivery?.attempts.map(({ number, verdict }) => [number, verdict])).toEqual([[1, "ok"]]);
  });
});

describe("a database that goes away", () => {
  it("costs no delivery: every loop goes on when it is back", async () => {
    const shop = await receiver({ behaviour: after(20, answer(200)) });
    const node = dispatcher();
    const prepared = times(100, () => prepareTo(shop.url, node));
    await enqueue(database.pool, prepared);
    node.handOver(prepared);
    for (let n = 0; n < 5; n += 1) {
      await database.pool
        .query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid()`,
        )
        .catch(() => undefined);
      await new Promise((resolve) => {
        setTimeout(resolve, 40);
      });
    }
    await until(() => settled(100));
    expect(await statesOf(database.pool)).toEqual({ delivered: 100 });
    const ids = new Set(shop.requests.map(({ headers }) => headers["webhook-id"]));
    expect(ids.size).toBe(100);
  });
});
