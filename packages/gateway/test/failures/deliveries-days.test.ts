import { afterEach, describe, expect, it } from "vitest";
import { migrate } from "../../src/database/migrate.ts";
import { recordCompletions } from "../../src/deliveries/completion-store.ts";
import { keepDays } from "../../src/deliveries/days.ts";
import { deliveriesOf } from "../../src/deliveries/history.ts";
import { askRedelivery, runRedelivery } from "../../src/deliveries/redelivery.ts";
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from "../support/database.ts";
import { delivered, enqueue, prepareTo, statesOf } from "../support/dispatching.ts";
import { type Filling, fill } from "../support/filling.ts";
import { gateFunction, hold, letAllGo, untilWaiting } from "../support/locks.ts";
import { scaled } from "../support/scale.ts";

let database: TestDatabase;

afterEach(async () => {
  await letAllGo();
  await database.drop();
});

/** A database as the first start finds it: what comes goes to the default parts. */
async function withoutDays(): Promise<void> {
  database = await createEmptyDatabase();
  await migrate(database.pool);
}

const url = "http://127.0.0.1:9";

/** The parts that exist, without the default ones; each of deliveries has one of attempts. */
async function parts(): Promise<readonly string[]> {
  const { rows } = await database.pool.query<{ parent: string; day: string }>(
    `select inhparent::regclass::text as parent, right(inhrelid::regclass::text, 8) as day
     from pg_inherits
     where inhparent in ('delivery'::regclass, 'delivery_attempt'::regclass)
       and inhrelid::regclass::text ~ '\\d{8}$' order by 2`,
  );
  const of = (name: string) => rows.filter(({ parent }) => parent === name).map(({ day }) => day);
  expect(of("delivery_attempt")).toEqual(of("delivery"));
  return of("delivery");
}

async function daysAgo(days: number): Promise<string> {
  const { rows } = await database.pool.query<{ day: string }>(
    "select to_char(now() at time zone 'UTC' - $1 * interval '1 day', 'YYYYMMDD') as day",
    [days],
  );
  return rows[0]?.day ?? "";
}

/** In which part each row is, of both tables. */
async function placesOfRows(): Promise<Record<string, number>> {
  const { rows } = await database.pool.query<{ part: string; count: number }>(
    `select part, count(*)::integer as count from (
       select tableoid::regclass::text as part from delivery
       union all select tableoid::regclass::text from delivery_attempt) placed
     group by part order by part`,
  );
  return Object.fromEntries(rows.map(({ part, count }) => [part, count]));
}

describe("a day that gets its part", () => {
  it("takes over what the default part has of it", async () => {
    await withoutDays();
    const [first, second] = [prepareTo(url, { nodeId: "a" }), prepareTo(url, { nodeId: "a" })];
    await enqueue(database.pool, [first, second]);
    await recordCompletions(database.pool, [delivered(first)], { nodeId: "a", nowMs: 1 });
    expect(await placesOfRows()).toEqual({ delivery_default: 2, delivery_attempt_default: 1 });
    const before = await deliveriesOf(database.pool, 45001, first.subject);
    const { made } = await keepDays(database.pool, 90);
    expect(made).toBe(18);
    const today = await daysAgo(0);
    expect(await placesOfRows()).toEqual({
      [`delivery_${today}`]: 2,
      [`delivery_attempt_${today}`]: 1,
    });
    expect(await deliveriesOf(database.pool, 45001, first.subject)).toEqual(before);
    expect(await keepDays(database.pool, 90)).toEqual({ made: 0, dropped: 0 });
  });

  it("lets a commit wait that had begun, and refuses it nothing", async () => {
    await withoutDays();
    const letGo = await hold(
      database.pool,
      "select make_delivery_days(current_date, current_date)",
    );
    const committed = enqueue(database.pool, [prepareTo(url, {})]);
    await untilWaiting(database.pool, "relation", 1);
    await letGo("commit");
    await committed;
    expect(await placesOfRows()).toEqual({ [`delivery_${await daysAgo(0)}`]: 1 });
  });

  it("would refuse it, were the table not locked first: the guard's own proof", async () => {
    await withoutDays();
    await gateFunction(database.pool, "make_delivery_days", /lock table only/, "-- ");
    const letGo = await hold(
      database.pool,
      "select make_delivery_days(current_date, current_date)",
    );
    const committed = enqueue(database.pool, [prepareTo(url, {})]).catch(String);
    await untilWaiting(database.pool, "relation", 1);
    await letGo("commit");
    expect(await committed).toContain("violates partition constraint");
  });

  it("waits for the record of an attempt without holding up a commit", async () => {
    await withoutDays();
    const recorded = await hold(
      database.pool,
      "lock table only delivery_attempt in row exclusive mode",
    );
    const kept = database.pool.query("select make_delivery_days(current_date, current_date)");
    await untilWaiting(database.pool, "relation", 1);
    await enqueue(database.pool, [prepareTo(url, {})]);
    await recorded();
    await kept;
    expect(await placesOfRows()).toEqual({ [`delivery_${await daysAgo(0)}`]: 1 });
  });

  it("lets everybody go on who commits, records or reads meanwhile", async () => {
    await withoutDays();
    const over = new AbortController();
    const work = Array.from({ length: 4 }, (_, worker) => useHistory(`SUBJECT${worker}`, over));
    for (let round = 0; round < scaled(8, 200); round += 1) {
      await surely(() => keepDays(database.pool, 90));
      // As it was: the next round makes the part anew, and moves all rows so far.
      await surely(() => database.pool.query(undoToday));
    }
    over.abort();
    const written = (await Promise.all(work)).reduce((sum, count) => sum + count, 0);
    expect(await statesOf(database.pool)).toEqual({
      delivered: written / 2,
      exhausted: written / 2,
    });
  }, 300_000);
});

/** Commits deliveries and records what became of them, until it is over; says how many. */
async function useHistory(subject: string, over: AbortController): Promise<number> {
  for (let written = 0; ; written += 2) {
    if (over.signal.aborted) return written;
    const how = { nodeId: "a", nowMs: 1 };
    const both = [1, 2].map(() => prepareTo(url, { nodeId: "a", leaseMs: 60_000 }, { subject }));
    await enqueue(database.pool, both);
    const [arrived, failed] = both.map(delivered);
    if (!arrived || !failed) throw new Error("there are two");
    const lost = { ...failed, verdict: "slow", next: { state: "exhausted" } } as const;
    expect(await recordCompletions(database.pool, [arrived, lost], how)).toHaveLength(2);
    if (written % 10 === 0) await deliveriesOf(database.pool, 45001, subject);
  }
}

/** Tries again when a lock was not to be had, as the loops do. */
async function surely(act: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await act();
      return;
    } catch (error) {
      if (!/lock timeout|statement timeout/.test(String(error))) throw error;
    }
  }
}

const undoToday = `set local lock_timeout = '300ms';
  do $$
  declare today text := to_char(now() at time zone 'UTC', 'YYYYMMDD'); base text;
  begin
    lock table only delivery_attempt, only delivery in access exclusive mode;
    foreach base in array array['delivery', 'delivery_attempt'] loop
      execute format('alter table %I detach partition %I', base, base || '_' || today);
      execute format('insert into %I select * from %I', base || '_default', base || '_' || today);
      execute format('drop table %I', base || '_' || today);
    end loop;
  end $$`;

describe("a lock that is not to be had", () => {
  it.each(["delivery", "delivery_attempt"])("on %s leaves nothing half made", async (table) => {
    await withoutDays();
    const letGo = await hold(database.pool, `lock table ${table} in row exclusive mode`);
    await expect(keepDays(database.pool, 90)).rejects.toThrow("lock timeout");
    expect(await parts()).toEqual([]);
    await letGo();
    expect(await keepDays(database.pool, 90)).toEqual({ made: 18, dropped: 0 });
    expect(await parts()).toHaveLength(9);
  });

  it("on a day that is to go drops none of it", async () => {
    database = await createTestDatabase();
    await past({ state: "delivered", count: 20, days: 10 });
    const before = await parts();
    const letGo = await hold(
      database.pool,
      `select from delivery_attempt_${await daysAgo(8)} limit 1`,
    );
    await expect(keepDays(database.pool, 5)).rejects.toThrow("lock timeout");
    expect(await parts()).toEqual(before.slice(2));
    await letGo();
    expect((await keepDays(database.pool, 5)).dropped).toBeGreaterThan(0);
  });
});

/** Parts for the last ten days, and deliveries in them. */
async function past(filling: Pick<Filling, "state" | "count" | "days">): Promise<void> {
  await database.pool.query("select make_delivery_days(current_date - 10, current_date)");
  await fill(database.pool, { profileId: 45001, from: 0, ...filling });
}

describe("the first id of a day", () => {
  it("is the least there is for times before all ids", async () => {
    database = await createTestDatabase();
    const { rows } = await database.pool.query(
      "select uuid_from('1969-07-20') as before, uuid_from('2026-09-10T00:00:00Z') as after",
    );
    expect(rows).toEqual([
      {
        before: "00000000-0000-0000-0000-000000000000",
        after: "01a0889d-3800-0000-0000-000000000000",
      },
    ]);
  });
});

describe("a day past the retention", () => {
  it("is dropped whole", async () => {
    database = await createTestDatabase();
    await past({ state: "delivered", count: 100, days: 10 });
    expect((await statesOf(database.pool)).delivered).toBe(100);
    await keepDays(database.pool, 7);
    expect((await parts())[0]).toBe(await daysAgo(7));
    const { delivered: left = 0 } = await statesOf(database.pool);
    expect(left).toBeGreaterThanOrEqual(70);
    expect(left).toBeLessThan(82);
  });

  it("is not dropped before five days, whatever is asked", async () => {
    database = await createTestDatabase();
    await past({ state: "delivered", count: 100, days: 10 });
    await keepDays(database.pool, 0);
    expect((await parts())[0]).toBe(await daysAgo(5));
  });

  it("stays while a delivery of it is open, and goes once it is settled", async () => {
    database = await createTestDatabase();
    await past({ state: "delivered", count: 100, days: 10 });
    await fill(database.pool, {
      state: "leased",
      count: 1,
      profileId: 45001,
      from: 1000,
      days: 8,
    });
    await keepDays(database.pool, 5);
    const [oldest, next] = await parts();
    expect([oldest, next]).toEqual([await daysAgo(8), await daysAgo(5)]);
    await database.pool.query("delete from delivery_queue");
    await keepDays(database.pool, 5);
    expect((await parts())[0]).toBe(await daysAgo(5));
  });

  it("goes from the default part too, but for what is open", async () => {
    await withoutDays();
    await fill(database.pool, {
      state: "delivered",
      count: 100,
      profileId: 45001,
      from: 0,
      days: 10,
    });
    await fill(database.pool, { state: "leased", count: 1, profileId: 45001, from: 1000, days: 9 });
    await keepDays(database.pool, 5);
    const { delivered: left = 0, leased } = await statesOf(database.pool);
    expect(leased).toBe(1);
    expect(left).toBeGreaterThanOrEqual(50);
    expect(left).toBeLessThan(62);
  });

  it("is not dropped under a redelivery that is opening one of its deliveries", async () => {
    database = await createTestDatabase();
    await past({ state: "delivered", count: 10, days: 10 });
    const selection = { include: "all", since: new Date(0), until: new Date() } as const;
    await askRedelivery(database.pool, "again", {}, selection);
    const reading = await hold(database.pool, "lock table delivery_queue in share mode");
    const redelivered = runRedelivery(database.pool, undefined);
    await untilWaiting(database.pool, "relation", 1);
    const kept = keepDays(database.pool, 5).catch(String);
    await untilWaiting(database.pool, "relation", 2);
    await reading();
    await redelivered;
    await kept;
    await keepDays(database.pool, 5);
    expect(await statesOf(database.pool)).toEqual({ pending: 10 });
    const { rows } = await database.pool.query("select from delivery_queue");
    expect(rows).toHaveLength(10);
  });
});
