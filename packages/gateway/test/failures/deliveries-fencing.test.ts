import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { recordCompletions } from "../../src/deliveries/completion-store.ts";
import type { NextStep } from "../../src/deliveries/delivery.ts";
import type { DispatcherOptions } from "../../src/deliveries/dispatcher.ts";
import { releaseLeases, renewLeases } from "../../src/deliveries/queue-store.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import {
  attemptsIn,
  createTestDispatcher,
  delivered,
  enqueue,
  leasesIn,
  prepareTo,
  statesOf,
  until,
} from "../support/dispatching.ts";
import { answer, inTurn, onceTold, type Receiver, startReceiver } from "../support/receiver.ts";

// While the survivor sends, the row stands in the queue under its lease. Were it settled before the
// zombie wakes, there would be no row left to write, and no fence would be needed.

/** Nothing times out while a test holds an answer back; only a test ends a lease. */
const patient: NonNullable<DispatcherOptions["limits"]> = { leaseMs: 60_000, attemptMsMax: 30_000 };

let database: TestDatabase;
let shop: Receiver;
const cleanups: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  shop = await startReceiver();
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  await shop.close();
  await database.drop();
});

function dispatcher(limits = patient) {
  const created = createTestDispatcher(database.pool, { limits });
  cleanups.push(() => created.stop());
  created.start();
  return created;
}

const endLeases = () =>
  database.pool.query("update delivery_queue set lease_until = now() - interval '1 second'");

const settled = async () => (await leasesIn(database.pool)).length === 0;

const ends: readonly { readonly next: NextStep }[] = [
  { next: { state: "delivered" } },
  { next: { state: "exhausted" } },
  { next: { state: "pending", delayMs: 0 } },
];

describe("a completion whose lease somebody else has by now", () => {
  it.each(ends)("changes nothing, when it came to $next.state", async ({ next }) => {
    const last = onceTold(answer(200));
    shop.behave(last.behaviour);
    const prepared = prepareTo(shop.url, { nodeId: "the zombie", leaseMs: 1 });
    await enqueue(database.pool, [prepared]);
    const { nodeId } = dispatcher();
    await shop.received(1);
    const before = await leasesIn(database.pool);
    expect(before).toMatchObject([{ state: "leased", attempt_count: 0, node_id: nodeId }]);

    const written = await recordCompletions(
      database.pool,
      [{ ...delivered(prepared), next, startedMs: performance.now() }],
      { nodeId: "the zombie", nowMs: performance.now() },
    );
    expect(written).toEqual([]);
    expect(await leasesIn(database.pool)).toEqual(before);
    expect(await attemptsIn(database.pool)).toEqual([]);

    last.tell();
    await until(settled);
    expect(await statesOf(database.pool)).toEqual({ delivered: 1 });
    expect(await attemptsIn(database.pool)).toEqual([
      { number: 1, verdict: "ok", node_id: nodeId },
    ]);
    expect(shop.requests).toHaveLength(1);
  });
});

const queue = async () => (await database.pool.query("select * from delivery_queue")).rows;

describe("a lease that somebody else has by now", () => {
  it("is neither renewed nor given back by who had it", async () => {
    const theirs = prepareTo(shop.url, { nodeId: "the survivor", leaseMs: 60_000 });
    await enqueue(database.pool, [theirs]);
    const before = await queue();
    const stale = { ...theirs, leaseToken: randomUUID() };
    expect(await renewLeases(database.pool, [stale], 600_000)).toEqual([]);
    await releaseLeases(database.pool, [{ ...stale, delayMs: 0 }]);
    expect(await queue()).toEqual(before);

    expect(await renewLeases(database.pool, [theirs], 600_000)).toEqual([theirs.id]);
    await releaseLeases(database.pool, [{ ...theirs, delayMs: 0 }]);
    expect(await queue()).toMatchObject([{ state: "pending", lease_token: null }]);
  });
});

describe("a node that stood still past its lease", () => {
  it("does not send what waited in its memory", async () => {
    const zombie = createTestDispatcher(database.pool);
    const prepared = prepareTo(shop.url, { nodeId: zombie.nodeId, leaseMs: 50 });
    await enqueue(database.pool, [prepared]);
    zombie.handOver([prepared]);
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
    const node = dispatcher();
    await until(settled);
    zombie.start();
    await zombie.stop();
    expect(shop.requests).toHaveLength(1);
    expect(zombie.lines).toContain("a lease ran out before its turn");
    expect(node.counts().recorded).toBe(1);
  });

  it.each([
    { came: "delivered", status: 200 },
    { came: "pending", status: 500 },
  ])("finds its late attempt fenced off, when it came to $came", async ({ status }) => {
    const [first, last] = [onceTold(answer(status)), onceTold(answer(200))];
    shop.behave(inTurn(first.behaviour, last.behaviour));
    // With room for one, it cannot claim anew what it is still sending.
    const zombie = dispatcher({ ...patient, heldMax: 1 });
    const prepared = prepareTo(shop.url, { nodeId: zombie.nodeId, leaseMs: 60_000 });
    await enqueue(database.pool, [prepared]);
    zombie.handOver([prepared]);
    await shop.received(1);
    await endLeases();
    const { nodeId } = dispatcher();
    await shop.received(2);
    const before = await leasesIn(database.pool);
    expect(before).toMatchObject([{ state: "leased", attempt_count: 0, node_id: nodeId }]);

    first.tell();
    await until(() => zombie.counts().fenced + zombie.counts().recorded === 1);
    expect(zombie.counts()).toMatchObject({ fenced: 1, recorded: 0 });
    expect(await leasesIn(database.pool)).toEqual(before);
    expect(await attemptsIn(database.pool)).toEqual([]);

    last.tell();
    await until(settled);
    expect(await statesOf(database.pool)).toEqual({ delivered: 1 });
    expect(await attemptsIn(database.pool)).toEqual([
      { number: 1, verdict: "ok", node_id: nodeId },
    ]);
    expect(shop.requests).toHaveLength(2);
  });
});
