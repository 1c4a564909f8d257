import { randomUUID } from "node:crypto";
import type { PoolClient } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { giveUpResting, recordCompletions } from "../../src/deliveries/completion-store.ts";
import type { Completion, NextStep } from "../../src/deliveries/delivery.ts";
import { deliveriesOf } from "../../src/deliveries/history.ts";
import {
  endProbe,
  forgetIdleLanes,
  healLanes,
  openLane,
  restingLanes,
  wakeBornPending,
} from "../../src/deliveries/lanes-store.ts";
import {
  claimDue,
  hasAttempt,
  releaseLeases,
  renewLeases,
  sweepExpiredLeases,
} from "../../src/deliveries/queue-store.ts";
import { hurry, type RedeliverySelection } from "../../src/deliveries/redelivery.ts";
import type { VerdictCode } from "../../src/deliveries/verdicts.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { enqueue, prepareTo } from "../support/dispatching.ts";
import { fill } from "../support/filling.ts";
import { type Plan, plansOf } from "../support/plans.ts";
import { scaled } from "../support/scale.ts";

/** Its lane has half a million deliveries waiting; those of the next profiles have five each. */
const deadProfile = 45001;
const lanes = 200;
const pagesOfALargeTable = 100;

let database: TestDatabase;
let largeTables: ReadonlySet<string>;
let deadLane: string;
let settled: { readonly id: string; readonly subject: string };
/** Deliveries that a node holds, as its statements name them. */
let held: readonly Completion["held"][];

beforeAll(async () => {
  database = await createTestDatabase();
  const { pool } = database;
  await pool.query("select make_delivery_days(current_date - 20, current_date)");
  const days = scaled(2, 20);
  await fill(pool, { state: "pending", count: 500_000, profileId: deadProfile, from: 0, days: 1 });
  const few = { count: 5 * lanes, profileId: deadProfile + 1, profiles: lanes, days: 1 };
  await fill(pool, { state: "pending", ...few, from: 1_000_000 });
  await fill(pool, { state: "leased", ...few, count: 5000, from: 2_000_000 });
  const done = { count: scaled(50_000, 1_000_000), profileId: deadProfile, profiles: lanes, days };
  await fill(pool, { state: "delivered", ...done, from: 3_000_000 });
  largeTables = await findLargeTables();
  settled = await findSettled();
  deadLane = await findDeadLane();
  held = await findHeld();
}, 300_000);

afterAll(async () => {
  await database.drop();
});

async function findLargeTables(): Promise<ReadonlySet<string>> {
  const { rows } = await database.pool.query<{ name: string }>(
    `select relname as name from pg_class
     where relkind = 'r' and relnamespace = 'public'::regnamespace
       and pg_relation_size(oid) > ${pagesOfALargeTable} * 8192`,
  );
  return new Set(rows.map(({ name }) => name));
}

async function findSettled(): Promise<typeof settled> {
  const { rows } = await database.pool.query<typeof settled>(
    `select d.delivery_id as id, d.subject from delivery d
     join delivery_attempt using (profile_id, delivery_id)
     where d.profile_id = ${deadProfile} limit 1`,
  );
  if (!rows[0]) throw new Error("nothing is settled");
  return rows[0];
}

async function findDeadLane(): Promise<string> {
  const { rows } = await database.pool.query<{ lane: string }>(
    `select d.lane from delivery_queue q join delivery d using (profile_id, delivery_id)
     where q.profile_id = ${deadProfile} and q.state = 'pending' limit 1`,
  );
  return rows[0]?.lane ?? "";
}

async function findHeld(): Promise<typeof held> {
  const { rows } = await database.pool.query(
    `select q.*, d.lane from delivery_queue q join delivery d using (profile_id, delivery_id)
     where q.state = 'leased' limit 200`,
  );
  return rows.map((row) => ({
    ...prepareTo("http://127.0.0.1:9", {}),
    profileId: row.profile_id,
    id: row.delivery_id,
    leaseToken: row.lease_token,
    lane: row.lane,
  }));
}

function completion(
  delivery: Completion["held"],
  verdict: VerdictCode,
  next: NextStep,
): Completion {
  const report = { timings: { totalMs: 3 }, answerHeaders: {}, answer: Buffer.from("thanks") };
  return { held: delivery, report, verdict, detail: "", weight: "alive", next, startedMs: 0 };
}

const record = (client: PoolClient, completions: readonly Completion[]) =>
  recordCompletions(client, completions, { nodeId: "here", nowMs: 1 });

const claimFew = (client: PoolClient) => claim(client, 16);

const claim = (client: PoolClient, rowsMax: number) =>
  claimDue(
    client,
    {
      lanesMax: Math.min(128, rowsMax),
      perLaneMax: 128,
      rowsMax,
      fullLanes: [],
      fullProfiles: [],
      probesMax: 128,
    },
    { nodeId: "here", leaseToken: randomUUID(), leaseMs: 15_000, probeMs: 35_000 },
  );

/** What has been due for an hour while its lane rests. */
const giveUp = (client: PoolClient, rowsMax: number) =>
  giveUpResting(client, { overdueMsMax: 3_600_000, rowsMax }, undefined);

const lane = () => prepareTo("https://shop.example", {});

interface Statement {
  readonly act: (client: PoolClient) => Promise<unknown>;
  /** At most so many pages are touched, whatever waits. */
  readonly pagesMax: number;
  /** What must be so before; it is not measured. */
  readonly given?: string;
}

const hurryWhat = (client: PoolClient, what: Partial<RedeliverySelection>) =>
  hurry(
    client,
    randomUUID(),
    { include: "all", profileId: deadProfile, since: new Date("2024-01-01"), ...what },
    undefined,
  );

/** A row changed by its key costs some twenty pages: its own, and its place in each index. */
const pagesPerRow = 40;

const statements: Record<string, Statement> = {
  "a claim of a few": { act: claimFew, pagesMax: 1500 },
  "a claim as large as they get": { act: (client) => claim(client, 1024), pagesMax: 40_000 },
  "a claim of the dead lane alone": {
    given: `update lane set next_due_at = 'infinity' where profile_id <> ${deadProfile}`,
    act: (client) => claim(client, 128),
    pagesMax: 128 * pagesPerRow,
  },
  "a renewal": {
    act: (client) => renewLeases(client, held, 15_000),
    pagesMax: 200 * pagesPerRow,
  },
  "a release": {
    act: (client) =>
      releaseLeases(
        client,
        held.map((delivery) => ({ ...delivery, delayMs: 0 })),
      ),
    pagesMax: 200 * pagesPerRow,
  },
  "a record of what was delivered": {
    act: (client) =>
      record(
        client,
        held.map((delivery) => completion(delivery, "ok", { state: "delivered" })),
      ),
    pagesMax: 200 * pagesPerRow,
  },
  "a record of one that was delivered": {
    act: (client) =>
      record(
        client,
        held.slice(0, 1).map((delivery) => completion(delivery, "ok", { state: "delivered" })),
      ),
    pagesMax: 200,
  },
  "a record of all kinds": {
    act: (client) =>
      record(
        client,
        held.map((delivery, index) => {
          if (index % 4 === 0) return completion(delivery, "gone", { state: "exhausted" });
          if (index % 4 === 1) return completion(delivery, "slow", { state: "exhausted" });
          if (index % 4 === 2) return completion(delivery, "ok", { state: "delivered" });
          return completion(delivery, "slow", { state: "pending", delayMs: 1000 });
        }),
      ),
    // Among a million attempts the indexes are a page deeper.
    pagesMax: 200 * 1.25 * pagesPerRow,
  },
  "a sweep that finds nothing": {
    act: (client) => sweepExpiredLeases(client, 1000),
    pagesMax: 100,
  },
  "a sweep that finds a dead node's leases": {
    given: `update delivery_queue set lease_until = now() - interval '1 second'
      where delivery_id in (select delivery_id from delivery_queue where state = 'leased' limit 200)`,
    act: (client) => sweepExpiredLeases(client, 1000),
    pagesMax: 200 * pagesPerRow,
  },
  "a giving up that finds no lane at rest": {
    act: (client) => giveUp(client, 1000),
    pagesMax: 100,
  },
  "a giving up of what the dead lane has kept waiting": {
    given: `update lane set breaker = 'open', rests_until = now() + interval '1 minute'
      where profile_id = ${deadProfile}`,
    act: async (client) => expect(await giveUp(client, 1000)).toBe(1000),
    pagesMax: 1000 * pagesPerRow,
  },
  "a look for lanes that sleep too long": {
    act: (client) => healLanes(client),
    pagesMax: 2 * lanes * pagesPerRow,
  },
  "a look for lanes to forget": { act: (client) => forgetIdleLanes(client), pagesMax: 100 },
  "a look for lanes that rest": { act: (client) => restingLanes(client), pagesMax: 50 },
  "the waking of a lane": { act: (client) => wakeBornPending(client, [lane()]), pagesMax: 100 },
  "the opening of a lane": { act: (client) => openLane(client, lane(), 1000), pagesMax: 100 },
  "the end of a probe": {
    act: (client) => endProbe(client, lane(), { restMs: 1000, openings: 2 }),
    pagesMax: 100,
  },
  "a commit of ten": {
    act: (client) =>
      enqueue(
        client,
        Array.from({ length: 10 }, () => prepareTo("https://shop.example", { nodeId: "here" })),
      ),
    pagesMax: 10 * pagesPerRow,
  },
  "a look for an attempt": {
    act: (client) => hasAttempt(client, deadProfile, settled.id),
    pagesMax: 50,
  },
  "a timeline": {
    act: (client) => deliveriesOf(client, deadProfile, settled.subject),
    pagesMax: 500,
  },
};

/** Statements without a name are planned each time, for their values. */
const unnamed: Record<string, Statement> = {
  "the hurrying of one delivery": {
    act: (client) => hurryWhat(client, { deliveryId: settled.id }),
    pagesMax: 200,
  },
  "the hurrying of a payment's": {
    act: (client) => hurryWhat(client, { subject: settled.subject }),
    pagesMax: 500,
  },
  "the hurrying of an origin's": {
    given: `update delivery_queue set due_at = now() + interval '10 minutes'
      where delivery_id in (select delivery_id from delivery_queue where state = 'pending'
        and profile_id = ${deadProfile} limit 700)`,
    act: (client) => hurryWhat(client, { lane: deadLane }),
    pagesMax: 700 * pagesPerRow,
  },
};

/** What the statements cost that were run: large tables read from end to end, and pages touched. */
function costOf(plans: readonly Plan[]): { readonly whole: unknown[]; readonly pages: number } {
  if (plans.length === 0) throw new Error("nothing was run");
  const whole = plans.flatMap(({ wholeTables }) => wholeTables);
  return {
    whole: whole.filter(({ table }) => largeTables.has(table)),
    pages: plans.reduce((sum, { pages }) => sum + pages, 0),
  };
}

const countAll = (client: PoolClient) =>
  client.query("select count(*) from delivery_queue where attempt_count > 5");

const kinds = [
  { title: "planned for their values", generic: false, tried: { ...statements, ...unnamed } },
  { title: "planned once for all values", generic: true, tried: statements },
];

describe.each(["never analysed", "analysed"])(
  "on tables %s, with half a million waiting",
  (how) => {
    beforeAll(async () => {
      if (how === "analysed") await database.pool.query("analyze");
    }, 120_000);

    describe.each(kinds)("$title", ({ generic, tried }) => {
      it.each(Object.entries(tried))("%s touches few pages", async (_, statement) => {
        const { act, given, pagesMax } = statement;
        const { whole, pages } = costOf(await plansOf(database.pool, act, { generic, given }));
        expect(whole).toEqual([]);
        expect(pages).toBeLessThan(pagesMax);
      });
    });
  },
);

describe("the guard itself", () => {
  it("sees a table read from end to end, and how many pages that is", async () => {
    const { whole, pages } = costOf(await plansOf(database.pool, countAll, { generic: false }));
    expect(whole).toMatchObject([{ table: "delivery_queue" }]);
    expect(pages).toBeGreaterThan(4000);
  });
});

// Last, since what it writes and takes back stays in the pages.
describe("among very many lanes", () => {
  const given = `insert into lane (profile_id, lane_id, name, next_due_at, breaker, rests_until)
    select ${deadProfile} + 1000 + i, i, i::text, now() + interval '1 minute',
      case i % 2 when 0 then 'open' else 'closed' end, case i % 2 when 0 then now() end
    from generate_series(1, 100000) i`;

  it.each([false, true])("a claim touches few pages, planned once: %s", async (generic) => {
    const { pages } = costOf(await plansOf(database.pool, claimFew, { generic, given }));
    expect(pages).toBeLessThan(2000);
  });
});
