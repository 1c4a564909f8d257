import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { migrate, migrationsFolder, readMigrations } from "../../src/database/migrate.ts";
import type { DeliveryState } from "../../src/deliveries/delivery.ts";
import { laneIdOf } from "../../src/deliveries/enqueue.ts";
import { deliveriesOf } from "../../src/deliveries/history.ts";
import { createEmptyDatabase, type TestDatabase } from "../support/database.ts";
import { createTestDispatcher, until } from "../support/dispatching.ts";
import { type Receiver, startReceiver } from "../support/receiver.ts";

let database: TestDatabase;
let shop: Receiver;

const states = ["delivered", "exhausted", "pending", "leased"] as const;
const ofEach = 25;

beforeAll(async () => {
  database = await createEmptyDatabase();
  shop = await startReceiver();
  await migrateTo(3);
  await fillAsBefore(database.pool);
  await migrate(database.pool);
});

afterAll(async () => {
  await shop.close();
  await database.drop();
});

/** Applies the first migrations alone, as an older version did. */
async function migrateTo(last: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "wasl-migrations-"));
  try {
    for (const { name } of (await readMigrations(migrationsFolder)).slice(0, last)) {
      await cp(join(migrationsFolder, name), join(folder, name));
    }
    await migrate(database.pool, folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What migration 2 keeps: the subject says what a delivery was. Profiles have lanes of their own. */
async function fillAsBefore(pool: Pool): Promise<void> {
  await pool.query(
    `insert into delivery (profile_id, delivery_id, subject, purpose, lane, url, content_type,
       headers, body, allow_private, state, attempt_count, due_at, node_id, lease_token, lease_until,
       created_at, settled_at)
     select 45001 + i % 3, gen_random_uuid(), state || i, 'callback',
       45001 + i % 3 || ' ' || $1, $1 || '/cb', 'application/json', '{"b":"1","a":"2"}',
       '\\x00ff'::bytea || convert_to(state || i, 'UTF8'), true, state,
       case state when 'leased' then 0 when 'pending' then i % 3 else 1 + i % 3 end, now() - i * interval '1 minute',
       case state when 'leased' then 'a node of old' end,
       case state when 'leased' then gen_random_uuid() end,
       case state when 'leased' then now() + interval '1 hour' end,
       now() - i * interval '1 day',
       case when state in ('delivered', 'exhausted') then now() - i * interval '1 hour' end
     from generate_series(1, $2) i cross join unnest($3::text[]) as state`,
    [shop.url, ofEach, states],
  );
  await pool.query(
    `insert into delivery_attempt (profile_id, delivery_id, number, node_id, started_at, total_ms,
       http_status, verdict, detail, answer_headers, answer)
     select profile_id, delivery_id, number, 'a node of old', created_at + number * interval '1 s', 1000, 500,
       'app_error', '500', '{"server":"old"}', '\\xc3'
     from delivery cross join lateral generate_series(1, attempt_count) as number`,
  );
}

const recordsOf = async (state: DeliveryState) => {
  const found = [];
  for (let i = 1; i <= ofEach; i += 1) {
    found.push(...(await deliveriesOf(database.pool, 45001 + (i % 3), `${state}${i}`)));
  }
  return found;
};

describe("deliveries of before the engine", () => {
  it.each([
    ["delivered", "delivered"],
    ["exhausted", "exhausted"],
    ["pending", "pending"],
    // Whoever held the lease has it no more.
    ["leased", "pending"],
  ] as const)("that were %s are %s, with their attempts and exact bytes", async (was, is) => {
    const found = await recordsOf(was);
    const settled = was === "delivered" || was === "exhausted" ? 1 : 0;
    expect(found).toHaveLength(ofEach);
    for (const [index, delivery] of found.entries()) {
      const i = index + 1;
      expect(delivery).toMatchObject({
        state: is,
        url: `${shop.url}/cb`,
        body: Buffer.concat([Buffer.from([0x00, 0xff]), Buffer.from(`${was}${i}`)]),
      });
      expect(Object.keys(delivery.headers)).toEqual(["b", "a"]);
      const numbers = delivery.attempts.map(({ number }) => number);
      expect(numbers).toEqual([1, 2, 3].slice(0, was === "leased" ? 0 : (i % 3) + settled));
      expect(delivery.settledAt !== undefined).toBe(settled === 1);
    }
  });

  it("have the lanes that this version's deliveries have", async () => {
    const { rows } = await database.pool.query<{ lane: string; lane_id: bigint }>(
      "select distinct lane, lane_id from delivery",
    );
    expect(rows).toHaveLength(3);
    for (const { lane, lane_id } of rows) expect(laneIdOf(lane)).toBe(lane_id.toString());
  });

  it("are made by the engine if they were open, and by it alone", async () => {
    const node = createTestDispatcher(database.pool);
    node.start();
    try {
      await until(async () => {
        const { rows } = await database.pool.query("select from delivery_queue");
        return rows.length === 0;
      });
    } finally {
      await node.stop();
    }
    const bodies = shop.requests.map(({ body }) => body.subarray(2).toString()).toSorted();
    const open = ["leased", "pending"].flatMap((state) =>
      Array.from({ length: ofEach }, (_, index) => `${state}${index + 1}`),
    );
    expect(bodies).toEqual(open.toSorted());
    // Numbers go on where they were.
    for (const delivery of await recordsOf("pending")) {
      const numbers = delivery.attempts.map(({ number }) => number);
      expect(numbers).toEqual(numbers.map((_, index) => index + 1));
      expect(delivery.attempts.at(-1)?.verdict).toBe("ok");
    }
  });
});
