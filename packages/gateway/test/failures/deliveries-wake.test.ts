import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PreparedDelivery } from "../../src/deliveries/delivery.ts";
import { forgetIdleLanes, healLanes, wakeBornPending } from "../../src/deliveries/lanes-store.ts";
import { releaseLeases, sweepExpiredLeases } from "../../src/deliveries/queue-store.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import {
  createTestDispatcher,
  enqueue,
  prepareTo,
  statesOf,
  until,
} from "../support/dispatching.ts";
import { gateFunction, letAllGo, shutGate, untilWaiting } from "../support/locks.ts";
import { startReceiver } from "../support/receiver.ts";

let database: TestDatabase;

beforeEach(async () => {
  database = await createTestDatabase();
});

afterEach(async () => {
  await letAllGo();
  await database.drop();
});

const url = "http://127.0.0.1:9";

/** A lane with one due row, whose lane is awake, and a second row that a node holds. */
async function oneDueOneHeld(): Promise<{ due: PreparedDelivery; held: PreparedDelivery }> {
  const due = prepareTo(url, {});
  const held = prepareTo(url, { nodeId: "the releaser", leaseMs: 60_000 });
  await enqueue(database.pool, [due, held]);
  await wakeBornPending(database.pool, [due]);
  return { due, held };
}

async function release({ profileId, id, leaseToken, lane }: PreparedDelivery): Promise<void> {
  await releaseLeases(database.pool, [{ profileId, id, leaseToken, lane, delayMs: 0 }]);
}

const gateClaim = (place: RegExp, gate: string) =>
  gateFunction(database.pool, "claim_deliveries", place, gate);

async function claim(name = "claim_deliveries"): Promise<readonly string[]> {
  const { rows } = await database.pool.query<{ delivery_id: string }>(
    `select delivery_id from ${name}('the claimer', gen_random_uuid(), '1 minute', '1 minute',
       10, 10, 100, '{}')`,
  );
  return rows.map((row) => row.delivery_id);
}

/** Lanes that would sleep past a row that is due. */
async function asleep(): Promise<number> {
  const { rows } = await database.pool.query<{ count: number }>(
    `select count(*)::integer as count from delivery_queue q
     left join lane l using (profile_id, lane_id)
     where q.state = 'pending' and (l.lane_id is null or l.next_due_at > greatest(q.due_at, now()))`,
  );
  return rows[0]?.count ?? 0;
}

/** The claim as one statement, as it must not be: its snapshot is older than its lock. */
const claimInOne = `create function claim_in_one(
    by_node text, token uuid, lease interval, probe_time interval, lanes_max integer,
    per_lane integer, rows_max integer, full_lanes bigint[]
  ) returns table (delivery_id uuid) language sql as $$
  with locked as materialized (
    select l.profile_id, l.lane_id from lane l
    where pass_gate() and l.next_due_at <= now() and l.lane_id <> all (full_lanes)
    order by l.next_due_at limit lanes_max for update skip locked),
  due as materialized (
    select d.* from locked l cross join lateral (
      select q.profile_id, q.delivery_id from delivery_queue q
      where q.profile_id = l.profile_id and q.lane_id = l.lane_id
        and q.state = 'pending' and q.due_at <= now()
      order by q.due_at, q.delivery_id limit per_lane for update skip locked) d),
  claimed as (
    update delivery_queue q set state = 'leased', node_id = by_node, lease_token = token,
      lease_until = now() + lease
    from due where q.profile_id = due.profile_id and q.delivery_id = due.delivery_id
    returning q.delivery_id),
  reckoned as (
    update lane l set next_due_at = coalesce((
      select min(q.due_at) from delivery_queue q
      where q.profile_id = l.profile_id and q.lane_id = l.lane_id and q.state = 'pending'
        and q.delivery_id not in (select c.delivery_id from claimed c)), 'infinity')
    from locked where l.profile_id = locked.profile_id and l.lane_id = locked.lane_id)
  select c.delivery_id from claimed c $$`;

/** Ends a lease as the sweep does, which leaves the row due when it was. */
async function expire({ id }: PreparedDelivery): Promise<void> {
  await database.pool.query(
    "update delivery_queue set lease_until = '-infinity' where delivery_id = $1",
    [id],
  );
  expect(await sweepExpiredLeases(database.pool, 10)).toBe(1);
}

describe("a row released while its lane is being claimed", () => {
  const beforeTheLock = [/and lane_id <> all \(full_lanes\)/, "and pass_gate()"] as const;

  it("before the lane is locked is claimed with the others, when it was due before", async () => {
    const { due, held } = await oneDueOneHeld();
    const gate = await shutGate(database.pool);
    await gateClaim(...beforeTheLock);
    const claimed = claim();
    await gate.reached();
    await expire(held);
    await gate.open();
    expect((await claimed).toSorted()).toEqual([due.id, held.id].toSorted());
    expect(await asleep()).toBe(0);
  });

  it("before the lane is locked keeps it awake, when it is due since", async () => {
    const { due, held } = await oneDueOneHeld();
    const gate = await shutGate(database.pool);
    await gateClaim(...beforeTheLock);
    const claimed = claim();
    await gate.reached();
    await release(held);
    await gate.open();
    expect(await claimed).toEqual([due.id]);
    expect(await asleep()).toBe(0);
    expect(await claim()).toEqual([held.id]);
  });

  it.each([
    ["before its rows are taken", /each := greatest/],
    ["before it is reckoned when it is due next", /update lane l set/],
  ])("%s waits for the claim and wakes the lane again", async (_, place) => {
    const { due, held } = await oneDueOneHeld();
    const gate = await shutGate(database.pool);
    await gateClaim(place, "perform pass_gate();");
    const claimed = claim();
    await gate.reached();
    const released = release(held);
    await untilWaiting(database.pool, "transactionid", 1);
    await gate.open();
    expect(await claimed).toEqual([due.id]);
    await released;
    expect(await asleep()).toBe(0);
    expect(await claim()).toEqual([held.id]);
  });

  it("would be forgotten by a claim that is one statement: the guard's own proof", async () => {
    const { due, held } = await oneDueOneHeld();
    const gate = await shutGate(database.pool);
    await database.pool.query(claimInOne);
    const claimed = claim("claim_in_one");
    await gate.reached();
    await release(held);
    await gate.open();
    expect(await claimed).toEqual([due.id]);
    expect(await asleep()).toBe(1);
    expect(await claim()).toEqual([]);
  });
});

describe("a row born pending while its lane is being claimed", () => {
  it("is claimed, or its lane woken again", async () => {
    const first = prepareTo(url, {});
    await enqueue(database.pool, [first]);
    await wakeBornPending(database.pool, [first]);
    const gate = await shutGate(database.pool);
    await gateClaim(/update lane l set/, "perform pass_gate();");
    const claimed = claim();
    await gate.reached();
    const second = prepareTo(url, {});
    await enqueue(database.pool, [second]);
    const woken = wakeBornPending(database.pool, [second]);
    await untilWaiting(database.pool, "transactionid", 1);
    await gate.open();
    expect(await claimed).toEqual([first.id]);
    await woken;
    expect(await claim()).toEqual([second.id]);
  });
});

describe("a lane with nothing left", () => {
  it("sleeps, and is forgotten after a day", async () => {
    const only = prepareTo(url, {});
    await enqueue(database.pool, [only]);
    await wakeBornPending(database.pool, [only]);
    expect(await claim()).toEqual([only.id]);
    const { rows } = await database.pool.query("select next_due_at::text from lane");
    expect(rows).toEqual([{ next_due_at: "infinity" }]);
    expect(await forgetIdleLanes(database.pool)).toBe(0);
    await database.pool.query("update lane set changed_at = now() - interval '25 hours'");
    expect(await forgetIdleLanes(database.pool)).toBe(1);
  });

  it.each(["open", "half_open"])("is forgotten an hour after its rest, %s", async (breaker) => {
    await database.pool.query(
      `insert into lane (profile_id, lane_id, name, breaker, rests_until, openings)
       values (45001, 1, 'https://gone.example:443', $1, now() - interval '59 minutes', 1)`,
      [breaker],
    );
    expect(await forgetIdleLanes(database.pool)).toBe(0);
    await database.pool.query("update lane set rests_until = rests_until - interval '2 minutes'");
    expect(await forgetIdleLanes(database.pool)).toBe(1);
  });
});

describe("a lane that sleeps past its rows", () => {
  const sleep = "update lane set next_due_at = 'infinity'";

  it("is woken by the periodic look, also when it has no row yet", async () => {
    const due = prepareTo(url, {});
    await enqueue(database.pool, [due]);
    expect(await healLanes(database.pool)).toBe(1);
    expect(await asleep()).toBe(0);
    await database.pool.query(sleep);
    expect(await healLanes(database.pool)).toBe(1);
    expect(await healLanes(database.pool)).toBe(0);
    expect(await claim()).toEqual([due.id]);
  });

  it("is left to rest while its breaker is not closed", async () => {
    await enqueue(database.pool, [prepareTo(url, {})]);
    await healLanes(database.pool);
    await database.pool.query(
      `update lane set breaker = 'open', rests_until = now() + interval '1 hour',
         next_due_at = 'infinity'`,
    );
    expect(await healLanes(database.pool)).toBe(1);
    const { rows } = await database.pool.query("select next_due_at = rests_until as so from lane");
    expect(rows).toEqual([{ so: true }]);
    expect(await claim()).toEqual([]);
  });

  it("has its deliveries made by the nodes that run", async () => {
    const shop = await startReceiver();
    const node = createTestDispatcher(database.pool);
    try {
      const prepared = prepareTo(shop.url, {});
      await enqueue(database.pool, [prepared]);
      node.start();
      await until(async () => (await statesOf(database.pool)).delivered === 1);
      await enqueue(database.pool, [prepareTo(shop.url, {})]);
      await database.pool.query(sleep);
      await until(async () => (await statesOf(database.pool)).delivered === 2);
      expect(shop.requests).toHaveLength(2);
    } finally {
      await node.stop();
      await shop.close();
    }
  });
});
