import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { until } from "../support/dispatching.ts";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";
import { MovingClock } from "../support/moving-clock.ts";
import { answer, inTurn, type Receiver, startReceiver } from "../support/receiver.ts";
import { typeCard, verifyCallback, visit } from "../support/stranger.ts";

const operatorToken = "an-operators-token-for-tests";
const clock = new MovingClock();
let gateway: TestGateway;
let strict: TestGateway;
let shop: Receiver;

beforeAll(async () => {
  const deliveries = {
    schedule: { retryDelaysMs: [20], jitter: 0 },
    limits: { pollMsMin: 20, pollMsMax: 50 },
    breaker: { failuresInRowMax: 1000, attemptsMin: 1000 },
  };
  gateway = await startTestGateway({ config: { operatorToken }, deliveries, clock });
  strict = await startTestGateway({ config: { operatorToken, strict: "true" } });
});

afterAll(async () => {
  await gateway.stop();
  await strict.stop();
});

beforeEach(async () => {
  await gateway.database.pool.query("delete from ipn_configuration");
  shop = await startReceiver();
  return () => shop.close();
});

const all = "/profiles/45001/ipn-configurations";

async function operate(
  method: "GET" | "POST" | "PUT" | "DELETE",
  path: string,
  body?: object,
  { url }: Pick<TestGateway, "url"> = gateway,
) {
  const reply = await fetch(`${url}/operators${path}`, {
    method,
    headers: { authorization: `Bearer ${operatorToken}` },
    ...(body && { body: JSON.stringify(body) }),
  });
  // oxlint-disable-next-line typescript/no-explicit-any
  return { status: reply.status, json: (await reply.json()) as any };
}

async function configure(changes: object = {}) {
  const { status, json } = await operate("POST", all, {
    name: "ERP",
    url: `${shop.url}/ipn`,
    ...changes,
  });
  expect([status, json]).toEqual([201, expect.objectContaining({ name: expect.any(String) })]);
  return json;
}

/** The gateway remembers a profile for five seconds. */
async function known(count: number): Promise<void> {
  clock.forgetProfiles();
  const profile = await gateway.services.profiles.find(45001);
  expect(profile?.ipns?.length ?? 0).toBe(count);
}

async function pay(card = { number: "4111 1111 1111 1111", code: "123" }): Promise<string> {
  const { json } = await gateway.call("/payment/request", goodRequest);
  await typeCard(await visit(json.redirect_url), card);
  return json.tran_ref;
}

const count = async (table: string): Promise<number> => {
  const { rows } = await gateway.database.pool.query(`select count(*)::integer as n from ${table}`);
  return rows[0].n;
};

describe("configurations", () => {
  it("are added, listed, changed and deleted", async () => {
    const made = await configure({
      url: "https://erp.example/ipn",
      tran_types: ["Sale", "payment request"],
      statuses: ["a", "P"],
      format: "Basic Web",
      user_agent: "ERP/2",
      headers: { "X-Shop": "7", Authorization: "Bearer of the shop" },
    });
    expect(made).toEqual({
      ipn_id: expect.any(String),
      name: "ERP",
      url: "https://erp.example/ipn",
      tran_types: ["sale", "payment_request"],
      statuses: ["A", "P"],
      format: "basic_web",
      user_agent: "ERP/2",
      headers: { "X-Shop": "7", Authorization: "Bearer of the shop" },
      enabled: true,
      created_at: expect.any(String),
      changed_at: expect.any(String),
      warnings: [],
      not_called: null,
    });
    const one = `${all}/${made.ipn_id}`;
    expect((await operate("GET", all)).json.ipn_configurations).toEqual([made]);
    expect((await operate("GET", one)).json).toEqual(made);

    const changed = await operate("PUT", one, {
      name: "Off",
      url: "https://erp.example/other",
      enabled: false,
    });
    expect(changed.json).toMatchObject({
      ipn_id: made.ipn_id,
      name: "Off",
      tran_types: null,
      statuses: null,
      format: "default_web",
      user_agent: null,
      headers: {},
      enabled: false,
      created_at: made.created_at,
    });
    expect(changed.json.changed_at > made.changed_at).toBe(true);

    expect((await operate("DELETE", one)).json).toEqual({ ipn_id: made.ipn_id, deleted: true });
    for (const method of ["GET", "DELETE"] as const) {
      expect((await operate(method, one)).status).toBe(404);
    }
    expect((await operate("PUT", one, { name: "x", url: "https://erp.example/" })).status).toBe(
      404,
    );
    expect((await operate("GET", all)).json).toEqual({ ipn_configurations: [] });
  });

  it("belong to one profile", async () => {
    const { ipn_id: id } = await configure();
    await gateway.database.pool.query(
      `insert into profile (profile_id, merchant_id, name, mode, currencies, server_key, client_key)
       values (45002, 1, 'Other', 'test', '{SAR}', 'S2', 'C2') on conflict do nothing`,
    );
    const other = "/profiles/45002/ipn-configurations";
    expect((await operate("GET", other)).json).toEqual({ ipn_configurations: [] });
    expect((await operate("DELETE", `${other}/${id}`)).status).toBe(404);
    expect((await operate("POST", `${other}/${id}/tests`)).status).toBe(404);
    expect((await operate("GET", "/profiles/99/ipn-configurations")).json.message).toContain(
      "there is no profile 99",
    );
  });

  it("are at most ten, also when they are added all at once", async () => {
    const replies = await Promise.all(
      Array.from({ length: 14 }, (_, n) =>
        operate("POST", all, { name: `n${n}`, url: `https://erp.example/${n}` }),
      ),
    );
    const statuses = replies.map(({ status }) => status).toSorted((a, b) => a - b);
    expect(statuses).toEqual([...Array(10).fill(201), ...Array(4).fill(409)]);
    expect(await count("ipn_configuration")).toBe(10);
  });

  it("want the operators' token", async () => {
    const reply = await fetch(`${gateway.url}/operators${all}`);
    expect(reply.status).toBe(401);
  });

  const good = { name: "ERP", url: "https://erp.example/ipn" };

  it.each([
    [{ url: good.url }, "name is required"],
    [{ name: "ERP" }, "url is required"],
    [{ ...good, url: "ftp://erp.example" }, "url must begin with https://"],
    [{ ...good, url: "https://user:pw@erp.example" }, "url must not contain"],
    [{ ...good, url: "https://169.254.169.254/" }, "url must be a public address"],
    [{ ...good, url: `https://erp.example/${"x".repeat(240)}` }, "url must have at most 255"],
    [{ ...good, tran_types: [] }, "tran_types must be null for all, or a list"],
    [{ ...good, tran_types: ["sell"] }, "tran_types.0 must be null for all, or a list"],
    [{ ...good, statuses: "A" }, "statuses must be null for all, or a list"],
    [{ ...good, statuses: ["Z"] }, "statuses.0 must be"],
    [{ ...good, format: "SendGrid" }, "format must be one of default_web, basic_web"],
    [{ ...good, user_agent: "a\r\nb: c" }, "user_agent must not contain control characters"],
    [{ ...good, user_agent: "é" }, "user_agent must be printable ASCII"],
    [{ ...good, user_agent: "x".repeat(201) }, "user_agent must have at most 200"],
    [{ ...good, headers: { Signature: "00" } }, "headers.Signature is set by the gateway"],
    [{ ...good, headers: { "content-LENGTH": "1" } }, "headers.content-LENGTH is set by the"],
    [{ ...good, headers: { "Webhook-Id": "1" } }, "headers.Webhook-Id is set by the gateway"],
    [{ ...good, headers: { Upgrade: "h2c" } }, "headers.Upgrade is set by the gateway"],
    [{ ...good, headers: { "User-Agent": "x" } }, "headers.User-Agent has a member of its own"],
    [{ ...good, headers: { "X Y": "1" } }, "headers.X Y must be a header's name"],
    [{ ...good, headers: { "X-Y": "a\r\nZ: b" } }, "headers.X-Y must not contain control"],
    [{ ...good, headers: { "X-Y": "" } }, "headers.X-Y must be 1 to 512"],
    [{ ...good, headers: { "X-Y": "é" } }, "headers.X-Y must be 1 to 512"],
    [{ ...good, headers: { "X-Y": "1", "x-y": "2" } }, "headers must not name a header twice"],
    [{ ...good, headers: ["X"] }, "headers must be an object"],
    [
      {
        ...good,
        headers: Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`X-${n}`, "1"])),
      },
      "headers must be at most 10",
    ],
    [{ ...good, enabled: "maybe" }, "enabled must be true or false"],
    [{ ...good, secret: "x" }, "secret is not known"],
  ])("name the field and the rule: %j", async (body, message) => {
    const { status, json } = await operate("POST", all, body);
    expect([status, json.code]).toEqual([400, 2]);
    expect(json.message).toContain(message);
    expect(await count("ipn_configuration")).toBe(0);
  });
});

describe("under live rules", () => {
  it("a configuration is https, without a port, and public", async () => {
    for (const [url, message] of [
      ["http://erp.example/ipn", "url must begin with https://"],
      ["https://erp.example:8443/ipn", "url must not contain a port"],
      ["https://127.0.0.1/ipn", "url must be a public address"],
    ]) {
      const { status, json } = await operate("POST", all, { name: "ERP", url }, strict);
      expect(status).toBe(400);
      expect(json.message).toContain(message);
    }
  });

  it("the sandbox takes what live refuses, and says so", async () => {
    const { warnings, not_called: notCalled } = await configure();
    expect(notCalled).toBeNull();
    expect(warnings).toEqual([
      expect.stringMatching(/^live would refuse this: url must begin with https/),
      expect.stringMatching(/^live would refuse this: url must not contain a port/),
      expect.stringMatching(/^live would refuse this: url must be a public address/),
    ]);
  });

  it("one that was made before is not called over plain http, and says so", async () => {
    await strict.database.pool.query(
      `insert into ipn_configuration (profile_id, ipn_id, name, url, format, headers, enabled)
       values (45001, $1, 'old', 'http://erp.example/ipn', 'default_web', '{}', true)`,
      [randomUUID()],
    );
    const { json } = await operate("GET", all, undefined, strict);
    const [kept] = json.ipn_configurations;
    expect(kept.not_called).toMatch(/https/);
    const test = await operate("POST", `${all}/${kept.ipn_id}/tests`, undefined, strict);
    expect([test.status, test.json.message]).toEqual([400, expect.stringContaining("url must")]);
  });
});

describe("an IPN", () => {
  it("comes for each configuration that selects the payment, without any callback", async () => {
    await configure({ url: `${shop.url}/all`, user_agent: "Shop IPN", headers: { "X-Shop": "7" } });
    await configure({ url: `${shop.url}/basic`, tran_types: ["sale"], format: "basic_web" });
    await configure({ url: `${shop.url}/declined`, statuses: ["D"] });
    await configure({ url: `${shop.url}/refunds`, tran_types: ["refund"] });
    await configure({ url: `${shop.url}/off`, enabled: false });
    await known(4);
    const ref = await pay();
    const requests = await shop.received(2);
    const [whole, basic] = ["/all", "/basic"].map((path) =>
      requests.find((request) => request.path === path),
    );
    if (!whole || !basic) throw new Error("an IPN is missing");
    for (const { body, headers } of [whole, basic]) {
      const signed = { method: "POST", path: "", headers, body };
      expect(verifyCallback(signed, gateway.profile.serverKey)).toBe(true);
      expect(JSON.parse(body.toString()).tran_ref).toBe(ref);
      expect(headers).toMatchObject({
        "client-key": gateway.profile.clientKey,
        "content-type": "application/json",
        "webhook-id": expect.any(String),
      });
    }
    expect(whole.headers).toMatchObject({ "user-agent": "Shop IPN", "x-shop": "7" });
    expect(basic.headers["user-agent"]).toContain("IPN/1.0");
    expect(JSON.parse(whole.body.toString())).toHaveProperty("customer_details");
    expect(JSON.parse(basic.body.toString())).not.toHaveProperty("customer_details");

    await pay({ number: "4000 0000 0000 3162", code: "123" });
    await shop.received(5);
    const paths = shop.requests.map(({ path }) => path).toSorted((a, b) => a.localeCompare(b));
    expect(paths).toEqual(["/all", "/all", "/basic", "/basic", "/declined"]);
  });

  it("is retried, given up with a note on the payment, and shown in its history", async () => {
    shop.behave(answer(500));
    await configure();
    await known(1);
    const ref = await pay();
    await until(async () => {
      const { rows } = await gateway.database.pool.query(
        "select from transaction_event where tran_ref = $1 and kind = 'delivery_exhausted'",
        [ref],
      );
      return rows.length === 1;
    });
    expect(shop.requests).toHaveLength(2);
    expect(shop.requests[0]?.body).toEqual(shop.requests[1]?.body);
    const reply = await fetch(`${gateway.url}/sandbox/transactions/${ref}/timeline`, {
      headers: { authorization: gateway.profile.serverKey },
    });
    const { entries, summary } = (await reply.json()) as {
      entries: { channel: string; kind: string }[];
      summary: { callback: { configured: boolean } };
    };
    expect(summary.callback.configured).toBe(false);
    expect(entries.filter(({ channel }) => channel === "ipn").map(({ kind }) => kind)).toEqual([
      "ipn_created",
      "ipn_attempt",
      "ipn_attempt",
      "delivery_exhausted",
    ]);
  });

  it("reaches a merchant that changed the configuration within five seconds", async () => {
    const { ipn_id: id } = await configure({ url: `${shop.url}/before` });
    await known(1);
    await operate("PUT", `${all}/${id}`, { name: "ERP", url: `${shop.url}/after` });
    await pay();
    clock.forgetProfiles();
    await pay();
    const requests = await shop.received(2);
    expect(requests.map(({ path }) => path)).toEqual(["/before", "/after"]);
  });
});

describe("a test", () => {
  it("is a marked sample, by the way of all IPNs, and its verdict is seen", async () => {
    const { ipn_id: id } = await configure({ headers: { "X-Shop": "7" }, enabled: false });
    const { status, json } = await operate("POST", `${all}/${id}/tests`);
    expect(status).toBe(202);
    expect(json).toMatchObject({
      test_id: expect.any(String),
      state: "delivered",
      attempts: [{ number: 1, http_status: 200, verdict: "ok" }],
    });
    const [request] = shop.requests;
    if (request === undefined) throw new Error("no test came");
    expect(request.headers).toMatchObject({ "wasl-test": "ipn", "x-shop": "7" });
    const signed = { method: "POST", path: "", headers: request.headers, body: request.body };
    expect(verifyCallback(signed, gateway.profile.serverKey)).toBe(true);
    const body = JSON.parse(request.body.toString());
    expect(body).toMatchObject({
      tran_ref: expect.stringMatching(/^TST\d\d000\d{8}$/),
      cart_id: "ipn-test",
      cart_description: expect.stringContaining("no payment was made"),
      paymentChannel: "IPN Test",
    });
    const { json: query } = await gateway.call("/payment/query", { tran_ref: body.tran_ref });
    expect(query.code).toBe(113);
  });

  it("that fails says why and what to do, and goes on being tried", async () => {
    shop.behave(inTurn(answer(404), answer(200)));
    const { ipn_id: id } = await configure({ format: "basic_web" });
    const { json } = await operate("POST", `${all}/${id}/tests`);
    expect(json.attempts[0]).toMatchObject({
      http_status: 404,
      verdict: expect.any(String),
      sentence: expect.any(String),
      fix: expect.any(String),
    });
    const asked = `${all}/${id}/tests/${json.test_id}`;
    await until(async () => (await operate("GET", asked)).json.state === "delivered");
    expect((await operate("GET", asked)).json.attempts).toHaveLength(2);
    expect((await operate("GET", `${all}/${id}/tests/${randomUUID()}`)).status).toBe(404);
  });
});

it("a payment of a profile without configurations asks the database nothing more", async () => {
  await known(0);
  await pay();
  const statements: string[] = [];
  const { pool } = gateway.services;
  const original = pool.query.bind(pool);
  // The pool's own method, listened to: what it does stays what it is.
  Object.assign(pool, {
    query: (query: unknown, ...rest: unknown[]) => {
      const { name } = query as { name?: string };
      if (name !== undefined) statements.push(name);
      return (original as (...all: unknown[]) => unknown)(query, ...rest);
    },
  });
  try {
    await pay();
  } finally {
    Object.assign(pool, { query: original });
  }
  expect(statements).toContain("write-outcome");
  expect(statements).not.toContain("write-outcome-with-mails");
  expect(statements).not.toContain("find-profile");
});
