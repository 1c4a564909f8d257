import { afterEach, describe, expect, test } from "vitest";
import { pino } from "pino";
import type { ApiCall } from "../../src/api-log/api-call.ts";
import { ApiLog, type ApiLogOptions, type DropReason } from "../../src/api-log/api-log.ts";
import { createPool } from "../../src/database/pool.ts";
import { uuidv7 } from "../../src/ids.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { type DatabaseProxy, startDatabaseProxy } from "../support/database-proxy.ts";
import { until } from "../support/dispatching.ts";
import { goodRequest, startTestGateway } from "../support/gateway.ts";
import { readSamples, valueOf } from "../support/prometheus.ts";

const cleaners: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const clean of cleaners.splice(0).toReversed()) await clean();
});

async function behindProxy(): Promise<{ database: TestDatabase; proxy: DatabaseProxy }> {
  const database = await createTestDatabase();
  cleaners.push(() => database.drop());
  const proxy = await startDatabaseProxy(database.url);
  cleaners.push(() => proxy.close());
  return { database, proxy };
}

/** A log on a pool of its own, and why it dropped what it dropped. */
function createLog(url: string, bounds: ApiLogOptions["bounds"] = {}) {
  const dropped: DropReason[] = [];
  const pool = createPool(url, {
    connectionsMax: 2,
    waits: { connectMsMax: 300, statementMsMax: 300, answerMsMax: 300 },
  });
  const log = new ApiLog({
    pool,
    log: pino({ level: "silent" }),
    nodeId: "test",
    retentionDays: 14,
    dropped: (reason) => dropped.push(reason),
    bounds,
  });
  cleaners.push(() => pool.end());
  return { log, dropped };
}

function call(changes: Partial<ApiCall> = {}): { call: ApiCall; refusedKey: undefined } {
  return {
    call: {
      callId: uuidv7(),
      at: new Date("2026-11-25T10:00:00Z"),
      profileId: 45001,
      authenticated: true,
      method: "POST",
      path: "/payment/query",
      headers: {},
      keyKind: "server",
      requestBody: "{}",
      requestBytes: 2,
      status: 200,
      replyBody: "{}",
      durationMs: 1,
      trace: undefined,
      refused: false,
      code: undefined,
      error: undefined,
      hint: undefined,
      tranRef: undefined,
      cartId: undefined,
      remoteAddress: "127.0.0.1",
      ...changes,
    },
    refusedKey: undefined,
  };
}

function record(log: ApiLog, changes: Partial<ApiCall> = {}, described?: () => void): void {
  const logged = call(changes);
  log.record(logged.call.authenticated, () => {
    described?.();
    return logged;
  });
}

const countOf = async ({ pool }: TestDatabase): Promise<number> =>
  (await pool.query("select from api_call")).rowCount ?? 0;

const turnsOf = async ({ pool }: TestDatabase): Promise<number> =>
  (await pool.query("select from periodic_job where name = 'keep-api-call-days'")).rowCount ?? 0;

describe("while the database is away", () => {
  test("calls wait up to a bound, the others are dropped and counted, and the first are written later", async () => {
    const { database, proxy } = await behindProxy();
    const { log, dropped } = createLog(proxy.url, { waitingMax: 20 });
    proxy.set("stalled");
    for (let index = 0; index < 50; index += 1) record(log);
    expect(log.unwritten).toBe(20);
    expect(dropped).toEqual(Array.from({ length: 30 }, () => "full"));
    proxy.set("passing");
    proxy.cut();
    await until(async () => log.unwritten === 0);
    expect(await countOf(database)).toBe(20);
    record(log);
    await log.stop();
    expect(await countOf(database)).toBe(21);
  });

  test("their size is bounded too", async () => {
    const { proxy } = await behindProxy();
    const { log, dropped } = createLog(proxy.url, { waitingLengthMax: 100_000 });
    proxy.set("stalled");
    for (let index = 0; index < 50; index += 1) record(log, { requestBody: "x".repeat(9000) });
    expect(log.unwritten).toBe(10);
    expect(dropped).toHaveLength(40);
    await log.stop();
  });

  test("the way out does not wait for it, and what is lost is counted", async () => {
    const { proxy } = await behindProxy();
    const { log, dropped } = createLog(proxy.url, { stopMsMax: 100 });
    proxy.set("stalled");
    for (let index = 0; index < 5; index += 1) record(log);
    await log.stop();
    expect(dropped).toEqual(Array.from({ length: 5 }, () => "database"));
    expect(log.unwritten).toBe(0);
  });

  test("an answer that is lost does not make a call be there twice", async () => {
    const { database, proxy } = await behindProxy();
    const { log, dropped } = createLog(proxy.url);
    record(log);
    await until(async () => log.unwritten === 0);
    // The connection is made: what is lost now is an answer.
    proxy.set("deaf");
    record(log);
    await until(async () => (await countOf(database)) === 2);
    proxy.set("passing");
    proxy.cut();
    await until(async () => log.unwritten === 0);
    expect(await countOf(database)).toBe(2);
    expect(dropped).toEqual([]);
    await log.stop();
  });
});

test("a call that the database refuses holds up no other", async () => {
  const { database } = await behindProxy();
  const { log, dropped } = createLog(database.url);
  record(log);
  // There is no part for a day so long ago.
  record(log, { callId: "01000000-0000-7000-8000-000000000000" });
  record(log, { requestBody: "not to be kept: \0" });
  record(log);
  await log.stop();
  expect(await countOf(database)).toBe(2);
  expect(dropped).toEqual(["database", "database"]);
});

test("strangers cannot fill the log, and merchants are heard meanwhile", async () => {
  const { database } = await behindProxy();
  const { log, dropped } = createLog(database.url, {
    strangersAtOnce: 5,
    strangersPerSecond: 0.01,
  });
  for (let index = 0; index < 20; index += 1) record(log, { authenticated: false });
  record(log);
  await log.stop();
  expect(await countOf(database)).toBe(6);
  expect(dropped).toEqual(Array.from({ length: 15 }, () => "flood"));
});

test("what is dropped for want of room, or as a stranger's, is not even described", async () => {
  const { proxy } = await behindProxy();
  const { log, dropped } = createLog(proxy.url, {
    waitingMax: 4,
    strangersAtOnce: 2,
    stopMsMax: 50,
  });
  proxy.set("stalled");
  let described = 0;
  const count = () => {
    described += 1;
  };
  for (let index = 0; index < 10; index += 1) record(log, { authenticated: false }, count);
  expect(described).toBe(2);
  for (let index = 0; index < 10; index += 1) record(log, {}, count);
  expect(described).toBe(4);
  expect(dropped.filter((reason) => reason === "flood")).toHaveLength(8);
  expect(dropped.filter((reason) => reason === "full")).toHaveLength(8);
  await log.stop();
});

describe("a gateway", () => {
  test("serves calls though the log cannot be written, and says so in its metrics", async () => {
    const gateway = await startTestGateway();
    cleaners.push(() => gateway.stop());
    await gateway.database.pool.query("alter table api_call rename to api_call_away");
    const { status, json } = await gateway.call("/payment/request", goodRequest);
    expect([status, json.tran_ref]).toEqual([200, expect.stringMatching(/^TST/)]);
    const droppedFor = async (reason: string) => {
      const text = await (await fetch(`${gateway.url}/metrics`)).text();
      return valueOf(readSamples(text), "wasl_api_log_dropped_calls_total", { reason });
    };
    await until(async () => (await droppedFor("database")) === 1);
    expect(await droppedFor("full")).toBe(0);
    await gateway.database.pool.query("alter table api_call_away rename to api_call");
    await gateway.call("/payment/request", goodRequest);
    await until(async () => (await countOf(gateway.database)) === 1);
  });

  test("writes what it has when it stops", async () => {
    const database = await createTestDatabase();
    cleaners.push(() => database.drop());
    const gateway = await startTestGateway({ database });
    for (let index = 0; index < 20; index += 1)
      await gateway.call("/payment/query", { cart_id: "x" });
    await gateway.stop();
    expect(await countOf(database)).toBe(20);
  });

  test("that only delivers logs nothing and does not look after the days", async () => {
    for (const [role, turns, lines] of [
      ["worker", 0, 0],
      ["api", 1, 1],
    ] as const) {
      const database = await createTestDatabase();
      cleaners.push(() => database.drop());
      const gateway = await startTestGateway({ database, config: { role } });
      await fetch(`${gateway.url}/payment/request`, { method: "POST", body: "{}" });
      await gateway.stop();
      expect([role, await turnsOf(database), await countOf(database)]).toEqual([
        role,
        turns,
        lines,
      ]);
    }
  });
});
