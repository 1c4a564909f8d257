import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { backlogQuery, defaultBacklogBounds, readBacklog } from "./backlog-store.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database.drop());

beforeEach(async () => {
  await database.pool.query("truncate delivery_queue, lane, delivery");
});

/** Puts pending deliveries of one lane into the queue, due this many seconds from now. */
async function pend(laneId: number, count: number, dueInS: number): Promise<void> {
  await database.pool.query(
    `insert into delivery_queue (profile_id, delivery_id, lane_id, state, due_at)
     select 45001, gen_random_uuid(), $1, 'pending', now() + $3 * interval '1 second'
     from generate_series(1, $2)`,
    [laneId, count, dueInS],
  );
}

async function lanes(breaker: "closed" | "open" | "half_open", ...laneIds: number[]) {
  await database.pool.query(
    `insert into lane (profile_id, lane_id, name, breaker, rests_until, next_due_at)
     select 45001, id, 'lane', $1, case when $1 <> 'closed' then now() end, now()
     from unnest($2::bigint[]) as id`,
    [breaker, laneIds],
  );
}

async function exhaust(count: number): Promise<void> {
  await database.pool.query(
    `insert into delivery (profile_id, delivery_id, subject, purpose, lane, lane_id, url,
       content_type, headers, body, allow_private, exhausted_at)
     select 45001, gen_random_uuid(), 'TST1', 'callback', 'lane', 1, 'http://shop.example/',
       'application/json', '{}', '', false, now() from generate_series(1, $1)`,
    [count],
  );
}

const nothing = {
  leased: 0,
  due: 0,
  waiting: 0,
  resting: 0,
  exhausted: 0,
  oldestDueSWorking: 0,
  oldestDueSResting: 0,
  backloggedLanes: 0,
  openLanes: 0,
  halfOpenLanes: 0,
};

describe("the backlog", () => {
  it("is nothing at first", async () => {
    expect(await readBacklog(database.pool)).toEqual(nothing);
  });

  it("counts each open delivery in one state", async () => {
    await pend(1, 2, -60);
    await pend(1, 3, 3600);
    // A lane that nobody has written down yet is one that works.
    await pend(2, 1, -30);
    await pend(3, 4, -90);
    await pend(3, 1, 3600);
    await lanes("closed", 1);
    await lanes("open", 3, 4);
    await lanes("half_open", 5);
    await database.pool.query(
      `insert into delivery_queue (profile_id, delivery_id, lane_id, state, node_id, lease_token,
         lease_until)
       values (45001, gen_random_uuid(), 1, 'leased', 'node', gen_random_uuid(), now())`,
    );
    await exhaust(2);
    const reading = await readBacklog(database.pool);
    expect(reading).toEqual({
      ...nothing,
      leased: 1,
      due: 3,
      waiting: 3,
      resting: 5,
      exhausted: 2,
      oldestDueSWorking: expect.any(Number),
      oldestDueSResting: expect.any(Number),
      backloggedLanes: 3,
      openLanes: 2,
      halfOpenLanes: 1,
    });
    expect(reading.oldestDueSWorking).toBeGreaterThanOrEqual(60);
    expect(reading.oldestDueSResting - reading.oldestDueSWorking).toBeCloseTo(30, 0);
  });

  it("ends every count at a bound", async () => {
    await pend(1, 12, -1);
    await pend(2, 12, 3600);
    await pend(3, 12, -1);
    await pend(4, 1, -3600);
    await lanes("open", 3);
    await exhaust(12);
    const reading = await readBacklog(database.pool, { countMax: 10, lanesMax: 3 });
    expect(reading).toMatchObject({
      due: 10,
      waiting: 10,
      resting: 10,
      exhausted: 10,
      backloggedLanes: 3,
    });
    expect(reading.oldestDueSWorking).toBeLessThan(3600);
  });
});

it("the plan reads the queue by its indexes, however much waits", async () => {
  await database.pool.query(
    `insert into delivery_queue (profile_id, delivery_id, lane_id, state, due_at)
     select 45001, gen_random_uuid(), g % 50, 'pending', now() - interval '1 second'
     from generate_series(1, 50000) g`,
  );
  await lanes("open", 1, 2, 3);
  await database.pool.query("vacuum analyze delivery_queue, lane");
  const { text } = backlogQuery(defaultBacklogBounds);
  const { rows } = await database.pool.query<Record<"QUERY PLAN", string>>(`explain ${text}`);
  const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
  expect(plan).toContain("Index Only Scan using delivery_queue_pending");
  expect(plan).not.toMatch(/Seq Scan on delivery_queue/);
});
