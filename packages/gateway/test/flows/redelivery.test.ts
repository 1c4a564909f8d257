import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deliveriesOf } from "../../src/deliveries/history.ts";
import { enqueue, prepareTo, until } from "../support/dispatching.ts";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";
import { after, answer, type Receiver, startReceiver } from "../support/receiver.ts";

const operatorToken = "an-operators-token-for-tests";
let gateway: TestGateway;
let shop: Receiver;

beforeAll(async () => {
  gateway = await startTestGateway({
    config: { operatorToken },
    deliveries: {
      schedule: { retryDelaysMs: [20], jitter: 0 },
      limits: { pollMsMin: 20, pollMsMax: 50, redeliverMs: 50 },
      breaker: { failuresInRowMax: 1000, attemptsMin: 1000 },
    },
  });
});

afterAll(() => gateway.stop());

beforeEach(async () => {
  shop = await startReceiver({ behaviour: answer(500) });
  return () => shop.close();
});

async function operate(
  method: "GET" | "POST" | "PUT",
  path: string,
  body?: object,
  headers: Record<string, string> = {},
) {
  const reply = await fetch(`${gateway.url}/operators${path}`, {
    method,
    headers: {
      authorization: `Bearer ${operatorToken}`,
      ...(method === "POST" && { "idempotency-key": randomUUID() }),
      ...headers,
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  // oxlint-disable-next-line typescript/no-explicit-any
  return { status: reply.status, json: (await reply.json()) as any };
}

/** Makes deliveries about a subject and has them fail until they are given up. */
async function failed(subject: string, count = 1, path = "/cb"): Promise<string[]> {
  const prepared = Array.from({ length: count }, () =>
    prepareTo(shop.url, gateway.services.outbox.node, { subject, url: `${shop.url}${path}` }),
  );
  await enqueue(gateway.database.pool, prepared);
  gateway.services.outbox.handOver(prepared);
  await until(async () => {
    const { rows } = await gateway.database.pool.query(
      "select from delivery where subject = $1 and exhausted_at is not null",
      [subject],
    );
    return rows.length === count;
  });
  return prepared.map(({ id }) => id);
}

async function finished(id: string) {
  await until(async () => {
    const { json } = await operate("GET", `/redeliveries/${id}`);
    return json.finished_at !== null;
  });
  const { json } = await operate("GET", `/redeliveries/${id}`);
  return json;
}

describe("the operators' API", () => {
  it("is closed without the token, and to another one", async () => {
    for (const authorization of ["", "Bearer", "Bearer another", operatorToken]) {
      const { status, json } = await operate("GET", "/failed-deliveries", undefined, {
        authorization,
      });
      expect(status).toBe(401);
      expect(json).toMatchObject({ code: 1, trace: expect.any(String) });
    }
  });

  it.each([
    [{}, "since is required"],
    [{ since: "yesterday" }, "since must be a time"],
    [{ since: "1999-01-01" }, "since must be a time"],
    [{ delivery_id: randomUUID() }, "profile_id is required"],
    [{ profile_id: 45001, delivery_id: "7" }, "delivery_id must be"],
    [{ profile_id: 45001, origin: "https://shop.example/cb" }, "origin must be"],
    [{ profile_id: 45001, origin: "ftp://shop.example" }, "origin must be"],
    [{ profile_id: "x", since: "2026-01-01" }, "profile_id must be"],
    [{ since: "2026-01-01", include: "some" }, "include must be one of"],
    [{ since: "2026-01-01", limit: 3 }, "limit is not known"],
    [{ since: "2026-02-31" }, "since must be a time"],
    [{ since: "2026-13-01" }, "since must be a time"],
    [{ since: "2026-11-01T25:00:00Z" }, "since must be a time"],
    [{ since: "2026-01-01", until: "2026-04-31T10:00:00Z" }, "until must be a time"],
    [{ since: "2026-01-02", until: "2026-01-01" }, "since must not be later than until"],
    [{ profile_id: 45001, origin: "https://a b" }, "origin must be a scheme and a host"],
    [{ profile_id: 45001, origin: "https://" }, "origin must name a host"],
    [{ profile_id: 45001, origin: "https://u:p@shop.example" }, "origin must be a scheme"],
    [{ profile_id: 45001, origin: "https://shop.example?" }, "origin must be a scheme and a host"],
    [{ profile_id: 45001, origin: "https://shop.example." }, "origin must name its host without a"],
    [{ profile_id: 45001, origin: 7 }, "origin must be a scheme and a host"],
    [{ profile_id: 2_147_483_648, since: "2026-01-01" }, "profile_id must be a whole number"],
  ])("names the field and the rule: %j", async (body, message) => {
    const { status, json } = await operate("POST", "/redeliveries", body);
    expect(status).toBe(400);
    expect(json.message).toContain(message);
  });

  const uuid = "00000000-0000-7000-8000-000000000000";

  it.each([
    ["profile_id=2147483648", "profile_id must be a whole number from 1 to 2147483647"],
    ["profile_id=99999999999", "profile_id must be a whole number"],
    ["profile_id=0", "profile_id must be a whole number"],
    ["profile_id=0x10", "profile_id must be a whole number"],
    ["profile_id=1e3", "profile_id must be a whole number"],
    ["profile_id=x", "profile_id must be a whole number"],
    ["profile_id=1&profile_id=2", "profile_id must be a whole number"],
    ["limit=0", "limit must be a whole number from 1 to 100"],
    ["limit=101", "limit must be a whole number from 1 to 100"],
    ["limit=all", "limit must be a whole number from 1 to 100"],
    ["page=5", "page is not known"],
    ["before=7", "before must be the `next` of the page before"],
    ["before=a&before=b", "before must be the `next` of the page before"],
    [`before=2026-99-99 ${uuid}`, "before must be the `next`"],
    [`before=2026-02-31T00:00:00.000000Z ${uuid}`, "before must be the `next`"],
    [`before=0000-01-01T00:00:00.000000Z ${uuid}`, "before must be the `next`"],
    [`before=2026-01-01T00:00:00.000000Z ${"-".repeat(36)}`, "before must be the `next`"],
    [`before=2026-01-01T00:00:00.000000Z${uuid}`, "before must be the `next`"],
  ])("names the field and the rule of a list: %s", async (query, message) => {
    const { status, json } = await operate("GET", `/failed-deliveries?${encodeURI(query)}`);
    expect([status, json.message]).toEqual([400, expect.stringContaining(message)]);
    expect(json.message).not.toMatch(/expected|received|Invalid input/);
  });

  it("wants an idempotency key", async () => {
    const { status, json } = await operate(
      "POST",
      "/redeliveries",
      { since: "2026-01-01" },
      { "idempotency-key": "" },
    );
    expect([status, json.message]).toEqual([
      400,
      expect.stringContaining("Idempotency-Key is required"),
    ]);
  });
});

describe("a redelivery", () => {
  it("of one delivery sends the same bytes under the same id, and numbers go on", async () => {
    const [id = ""] = await failed("TST1");
    shop.behave(answer(200));
    const { status, json } = await operate("POST", "/redeliveries", {
      profile_id: 45001,
      delivery_id: id,
    });
    expect(status).toBe(202);
    expect(json).toMatchObject({
      matched: 1,
      requeued: 0,
      will: expect.stringContaining("Sends again 1 delivery, arrived or not"),
    });
    expect(await finished(json.redelivery_id)).toMatchObject({ requeued: 1 });
    await until(() => shop.requests.length === 3);
    expect(new Set(shop.requests.map(({ headers }) => headers["webhook-id"]))).toEqual(
      new Set([id]),
    );
    expect(new Set(shop.requests.map(({ body }) => body.toString("hex"))).size).toBe(1);
    await until(async () => {
      const [delivery] = await deliveriesOf(gateway.database.pool, 45001, "TST1");
      return delivery?.state === "delivered";
    });
    const [delivery] = await deliveriesOf(gateway.database.pool, 45001, "TST1");
    expect(delivery?.attempts.map(({ number, verdict }) => [number, verdict])).toEqual([
      [1, "app_error"],
      [2, "app_error"],
      [3, "ok"],
    ]);
  });

  it.each(["tran_ref", "delivery_id", "origin", "since"])(
    "by %s of what waits for its next attempt sends it now, once",
    async (named) => {
      const { pool } = gateway.database;
      // It is on its way while the answer is counted.
      shop.behave(after(300, answer(200)));
      const { json: payment } = await gateway.call("/payment/request", goodRequest);
      const subject: string = payment.tran_ref;
      const delivery = prepareTo(shop.url, {}, { subject, url: `${shop.url}/cb` });
      await enqueue(pool, [delivery]);
      await pool.query(
        `update delivery_queue set state = 'pending', node_id = null, lease_token = null,
           lease_until = null, due_at = now() + interval '30 minutes' where delivery_id = $1`,
        [delivery.id],
      );
      const since = "2026-01-01";
      const names = { tran_ref: subject, delivery_id: delivery.id, origin: shop.url, since };
      const { json } = await operate("POST", "/redeliveries", {
        profile_id: 45001,
        ...Object.fromEntries(Object.entries(names).filter(([name]) => name === named)),
      });
      expect(json).toMatchObject({ matched: 0, still_open: 1, hurried: 1 });
      expect(await finished(json.redelivery_id)).toMatchObject({ requeued: 0 });
      await until(async () => (await openRows()) === 0);
      expect(shop.requests).toHaveLength(1);
      const { rows } = await pool.query(
        "select detail from transaction_event where tran_ref = $1 and kind = 'redelivery_asked'",
        [subject],
      );
      expect(rows).toMatchObject([{ detail: { hurried: true, delivery: delivery.id } }]);
    },
  );

  it("that is interrupted and asked again still sends what waits", async () => {
    const { pool } = gateway.database;
    shop.behave(answer(200));
    const delivery = prepareTo(shop.url, {}, { subject: "TST8", url: `${shop.url}/cb` });
    await enqueue(pool, [delivery]);
    await pool.query(
      `update delivery_queue set state = 'pending', node_id = null, lease_token = null,
         lease_until = null, due_at = now() + interval '30 minutes' where delivery_id = $1`,
      [delivery.id],
    );
    const key = { "idempotency-key": "interrupted" };
    const body = { profile_id: 45001, delivery_id: delivery.id };
    await pool.query(`create function refuse() returns trigger language plpgsql as
        $$ begin raise 'not now'; end $$;
      create trigger refuse before update on delivery_queue for each row
        execute function refuse()`);
    expect((await operate("POST", "/redeliveries", body, key)).status).toBe(500);
    await pool.query("drop function refuse cascade");
    const { json } = await operate("POST", "/redeliveries", body, key);
    expect(json).toMatchObject({ still_open: 1, hurried: 1 });
    await until(async () => (await openRows()) === 0);
    expect(await finished(json.redelivery_id)).toMatchObject({ requeued: 0 });
    expect(shop.requests).toHaveLength(1);
  });

  it("begins the schedule anew", async () => {
    const [id = ""] = await failed("TST2");
    await operate("POST", "/redeliveries", { profile_id: 45001, delivery_id: id });
    await until(() => shop.requests.length === 4);
    await until(async () => {
      const [delivery] = await deliveriesOf(gateway.database.pool, 45001, "TST2");
      return delivery?.state === "exhausted" && delivery.attempts.length === 4;
    });
    expect(shop.requests).toHaveLength(4);
  });

  it("asked twice under one key is one, and under another body is refused", async () => {
    const [id = ""] = await failed("TST3");
    const key = { "idempotency-key": "wish-3" };
    const body = { profile_id: 45001, delivery_id: id };
    const replies = await Promise.all([
      operate("POST", "/redeliveries", body, key),
      operate("POST", "/redeliveries", body, key),
    ]);
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200, 202]));
    expect(replies[0]?.json.redelivery_id).toBe(replies[1]?.json.redelivery_id);
    const other = await operate("POST", "/redeliveries", { since: "2026-01-01" }, key);
    expect([other.status, other.json.code]).toEqual([409, 4]);
    await until(() => shop.requests.length === 4);
  });

  it("of what failed to an origin, of a payment, or since a time takes just that", async () => {
    const origin = shop.url;
    await failed("TST4", 3);
    await failed("TST5", 2, "/other");
    shop.behave(answer(200));
    const byOrigin = await operate("POST", "/redeliveries", { profile_id: 45001, origin });
    expect(byOrigin.json.matched).toBe(5);
    expect(await finished(byOrigin.json.redelivery_id)).toMatchObject({ requeued: 5 });
    await until(() => shop.requests.length === 15);
    const again = await operate("POST", "/redeliveries", { profile_id: 45001, origin });
    expect(again.json.matched).toBe(0);
    // What has arrived is sent again only to whoever asks for it.
    await until(async () => (await openRows()) === 0);
    const all = await operate("POST", "/redeliveries", { profile_id: 45001, tran_ref: "TST4" });
    expect(all.json.matched).toBe(3);
    await until(() => shop.requests.length === 18);
    await until(async () => (await openRows()) === 0);
    const future = await operate("POST", "/redeliveries", { since: "2100-01-01", include: "all" });
    expect(future.json.matched).toBe(0);
  });

  it("of more than one batch takes all", async () => {
    const { pool } = gateway.database;
    await pool.query(
      `insert into delivery (profile_id, delivery_id, subject, purpose, lane, lane_id, url,
         content_type, headers, body, allow_private, exhausted_at)
       select 45002, uuid_from(now() + n * interval '1 millisecond'), 'TST6', 'callback', 'x', 6,
         $1, 'application/json', '{}', 'x', true, now()
       from generate_series(1, 1200) n`,
      [`${shop.url}/cb`],
    );
    const { json } = await operate("POST", "/redeliveries", {
      profile_id: 45002,
      since: "2026-01-01",
      until: "2100-01-01",
    });
    expect(json.matched).toBe(1200);
    expect(await finished(json.redelivery_id)).toMatchObject({ requeued: 1200 });
    const { rows } = await pool.query(
      "select count(*)::int as n from delivery_queue where profile_id = 45002",
    );
    expect(rows[0].n).toBe(1200);
    await pool.query("delete from delivery_queue where profile_id = 45002");
  });

  it("is until now by the database's clock, whatever the node's says", async () => {
    const [id = ""] = await failed("TST8");
    const behind = await startTestGateway({
      database: gateway.database,
      clock: { now: () => new Date(Date.now() - 10 * 60_000) },
      config: { operatorToken, role: "api" },
    });
    const reply = await fetch(`${behind.url}/operators/redeliveries`, {
      method: "POST",
      headers: { authorization: `Bearer ${operatorToken}`, "idempotency-key": "behind" },
      body: JSON.stringify({ profile_id: 45001, delivery_id: id }),
    });
    await behind.stop();
    expect(await reply.json()).toMatchObject({ matched: 1 });
    await until(() => shop.requests.length === 4);
  });

  it("that nobody asked for is not found", async () => {
    expect((await operate("GET", `/redeliveries/${randomUUID()}`)).status).toBe(404);
    expect((await operate("GET", "/redeliveries/7")).status).toBe(404);
  });
});

async function openRows(): Promise<number> {
  const { rows } = await gateway.database.pool.query(
    "select count(*)::int as n from delivery_queue",
  );
  return rows[0].n;
}

describe("the list of failed deliveries", () => {
  it("names each with its verdict, newest first, in pages", async () => {
    await failed("TST7", 2);
    const { json } = await operate("GET", "/failed-deliveries?profile_id=45001");
    const [first, ...others] = json.deliveries;
    expect(json.deliveries).toContainEqual(
      expect.objectContaining({
        profile_id: 45001,
        tran_ref: "TST7",
        verdict: "app_error",
        detail: "500",
        url: `${shop.url}/cb`,
      }),
    );
    const place = encodeURIComponent(`${first.exhausted_at} ${first.delivery_id}`);
    const next = await operate("GET", `/failed-deliveries?profile_id=45001&before=${place}`);
    expect(next.json.deliveries).toEqual(others);
    const one = await operate("GET", "/failed-deliveries?profile_id=45001&limit=1");
    expect(one.json).toEqual({
      deliveries: [first],
      next: `${first.exhausted_at} ${first.delivery_id}`,
    });
    expect((await operate("GET", "/failed-deliveries?before=7")).status).toBe(400);
  });
});

describe("a profile's retry schedule", () => {
  it("takes the place of the gateway's own, and is refused when it is unfit", async () => {
    for (const retry_delays_s of [[], [0], [1.5], ["7"], [270_001], "x", Array(31).fill(1)]) {
      const { status } = await operate("PUT", "/profiles/45001/retry-schedule", { retry_delays_s });
      expect(status).toBe(400);
    }
    const missing = await operate("PUT", "/profiles/7/retry-schedule", { retry_delays_s: null });
    expect(missing.status).toBe(404);
    const set = await operate("PUT", "/profiles/45001/retry-schedule", { retry_delays_s: [1, 2] });
    expect(set).toMatchObject({ status: 200, json: { profile_id: 45001, retry_delays_s: [1, 2] } });
    const { rows } = await gateway.database.pool.query(
      "select retry_delays_s from profile where profile_id = 45001",
    );
    expect(rows[0].retry_delays_s).toEqual([1, 2]);
    await operate("PUT", "/profiles/45001/retry-schedule", { retry_delays_s: null });
  });
});
