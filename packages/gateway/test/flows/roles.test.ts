import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { enqueue, prepareTo, statesOf, until } from "../support/dispatching.ts";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";
import { type Receiver, startReceiver } from "../support/receiver.ts";

let database: TestDatabase;
let api: TestGateway;
let worker: TestGateway;
let shop: Receiver;

beforeAll(async () => {
  database = await createTestDatabase();
  shop = await startReceiver();
  api = await startTestGateway({ database, config: { role: "api" } });
  worker = await startTestGateway({
    database,
    config: { role: "worker" },
    // So long that only a notification can have woken it.
    deliveries: { limits: { pollMsMin: 60_000, pollMsMax: 60_000, healMs: 60_000 } },
  });
});

afterAll(async () => {
  await api.stop();
  await worker.stop();
  await shop.close();
  await database.drop();
});

describe("api and worker", () => {
  it("share the work: one commits, the other is told and sends", async () => {
    const prepared = prepareTo(shop.url, api.services.outbox.node);
    expect(prepared.nodeId).toBeUndefined();
    // The worker listens by now, or the first notification would be lost on it.
    await until(async () => {
      const { rows } = await database.pool.query(
        `select from pg_stat_activity
         where datname = current_database() and query = 'listen wasl_deliveries'`,
      );
      return rows.length === 1;
    });
    await enqueue(database.pool, [prepared]);
    expect(await statesOf(database.pool)).toEqual({ pending: 1 });
    api.services.outbox.handOver([prepared]);
    expect(await api.services.outbox.firstAttempt(prepared, 10_000)).toBe("settled");
    expect(shop.requests).toHaveLength(1);
    await until(async () => (await statesOf(database.pool)).delivered === 1);
  });

  it("have their own doors", async () => {
    const created = await api.call("/payment/request", goodRequest);
    expect(created.status).toBe(200);
    const refused = await fetch(`${worker.url}/payment/request`, { method: "POST", body: "{}" });
    expect(refused.status).toBe(404);
    for (const [method, path] of [
      ["GET", "/"],
      ["GET", "/operators/nothing"],
      ["POST", "/payment/request?x=1"],
      ["DELETE", "/health/live"],
    ] as const) {
      const body = method === "POST" ? new URLSearchParams({ a: "b" }) : null;
      const missing = await fetch(`${worker.url}${path}`, { method, body });
      expect(missing.status).toBe(404);
      expect(await missing.json()).toEqual({
        code: 2,
        message: `Invalid request: there is no ${path.split("?")[0]} here`,
        trace: expect.any(String),
      });
    }
    expect((await fetch(`${worker.url}/%ff`)).status).toBe(400);
    for (const { url } of [api, worker]) {
      expect((await fetch(`${url}/health/live`)).status).toBe(200);
      expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    }
  });
});
