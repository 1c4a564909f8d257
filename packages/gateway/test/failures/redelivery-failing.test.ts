import { afterEach, beforeEach, expect, it } from "vitest";
import { askRedelivery, findRedelivery, runRedelivery } from "../../src/deliveries/redelivery.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { createTestDispatcher, enqueue, prepareTo, until } from "../support/dispatching.ts";
import { startTestGateway } from "../support/gateway.ts";
import { fill } from "../support/filling.ts";
import { type Receiver, startReceiver } from "../support/receiver.ts";

let database: TestDatabase;
let shop: Receiver;
let node: ReturnType<typeof createTestDispatcher> | undefined;

beforeEach(async () => {
  database = await createTestDatabase();
  shop = await startReceiver();
});

afterEach(async () => {
  await node?.stop();
  node = undefined;
  await shop.close();
  await database.drop();
});

/** One delivery of a profile, delivered. */
async function deliver(profileId: number, subject = "TST1"): Promise<void> {
  await enqueue(database.pool, [prepareTo(shop.url, {}, { profileId, subject })]);
  await database.pool.query("delete from delivery_queue");
}

async function ask(key: string, profileId: number, lane?: string): Promise<string> {
  const asked = await askRedelivery(
    database.pool,
    key,
    { key },
    { include: "all", profileId, since: new Date("2026-01-01"), ...(lane && { lane }) },
  );
  if (asked.kind !== "created") throw new Error(asked.kind);
  return asked.redelivery.id;
}

/** What the operators' API says of a job. */
async function failingAsShown(id: string): Promise<unknown> {
  const operatorToken = "an-operators-token-for-tests";
  const gateway = await startTestGateway({ database, config: { operatorToken, role: "api" } });
  const reply = await fetch(`${gateway.url}/operators/redeliveries/${id}`, {
    headers: { authorization: `Bearer ${operatorToken}` },
  });
  const shown = await reply.json();
  await gateway.stop();
  return (shown as { failing: unknown }).failing;
}

it("a redelivery that fails holds up no other, and is tried again, more and more seldom", async () => {
  const { pool } = database;
  await deliver(45001);
  await deliver(45002);
  await pool.query(`create function refuse() returns trigger language plpgsql as
      $$ begin raise 'not this one'; end $$;
    create trigger refuse before insert on delivery_queue for each row
      when (new.profile_id = 45001) execute function refuse()`);
  const first = await ask("one", 45001);
  const second = await ask("two", 45002);

  node = createTestDispatcher(pool, { limits: { redeliverMs: 20, pollMsMin: 20 } });
  node.start();
  await until(async () => (await findRedelivery(pool, second))?.finishedAt !== undefined);
  await until(async () => (await findRedelivery(pool, first))?.failing?.failures === 2, 20_000);
  await node.stop();
  // Its next turn is seconds away.
  await pool.query("update redelivery set tried_at = now() where failures = 2");
  expect(await runRedelivery(pool, undefined)).toBe(false);
  expect(await findRedelivery(pool, second)).toMatchObject({ requeued: 1, failing: undefined });
  expect(await findRedelivery(pool, first)).toMatchObject({
    requeued: 0,
    finishedAt: undefined,
    failing: { failures: 2, sqlState: "P0001" },
  });
  expect(await failingAsShown(first)).toBe(
    "It failed 2 times in a row, the last time because the database refused a batch " +
      "(SQLSTATE P0001). It is tried again within five minutes, from where it is; the log has the error.",
  );
  expect(await failingAsShown(second)).toBeNull();

  await pool.query("drop function refuse cascade");
  await pool.query("update redelivery set tried_at = now() - interval '4 seconds'");
  expect(await runRedelivery(pool, undefined)).toBe(true);
  expect(await findRedelivery(pool, first)).toMatchObject({ requeued: 1, failing: undefined });
}, 40_000);

it("a redelivery of little out of a long history reads it in pieces, and others come between", async () => {
  const { pool } = database;
  await pool.query("select make_delivery_days(current_date - 3, current_date)");
  await fill(pool, { state: "delivered", count: 12_000, profileId: 45001, from: 0, days: 3 });
  // The rare origin's is the last of all.
  await deliver(45001);
  await deliver(45002);
  const { rows } = await pool.query<{ lane: string }>(
    "select lane from delivery where profile_id = 45001 and subject = 'TST1'",
  );
  const long = await ask("long", 45001, rows[0]?.lane);
  const short = await ask("short", 45002);
  expect(await findRedelivery(pool, long)).toMatchObject({ matched: 1 });

  const piece = async () => {
    expect(await runRedelivery(pool, undefined)).toBe(true);
    const job = await findRedelivery(pool, long);
    return [job?.requeued, job?.finishedAt !== undefined];
  };
  expect(await piece()).toEqual([0, false]);
  expect(await piece()).toEqual([0, false]);
  expect(await findRedelivery(pool, short)).toMatchObject({ requeued: 1 });
  expect(await piece()).toEqual([0, false]);
  expect(await piece()).toEqual([1, true]);
  expect(await runRedelivery(pool, undefined)).toBe(false);
});
