import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keepCallDays } from "../../src/api-log/days.ts";
import { until } from "../support/dispatching.ts";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";

const operatorToken = "an-operators-token-for-tests";

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({ config: { operatorToken } });
});

afterAll(() => gateway.stop());

async function operate(path: string, token = operatorToken) {
  const reply = await fetch(`${gateway.url}/operators${path}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  // oxlint-disable-next-line typescript/no-explicit-any
  return { status: reply.status, json: (await reply.json()) as any };
}

/** The line of the call with this trace, with its bodies, once it is written. */
async function logged(trace: string) {
  let id: string | undefined;
  await until(async () => {
    const { json } = await operate(`/api-calls?trace=${trace}`);
    id = json.calls[0]?.call_id;
    return id !== undefined;
  });
  return (await operate(`/api-calls/${id}`)).json;
}

const create = (changes: object = {}) =>
  gateway.call("/payment/request", { ...goodRequest, ...changes });

/** Everything the log's table holds, as one text, without what has digits by chance. */
async function wholeTable(): Promise<string> {
  const { rows } = await gateway.database.pool.query(
    `select (to_jsonb(c) - array['call_id', 'at', 'duration_ms', 'trace', 'tran_ref'])::text as line
     from api_call c`,
  );
  return rows.map(({ line }) => line.replaceAll(/PMNT[\dA-F.]+|TST\d+/g, "")).join("\n");
}

describe("a call is logged with what it was and what became of it", () => {
  test("when it is served", async () => {
    const { json } = await create({ cart_id: "log-1" });
    const line = await logged(json.trace);
    expect(line).toEqual({
      call_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      at: expect.stringMatching(/^20\d\d-.*Z$/),
      profile_id: gateway.profile.profileId,
      authenticated: true,
      key_kind: "server",
      method: "POST",
      path: "/payment/request",
      status: 200,
      outcome: "accepted",
      code: null,
      error: null,
      hint: null,
      trace: json.trace,
      tran_ref: json.tran_ref,
      cart_id: "log-1",
      duration_ms: expect.any(Number),
      request_bytes: line.request_body.length,
      headers: expect.objectContaining({ "user-agent": expect.any(String) }),
      remote_address: "127.0.0.1",
      request_body: JSON.stringify({ profile_id: 45001, ...goodRequest, cart_id: "log-1" }),
      reply_body: JSON.stringify(json),
    });
    expect(line.duration_ms).toBeGreaterThan(0);
  });

  test("when it makes, asks or cancels an invoice, or makes a payment link", async () => {
    const link = { link_title: "Two novels", cart_currency: "SAR", cart_amount: 25.5 };
    const made = await gateway.call("/payment/link/create", link);
    expect(await logged(made.json.trace)).toMatchObject({
      path: "/payment/link/create",
      outcome: "accepted",
      profile_id: gateway.profile.profileId,
    });
    const asked = await gateway.callRaw("/payment/invoice/status", '{"invoice_id":1}');
    expect(await logged(asked.json.trace)).toMatchObject({
      path: "/payment/invoice/status",
      outcome: "refused",
      authenticated: true,
      profile_id: gateway.profile.profileId,
    });
  });

  test("when it is refused, with the trace of the reply and the cause", async () => {
    const { json } = await create({ cart_id: "order-7001", cart_amount: 1.005 });
    expect(await logged(json.trace)).toMatchObject({
      authenticated: true,
      status: 400,
      outcome: "refused",
      code: 2,
      error: "INVALID_FIELD",
      hint: "cart_amount has three decimals, SAR has two: round it before it is sent.",
      cart_id: "order-7001",
      reply_body: JSON.stringify(json),
    });
  });

  test("when its body is no JSON, with the content type as it came", async () => {
    const { json } = await gateway.callRaw("/payment/request", "profile_id=45001&cart_id=a", {
      "content-type": "application/x-www-form-urlencoded",
    });
    expect(await logged(json.trace)).toMatchObject({
      profile_id: null,
      authenticated: false,
      error: "NOT_JSON",
      hint: expect.stringMatching(/^The body is form data, not JSON/),
      headers: { "content-type": "application/x-www-form-urlencoded" },
      request_body: "profile_id=45001&cart_id=a",
    });
  });

  test.each<[name: string, body: string | Uint8Array<ArrayBuffer>, kept: RegExp, hint: RegExp]>([
    ["empty", "", /^$/, /empty/],
    ["too large", `{"a":"${"x".repeat(300_000)}"}`, /^$/, /larger than 262144 bytes/],
    ["not text", new Uint8Array([0x1f, 0x8b, 0, 1]), /^4 bytes that are not UTF-8/, /gzip/],
    ["cut", "x".repeat(10_000), /^x{4096}\n… cut here: 4096 of 10000/, /JSON/],
  ])("when its body is %s", async (_name, body, kept, hint) => {
    const { json } = await gateway.callRaw("/payment/request", body);
    const line = await logged(json.trace);
    expect(line.request_body).toMatch(kept);
    expect(line.hint).toMatch(hint);
  });

  test("when it comes by another method or to another path", async () => {
    const get = await fetch(`${gateway.url}/payment/request?cvv=123`);
    expect(await logged(((await get.json()) as { trace: string }).trace)).toMatchObject({
      method: "GET",
      path: "/payment/request",
      error: "NOT_POST",
    });
    const { json } = await gateway.call("/payment/4111111111111111", {});
    expect(await logged(json.trace)).toMatchObject({
      path: "/payment/[masked]",
      error: "UNKNOWN_PATH",
    });
  });

  test("when it is a query, also one of a list, which has no trace", async () => {
    const { json } = await create({ cart_id: "log-query" });
    const query = await gateway.call("/payment/query", { tran_ref: json.tran_ref });
    expect(await logged(query.json.trace)).toMatchObject({
      path: "/payment/query",
      tran_ref: json.tran_ref,
      cart_id: "log-query",
    });
    await gateway.call("/payment/query", { cart_id: "log-query" });
    await until(async () => {
      const found = await operate("/api-calls?profile_id=45001&cart_id=log-query");
      return found.json.calls.length === 3;
    });
    const found = await operate("/api-calls?profile_id=45001&cart_id=log-query");
    expect(found.json.calls[0]).toMatchObject({ path: "/payment/query", trace: null });
  });

  test("and the shopper's pages are not", async () => {
    const { json } = await create({ cart_id: "log-page" });
    await (await fetch(json.redirect_url)).text();
    await fetch(`${gateway.url}/payment/page/nothing`);
    await logged((await create()).json.trace);
    expect(await wholeTable()).not.toContain('"path": "/payment/page');
    const { rows } = await gateway.database.pool.query("select distinct path from api_call");
    expect(rows.map(({ path }) => path)).not.toContainEqual(expect.stringContaining("page"));
  });
});

describe("a wrong key is explained to whoever may read the log", () => {
  const other = "SABCDTEST1-JKLM4TEST2-WXYZ9TEST3";

  beforeAll(async () => {
    await gateway.database.pool.query(
      `insert into profile select 45002, merchant_id, name, mode, currencies, $1, 'C' || $1::text
       from profile where profile_id = 45001`,
      [other],
    );
  });

  test("another profile's", async () => {
    const { json } = await gateway.call("/payment/request", goodRequest, other);
    expect(await logged(json.trace)).toMatchObject({
      profile_id: 45001,
      authenticated: false,
      key_kind: "server",
      status: 401,
      code: 1,
      error: "AUTHENTICATION_FAILED",
      hint: "This key belongs to another profile, 45002: profile_id and key must be of one profile.",
    });
  });

  test.each<[name: string, key: (own: string) => string, kind: string, hint: RegExp]>([
    ["Bearer before it", (own) => `Bearer ${own}`, "scheme", /Bearer.*The key is right/],
    ["no key", () => "", "none", /No key came/],
    ["something else", () => "hunter2-hunter2", "other", /no server key: it has 15 characters/],
  ])("%s", async (_name, key, kind, hint) => {
    const presented = key(gateway.profile.serverKey);
    const { json } = await gateway.call("/payment/request", goodRequest, presented);
    expect(await logged(json.trace)).toMatchObject({
      key_kind: kind,
      hint: expect.stringMatching(hint),
    });
  });

  test("no such profile", async () => {
    const { json } = await gateway.call("/payment/request", { ...goodRequest, profile_id: 45009 });
    expect(await logged(json.trace)).toMatchObject({
      profile_id: 45009,
      hint: expect.stringMatching(/^There is no profile 45009 here\. This key belongs .* 45001/),
    });
  });
});

test("nothing secret is in the log of refused calls", async () => {
  const { serverKey, clientKey } = gateway.profile;
  const card = { pan: "4111111111111111", cvv: "8642", expiry_month: 11, expiry_year: 2039 };
  const spaced = "5498 3838 0160 6532";
  const bodies: [body: string, headers: Record<string, string>][] = [
    [JSON.stringify({ profile_id: 45001, ...goodRequest, card_details: card }), {}],
    [JSON.stringify({ profile_id: 45001, cart_id: spaced, user_defined: { udf1: spaced } }), {}],
    [`{"profile_id":45001,"card_details":{"pan":4111111111111111,"cvv":8642`, {}],
    ["card_details[pan]=4111111111111111&card_details[cvv]=8642", {}],
    [`{"profile_id":45001,"4111111111111111":1,"note":"key ${serverKey} ${clientKey}"}`, {}],
    [`{"profile_id":45001,"payment_token":"PTOKENvalueABC12345"}`, {}],
    [
      `{"profile_id":45001,"token":"FEEDBEEF00112233445566778899AABB","x":"my-own-secret"}`,
      {
        authorization: "my-own-secret",
        "user-agent": "shop 4111-1111-1111-1111",
      },
    ],
    [`{"profile_id":45001,"apple_pay_token":{"paymentData":{"data":"QXBwbGVQYXk="}}}`, {}],
  ];
  for (const [body, headers] of bodies) {
    const { status, json } = await gateway.callRaw("/payment/request", body, headers);
    expect(status).toBeGreaterThanOrEqual(400);
    await logged(json.trace);
  }
  const table = await wholeTable();
  expect(table).toContain("[masked]");
  for (const secret of [
    "4111111111111111",
    "4111-1111",
    "5498 3838",
    "8642",
    "2039",
    serverKey,
    clientKey,
    "PTOKENvalue",
    "FEEDBEEF",
    "QXBwbGVQYXk",
    "my-own-secret",
    "hunter2",
  ]) {
    expect(table).not.toContain(secret);
  }
});

describe("the log is searched", () => {
  test("by tran_ref and by cart, as the log keeps them", async () => {
    const first = await create({ cart_id: "4111 1111 1111 1111" });
    await logged(first.json.trace);
    const byCart = await operate(
      `/api-calls?profile_id=45001&cart_id=${encodeURIComponent("4111 1111 1111 1111")}`,
    );
    expect(byCart.json.calls.map((call: { trace: string }) => call.trace)).toContain(
      first.json.trace,
    );
    const byRef = await operate(`/api-calls?tran_ref=${first.json.tran_ref}`);
    expect(byRef.json.calls).toHaveLength(1);
    expect(byRef.json.calls[0]).not.toHaveProperty("request_body");
  });

  test("by profile and outcome, newest first", async () => {
    const refused = await create({ cart_amount: -1 });
    const accepted = await create();
    await logged(accepted.json.trace);
    const all = await operate("/api-calls?profile_id=45001");
    expect(all.json.calls[0].trace).toBe(accepted.json.trace);
    const ids = all.json.calls.map((call: { call_id: string }) => call.call_id);
    expect(ids).toEqual(ids.toSorted().toReversed());
    const only = await operate("/api-calls?profile_id=45001&outcome=refused");
    expect(only.json.calls[0].trace).toBe(refused.json.trace);
    const outcomes = (of: typeof only) =>
      new Set(of.json.calls.map((call: { outcome: string }) => call.outcome));
    expect(outcomes(only)).toEqual(new Set(["refused"]));
    expect(outcomes(await operate("/api-calls?outcome=accepted"))).toEqual(new Set(["accepted"]));
    expect((await operate("/api-calls?profile_id=7")).json).toEqual({ calls: [], next: null });
  });

  test("page by page, each call once", async () => {
    await gateway.database.pool.query(
      `insert into api_call select (json_populate_record(null::api_call, json_build_object(
         'profile_id', 777, 'call_id', gen.id, 'at', now(), 'authenticated', true, 'method', 'POST',
         'path', '/payment/query', 'headers', '{}'::json, 'key_kind', 'server', 'request_body', '{}',
         'status', 200, 'reply_body', '{}', 'duration_ms', 1, 'refused', false,
         'remote_address', '::1'))).*
       from (select overlay(replace(uuid_from(now())::text, '-0000-0000-', '-7000-8000-') placing lpad(n::text, 12, '0') from 25)::uuid as id
             from generate_series(1, 250) n) gen`,
    );
    const seen: string[] = [];
    let next = "";
    do {
      const { json } = await operate(`/api-calls?profile_id=777${next && `&before=${next}`}`);
      seen.push(...json.calls.map((call: { call_id: string }) => call.call_id));
      next = json.next;
    } while (next !== null);
    expect(seen).toHaveLength(250);
    expect(new Set(seen).size).toBe(250);
    expect(seen).toEqual(seen.toSorted().toReversed());
  });

  test("as many at a time as are asked for, a hundred unless told", async () => {
    const few = await operate("/api-calls?profile_id=777&limit=7");
    expect(few.json.calls).toHaveLength(7);
    expect(few.json.next).toBe(few.json.calls.at(-1).call_id);
    for (const limit of ["", "&limit=", "&limit=100"]) {
      const { json } = await operate(`/api-calls?profile_id=777${limit}`);
      expect(json.calls).toHaveLength(100);
    }
  });

  test.each([
    ["limit=0", "limit must be a whole number from 1 to 100"],
    ["limit=1000", "limit must be a whole number from 1 to 100"],
    ["outcome=maybe", "outcome must be one of refused, accepted"],
    ["profile_id=x", "profile_id must be a whole number"],
    ["before=yesterday", "before must be the `next`"],
    ["cart_id=1", "profile_id is required with cart_id"],
    ["colour=red", "colour is not known"],
  ])("not by %s", async (query, message) => {
    const { status, json } = await operate(`/api-calls?${query}`);
    expect([status, json.message]).toEqual([400, expect.stringContaining(message)]);
  });

  test("by operators only, and what is not there is not found", async () => {
    expect((await operate("/api-calls", "another")).status).toBe(401);
    expect((await operate("/api-calls/00000000-0000-7000-8000-000000000000")).status).toBe(404);
    expect((await operate("/api-calls/x", "another")).status).toBe(401);
    expect((await operate("/api-calls/x")).status).toBe(404);
  });
});

test("days past the retention are dropped whole, others stay", async () => {
  const { pool } = gateway.database;
  const days = async () => {
    const { rows } = await pool.query(
      `select inhrelid::regclass::text as part from pg_inherits
       where inhparent = 'api_call'::regclass order by 1`,
    );
    return rows.map(({ part }) => part);
  };
  const today = await days();
  await pool.query("select make_api_call_days('2026-01-01', '2026-01-03')");
  expect(await days()).toHaveLength(today.length + 3);
  const lines = await wholeTable();
  expect(await keepCallDays(pool, 14)).toEqual({ made: 0, dropped: 3 });
  expect(await days()).toEqual(today);
  expect(await wholeTable()).toBe(lines);
  expect(await keepCallDays(pool, 14)).toEqual({ made: 0, dropped: 0 });
});
