import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { createPool } from "../../src/database/pool.ts";
import { metricCatalogue, type MetricEntry } from "../../src/operators/metrics-catalogue.ts";
import { createTestDatabase } from "../support/database.ts";
import { enqueue, prepareTo, until } from "../support/dispatching.ts";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";
import { readSamples, type Sample, valueOf } from "../support/prometheus.ts";
import { answer, startReceiver } from "../support/receiver.ts";
import { Shop, typeCard, visit } from "../support/stranger.ts";

const operatorToken = "an-operators-token-for-tests";

async function scrape({ url }: Pick<TestGateway, "url">): Promise<readonly Sample[]> {
  const reply = await fetch(`${url}/metrics`);
  expect(reply.status).toBe(200);
  expect(reply.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
  return readSamples(await reply.text());
}

/** Labels of a sample that its entry in the catalogue does not know. */
function strangers({ name, labels: { le: _le, ...labels } }: Sample): string[] {
  const base = name.replace(/_(?:bucket|sum|count)$/, "");
  const entry = Object.values<MetricEntry>(metricCatalogue).find(
    (known) => known.name === (known.type === "histogram" ? base : name),
  );
  if (entry === undefined) return [`${name} is not in the catalogue`];
  return [
    ...Object.keys(entry.labels)
      .filter((label) => labels[label] === undefined)
      .map((label) => `${name} has no ${label}`),
    ...Object.entries(labels)
      .filter(([label, value]) => entry.labels[label]?.includes(value) !== true)
      .map(([label, value]) => `${name} has ${label}="${value}"`),
  ];
}

const ours = (samples: readonly Sample[]) => samples.filter(({ name }) => name.startsWith("wasl_"));

describe("a payment with a Callback", () => {
  let gateway: TestGateway;
  let shop: Shop;
  let samples: readonly Sample[];

  beforeAll(async () => {
    gateway = await startTestGateway();
    shop = await new Shop().open();
    const { json } = await gateway.call("/payment/request", {
      ...goodRequest,
      callback: `${shop.url}/callback`,
    });
    await typeCard(await visit(json.redirect_url), { number: "4111 1111 1111 1111", code: "123" });
    await shop.waitFor("/callback");
    await until(() => isSettled(gateway));
    samples = await scrape(gateway);
  });

  afterAll(async () => {
    await gateway.stop();
    await shop.close();
  });

  const value = (name: string, labels: Record<string, string> = {}) =>
    valueOf(samples, name, labels);

  it("is one commit, one attempt, one delivery", () => {
    expect(value("wasl_payment_commit_seconds_count")).toBe(1);
    const ended = { verdict: "ok", class: "delivered" };
    expect(value("wasl_delivery_attempts_total", ended)).toBe(1);
    expect(value("wasl_deliveries_settled_total", { state: "delivered" })).toBe(1);
    expect(value("wasl_deliveries_settled_total", { state: "exhausted" })).toBe(0);
  });

  it("is timed in seconds, in the order things happen", () => {
    const phase = (name: string) =>
      value("wasl_delivery_attempt_phase_seconds_sum", { phase: name }) ?? Number.NaN;
    expect(value("wasl_delivery_attempt_phase_seconds_count", { phase: "connect" })).toBe(1);
    expect(value("wasl_delivery_attempt_phase_seconds_count", { phase: "tls" })).toBeUndefined();
    expect(phase("connect")).toBeLessThan(phase("first_byte"));
    expect(phase("first_byte")).toBeLessThan(phase("total"));
    expect(value("wasl_delivery_commit_to_first_byte_seconds_count")).toBe(1);
    const dispatched = value("wasl_delivery_commit_to_first_byte_seconds_sum") ?? Number.NaN;
    expect(dispatched).toBeGreaterThan(phase("connect"));
    expect(dispatched).toBeLessThan(10);
  });

  it("leaves nothing behind", () => {
    for (const state of ["leased", "due", "waiting", "resting"]) {
      expect(value("wasl_deliveries_open", { state })).toBe(0);
    }
    for (const name of ["held_deliveries", "held_bytes", "queued_deliveries"]) {
      expect(value(`wasl_dispatcher_${name}`)).toBe(0);
    }
    expect(value("wasl_deliveries_exhausted")).toBe(0);
    expect(value("wasl_database_up")).toBe(1);
  });

  it("shows the node and its pools", () => {
    expect(value("wasl_node_info", { role: "all" })).toBe(1);
    expect(value("wasl_database_pool_limit", { pool: "payments" })).toBe(20);
    expect(value("wasl_database_pool_waiting", { pool: "deliveries" })).toBe(0);
    expect(value("process_cpu_seconds_total")).toBeGreaterThan(0);
    expect(value("nodejs_eventloop_lag_p99_seconds")).toBeDefined();
  });

  it("shows every metric of the catalogue, with no label that is not in it", () => {
    expect(ours(samples).flatMap(strangers)).toEqual([]);
    const names = new Set(samples.map(({ name }) => name.replace(/_(?:bucket|sum|count)$/, "")));
    const missing = Object.values(metricCatalogue).filter(({ name }) => !names.has(name));
    expect(missing).toEqual([]);
  });

  it("is refused a label that would grow", () => {
    const grown = { name: "wasl_lanes_resting", labels: { breaker: "45001 shop" }, value: 1 };
    expect(strangers(grown)).toHaveLength(1);
  });
});

async function isSettled(gateway: TestGateway): Promise<boolean> {
  const { rows } = await gateway.database.pool.query("select from delivery_queue");
  return rows.length === 0;
}

it("a shop that fails rests, and its deliveries with it", async () => {
  const gateway = await startTestGateway({
    deliveries: { breaker: { failuresInRowMax: 2, restMsMin: 60_000 } },
  });
  const shop = await startReceiver({ behaviour: answer(500) });
  const prepared = [1, 2].map(() => prepareTo(shop.url, gateway.services.outbox.node));
  await enqueue(gateway.database.pool, prepared);
  gateway.services.outbox.handOver(prepared);
  await until(async () => {
    const { rows } = await gateway.database.pool.query(
      `select from delivery_queue where state = 'pending'
         and exists (select from lane where breaker = 'open')`,
    );
    return rows.length === 2;
  });
  const samples = await scrape(gateway);
  const ended = { verdict: "app_error", class: "failed" };
  expect(valueOf(samples, "wasl_delivery_attempts_total", ended)).toBe(2);
  expect(valueOf(samples, "wasl_deliveries_open", { state: "resting" })).toBe(2);
  expect(valueOf(samples, "wasl_lanes_backlogged")).toBe(1);
  expect(valueOf(samples, "wasl_lanes_resting", { breaker: "open" })).toBe(1);
  expect(valueOf(samples, "wasl_dispatcher_resting_lanes")).toBe(1);
  expect(valueOf(samples, "wasl_lane_breaker_transitions_total", { to: "open" })).toBe(1);
  expect(ours(samples).flatMap(strangers)).toEqual([]);
  await gateway.stop();
  await shop.close();
});

describe("access", () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startTestGateway({ config: { operatorToken } });
  });

  afterAll(() => gateway.stop());

  const ask = (path: string, headers: Record<string, string> = {}, remoteAddress = "10.0.0.7") =>
    gateway.app.inject({ url: path, headers, remoteAddress });

  it.each([
    ["another computer", {}, "10.0.0.7"],
    ["a proxy on this one", { "x-forwarded-for": "10.0.0.7" }, "127.0.0.1"],
    ["a page under another name", { host: "evil.example" }, "127.0.0.1"],
    ["a wrong token", { authorization: "Bearer an-operators-token-for-test" }, "10.0.0.7"],
    ["the token without its scheme", { authorization: operatorToken }, "10.0.0.7"],
  ])("to metrics is closed to %s", async (_who, headers, remoteAddress) => {
    const reply = await ask("/metrics", headers, remoteAddress);
    expect(reply.statusCode).toBe(401);
    expect(reply.json()).toMatchObject({ code: 1, trace: expect.any(String) });
    expect(reply.body).not.toContain("wasl_");
  });

  it("to metrics is open to the token from anywhere, and to this computer", async () => {
    const authorization = `Bearer ${operatorToken}`;
    const far = await ask("/metrics", { authorization, "x-forwarded-for": "10.0.0.7" });
    expect(far.statusCode).toBe(200);
    const near = await ask("/metrics", { host: "localhost:4400" }, "127.0.0.1");
    expect(near.statusCode).toBe(200);
    expect(near.headers["cache-control"]).toBe("no-store");
  });

  it("to health is open to everybody", async () => {
    expect((await ask("/health/live")).json()).toEqual({ live: true });
    expect((await ask("/health/ready")).json()).toEqual({ ready: true });
  });

  it("to metrics needs the token from this computer too, once others have a way to the node", async () => {
    // As nginx forwards by default: its own address for a host, and not a word that it forwards.
    const through = { host: "127.0.0.1:4400", connection: "close" };
    const node = await startTestGateway({
      config: { operatorToken, publicUrl: "https://pay.example" },
    });
    const look = (headers: Record<string, string>) =>
      node.app.inject({ url: "/metrics", headers, remoteAddress: "127.0.0.1" });
    expect((await look(through)).statusCode).toBe(401);
    const shown = await look({ ...through, authorization: `Bearer ${operatorToken}` });
    expect(shown.statusCode).toBe(200);
    await node.stop();
  });

  it("without a token configured, no token opens metrics", async () => {
    const closed = await startTestGateway();
    for (const authorization of ["Bearer ", "Bearer undefined", ""]) {
      const reply = await closed.app.inject({
        url: "/metrics",
        headers: { authorization },
        remoteAddress: "10.0.0.7",
      });
      expect(reply.statusCode).toBe(401);
    }
    await closed.stop();
  });
});

describe("by role", () => {
  it.each(["api", "worker"] as const)(
    "a node of role %s serves metrics and health",
    async (role) => {
      const node = await startTestGateway({ config: { role } });
      const samples = await scrape(node);
      expect(valueOf(samples, "wasl_node_info", { role })).toBe(1);
      const queued = valueOf(samples, "wasl_dispatcher_queued_deliveries");
      expect(queued).toBe(role === "worker" ? 0 : undefined);
      expect((await fetch(`${node.url}/health/ready`)).status).toBe(200);
      await node.stop();
    },
  );
});

it("without its database a node says so, and shows the rest", async () => {
  const database = await createTestDatabase();
  // A database that lets nobody in is changed from outside.
  const admin = createPool(inject("testServerUrl"), { connectionsMax: 1 });
  const name = new URL(database.url).pathname.slice(1);
  const gateway = await startTestGateway({ database });
  await admin.query(`alter database ${name} allow_connections false`);
  // Who was on the way in meanwhile may still have arrived, so it is more than one look.
  await until(async () => {
    const { rowCount } = await admin.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1",
      [name],
    );
    return rowCount === 0 && (await fetch(`${gateway.url}/health/ready`)).status === 503;
  });
  const samples = await scrape(gateway);
  expect(valueOf(samples, "wasl_database_up")).toBe(0);
  expect(valueOf(samples, "wasl_deliveries_open", { state: "due" })).toBeUndefined();
  expect(valueOf(samples, "wasl_deliveries_exhausted")).toBeUndefined();
  expect(valueOf(samples, "wasl_dispatcher_held_deliveries")).toBe(0);
  expect(valueOf(samples, "process_cpu_seconds_total")).toBeGreaterThan(0);
  const ready = await fetch(`${gateway.url}/health/ready`);
  expect([ready.status, await ready.json()]).toEqual([503, { ready: false, reason: "database" }]);
  expect((await fetch(`${gateway.url}/health/live`)).status).toBe(200);
  await admin.query(`alter database ${name} allow_connections true`);
  await admin.end();
  await until(async () => (await fetch(`${gateway.url}/health/ready`)).status === 200);
  await gateway.stop();
  await database.drop();
});
