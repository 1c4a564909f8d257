import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deliveriesOf } from "../../src/deliveries/history.ts";
import { forgetIdleLanes } from "../../src/deliveries/lanes-store.ts";
import { askRedelivery } from "../../src/deliveries/redelivery.ts";
import { takeTurn } from "../../src/database/periodic-job.ts";
import { recordCompletions } from "../../src/deliveries/completion-store.ts";
import { readBacklog } from "../../src/operators/backlog-store.ts";
import { listFailedDeliveries } from "../../src/operators/failed-deliveries.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import {
  createTestDispatcher,
  delivered,
  enqueue,
  prepareTo,
  statesOf,
  until,
} from "../support/dispatching.ts";
import { fill } from "../support/filling.ts";
import { toBacklog, untilStates } from "../support/lanes.ts";
import { answer, startReceiver } from "../support/receiver.ts";

let database: TestDatabase;

beforeEach(async () => {
  database = await createTestDatabase();
});

afterEach(async () => {
  await database.drop();
});

const nobody = "http://127.0.0.1:9";

/** Writes down what is noted, where a test can see it. */
const notes = (source: string) => `noted as (
  insert into periodic_job (name, ran_at, node_id)
  select 'note ' || g.delivery_id, now(), g.verdict from ${source} g)`;

async function noted(): Promise<readonly string[]> {
  const { rows } = await database.pool.query<{ node_id: string }>(
    "select node_id from periodic_job where name like 'note %'",
  );
  return rows.map((row) => row.node_id);
}

describe("a merchant whose server stays dead", () => {
  it("has its deliveries given up in the end, each with a note, though its lane rests", async () => {
    const shop = await startReceiver({ behaviour: answer(500) });
    const node = createTestDispatcher(database.pool, {
      breaker: { restMsMin: 200, restMsMax: 400 },
      limits: { overdueMsMax: 1500, giveUpMs: 50 },
      notes: { exhausted: notes, redelivered: notes },
    });
    node.start();
    const all = Array.from({ length: 100 }, () => prepareTo(shop.url, {}));
    await toBacklog(database.pool, all);
    await untilStates(database.pool, { exhausted: 100 });
    const reasons = await noted();
    expect(reasons).toHaveLength(100);
    expect(reasons.filter((reason) => reason === "resting").length).toBeGreaterThan(80);
    // The breaker did its work: nobody was called a hundred times over.
    expect(shop.requests.length).toBeLessThan(60);
    await node.stop();
    await shop.close();
  });

  it("loses nothing while nobody could ask whether it is back", async () => {
    await toBacklog(database.pool, [prepareTo(nobody, {})]);
    await database.pool.query(
      `update lane set breaker = 'open', openings = 3, rests_until = now() - interval '1 minute',
        next_due_at = now() + interval '1 minute'`,
    );
    const node = createTestDispatcher(database.pool, { limits: { overdueMsMax: 1, giveUpMs: 20 } });
    node.start();
    await until(async () => {
      const { rows } = await database.pool.query(
        "select from periodic_job where name = 'give-up-resting'",
      );
      return rows.length > 0;
    });
    // The node may be asking at this very moment.
    const states = await statesOf(database.pool);
    await node.stop();
    expect([{ pending: 1 }, { leased: 1 }]).toContainEqual(states);
  });

  it("is forgotten once nothing waits for it, and is no longer counted as resting", async () => {
    await toBacklog(database.pool, [prepareTo(nobody, {})]);
    await database.pool.query("delete from delivery_queue");
    await database.pool.query(
      `update lane set breaker = 'open', openings = 1, rests_until = now() - interval '2 hours',
        next_due_at = 'infinity'`,
    );
    expect((await readBacklog(database.pool)).openLanes).toBe(0);
    expect(await forgetIdleLanes(database.pool)).toBe(1);
  });

  it("shows when it is asked again, and is asked at once when an operator wants it", async () => {
    const delivery = prepareTo(nobody, {});
    await toBacklog(database.pool, [delivery]);
    await database.pool.query(
      `update lane set breaker = 'open', openings = 1, rests_until = now() + interval '5 minutes',
        next_due_at = now() + interval '5 minutes'`,
    );
    const [record] = await deliveriesOf(database.pool, 45001, delivery.subject);
    expect(record?.restsUntil?.getTime()).toBeGreaterThan(Date.now() + 60_000);
    const asked = await askRedelivery(
      database.pool,
      "now",
      {},
      {
        include: "failed",
        profileId: 45001,
        since: new Date(0),
        until: new Date("2100-01-01"),
      },
    );
    expect(asked).toMatchObject({ kind: "created", redelivery: { matched: 0 }, stillOpen: 1 });
    const { rows } = await database.pool.query(
      "select rests_until <= now() as over, next_due_at <= now() as due from lane",
    );
    expect(rows).toEqual([{ over: true, due: true }]);
  });
});

describe("410 for one of two", () => {
  it("leaves a note on both", async () => {
    const [first, second] = [prepareTo(nobody, { nodeId: "a" }), prepareTo(nobody, {})];
    await enqueue(database.pool, [first, second]);
    const gone = { ...delivered(first), verdict: "gone", next: { state: "exhausted" } } as const;
    await recordCompletions(database.pool, [gone], { nodeId: "a", nowMs: 1, note: notes });
    expect(await statesOf(database.pool)).toEqual({ exhausted: 2 });
    expect(await noted()).toEqual(["gone", "gone"]);
  });
});

describe("the list of what failed", () => {
  it("goes on where its page ended, also among rows of one moment", async () => {
    const all = Array.from({ length: 250 }, () => prepareTo(nobody, { nodeId: "a" }));
    await enqueue(database.pool, all);
    const exhausted = all.map((held) => {
      return { ...delivered(held), verdict: "slow", next: { state: "exhausted" } } as const;
    });
    await recordCompletions(database.pool, exhausted, { nodeId: "a", nowMs: 1 });
    const seen = new Set<string>();
    for (let place: Parameters<typeof listFailedDeliveries>[1]["before"]; ;) {
      const rows = await listFailedDeliveries(database.pool, {
        ...(place && { before: place }),
        limit: 100,
      });
      for (const { deliveryId } of rows) seen.add(deliveryId);
      const last = rows.at(-1);
      if (rows.length < 100 || last === undefined) break;
      place = { exhaustedAt: last.exhaustedAt, deliveryId: last.deliveryId };
    }
    expect(seen.size).toBe(250);
  });
});

describe("periodic jobs", () => {
  it("go on after the database's clock has been ahead", async () => {
    const turn = { name: "sweep", everyMs: 60_000, nodeId: "a" };
    expect(await takeTurn(database.pool, turn)).toBe(true);
    await database.pool.query("update periodic_job set ran_at = now() + interval '1 day'");
    expect(await takeTurn(database.pool, turn)).toBe(true);
    expect(await takeTurn(database.pool, turn)).toBe(false);
  });

  it("are tried again soon when they failed", async () => {
    await enqueue(database.pool, [prepareTo(nobody, { nodeId: "dead", leaseMs: 1 })]);
    await database.pool.query("alter table delivery_queue rename to elsewhere");
    const node = createTestDispatcher(database.pool, { limits: { sweepMs: 60_000 } });
    node.start();
    // The first to fail may be another job.
    await until(() => node.lines.filter((line) => line === "a periodic job failed").length > 3);
    await database.pool.query("alter table elsewhere rename to delivery_queue");
    await until(async () => {
      const { rows } = await database.pool.query(
        "select from delivery_queue where node_id is distinct from 'dead'",
      );
      return rows.length === 1;
    });
    expect((await statesOf(database.pool)).delivered).toBeUndefined();
    await node.stop();
  });

  it("do not hold up whoever stops, however much they have before them", async () => {
    await fill(database.pool, {
      profileId: 45001,
      from: 0,
      state: "delivered",
      count: 30_000,
      days: 0.5,
    });
    const node = createTestDispatcher(database.pool, { limits: { redeliverMs: 20 } });
    node.start();
    await askRedelivery(
      database.pool,
      "all",
      {},
      {
        include: "all",
        since: new Date(0),
        until: new Date("2100-01-01"),
      },
    );
    const progress = async () => {
      const { rows } = await database.pool.query("select requeued, finished_at from redelivery");
      return rows[0];
    };
    await until(async () => (await progress()).requeued > 0);
    await node.stop();
    expect((await progress()).finished_at).toBeNull();
  });
});
