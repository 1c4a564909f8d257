import { afterEach, beforeEach, expect, it } from "vitest";
import { askRedelivery, findRedelivery } from "../../src/deliveries/redelivery.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { enqueue, prepareTo, until } from "../support/dispatching.ts";
import { killNodes, startNode } from "../support/node-processes.ts";
import { type Receiver, startReceiver } from "../support/receiver.ts";

let database: TestDatabase;
let shop: Receiver;

beforeEach(async () => {
  database = await createTestDatabase();
  shop = await startReceiver();
});

afterEach(async () => {
  await killNodes();
  await shop.close();
  await database.drop();
});

/** As many deliveries of each profile as a job takes at once, all of them delivered. */
async function deliver(profileIds: readonly number[], each: number): Promise<void> {
  const all = profileIds.flatMap((profileId) =>
    Array.from({ length: each }, () => prepareTo(shop.url, {}, { profileId })),
  );
  await enqueue(database.pool, all);
  await database.pool.query("delete from delivery_queue");
}

const node = () =>
  startNode({
    does: "sends for others",
    databaseUrl: database.url,
    receivers: [],
    // A dead node's claims are to come back soon.
    limits: { redeliverMs: 50, leaseMs: 1000 },
  });

it("a redelivery goes on where it was when the node that does it is killed within a batch", async () => {
  const { pool } = database;
  await deliver([45001, 45002, 45003], 500);
  // The second batch stops at the lane that it is to wake.
  await pool.query(
    `insert into lane (profile_id, lane_id, name)
     select distinct profile_id, lane_id, lane from delivery where profile_id = 45002`,
  );
  const lock = await pool.connect();
  await lock.query("begin");
  await lock.query("select from lane where profile_id = 45002 for update");
  const asked = await askRedelivery(
    pool,
    "all again",
    {},
    {
      include: "all",
      since: new Date("2026-01-01"),
    },
  );
  if (asked.kind !== "created") throw new Error(asked.kind);
  const { id } = asked.redelivery;

  const first = node();
  await until(async () => {
    const { rowCount } = await pool.query(
      `select from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'
         and query like 'with seen as materialized%'`,
    );
    return rowCount === 1;
  });
  await first.kill();
  expect(await findRedelivery(pool, id)).toMatchObject({ requeued: 500, finishedAt: undefined });
  await lock.query("commit");
  lock.release();

  node();
  await until(async () => {
    const job = await findRedelivery(pool, id);
    const { rowCount } = await pool.query("select from delivery_queue limit 1");
    return job?.finishedAt !== undefined && rowCount === 0;
  }, 20_000);
  // Each once: what the first batch took is not taken again, what the second had not is.
  expect(await findRedelivery(pool, id)).toMatchObject({ matched: 1500, requeued: 1500 });
  const { rows } = await pool.query(
    "select count(*)::int as attempts, max(number) as highest from delivery_attempt",
  );
  expect(rows).toEqual([{ attempts: 1500, highest: 1 }]);
  expect(new Set(shop.requests.map(({ headers }) => headers["webhook-id"])).size).toBe(1500);
});
