import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DispatcherOptions } from "../../src/deliveries/dispatcher.ts";
import { createPublicResolver } from "../../src/deliveries/resolve.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import {
  createTestDispatcher,
  enqueue,
  prepareTo,
  statesOf,
  until,
} from "../support/dispatching.ts";
import { startProxy, type TestProxy } from "../support/egress-proxy.ts";
import { type NameAnswer, startNameServer } from "../support/name-server.ts";
import { answer, type Receiver, reset, startReceiver } from "../support/receiver.ts";

let database: TestDatabase;
let shop: Receiver;
const cleanups: (() => unknown)[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  shop = await startReceiver();
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  await shop.close();
  await database.drop();
});

/** A node whose lanes do not rest, since that is not what these tests are about. */
function dispatcher(network: DispatcherOptions["network"]) {
  const node = createTestDispatcher(database.pool, {
    network: network ?? {},
    breaker: { failuresInRowMax: 1000, attemptsMin: 1000 },
  });
  cleanups.push(() => node.stop());
  node.start();
  return node;
}

type Node = ReturnType<typeof dispatcher>;

/** Hands a delivery over to a host that leads, or does not lead, to the shop. */
async function send(node: Node, host: string): Promise<string> {
  const prepared = prepareTo(`http://${host}:${shop.port}`, node);
  await enqueue(database.pool, [prepared]);
  node.handOver([prepared]);
  return prepared.id;
}

/** Others go on being reached, each over a connection of its own. */
function others(node: Node): () => Promise<void> {
  const over = new AbortController();
  const sending = (async () => {
    while (!over.signal.aborted) {
      const id = await send(node, "other.test");
      await until(async () => (await attemptsOf(id)).length > 0);
      shop.cut();
      await wait(20);
    }
  })();
  return async () => {
    over.abort();
    await sending;
  };
}

async function attemptsOf(id: string): Promise<readonly { verdict: string; detail: string }[]> {
  const { rows } = await database.pool.query(
    "select verdict, detail from delivery_attempt where delivery_id = $1 order by number",
    [id],
  );
  return rows;
}

async function exhausted(id: string): Promise<boolean> {
  const { rowCount } = await database.pool.query(
    "select from delivery where delivery_id = $1 and exhausted_at is not null",
    [id],
  );
  return rowCount === 1;
}

/** Names come from a server of the test, whatever the delivery may call. */
async function named(answerTo: (name: string, type: string) => NameAnswer) {
  const server = await startNameServer(answerTo);
  cleanups.push(() => server.close());
  const resolve = createPublicResolver([server.address]);
  return { resolvePublic: resolve, resolveLocal: resolve };
}

async function proxy(): Promise<TestProxy> {
  const started = await startProxy();
  cleanups.push(() => started.close());
  return started;
}

const fault = "a delivery could not be tried";

describe("a name that our name server refuses", () => {
  it("is the merchant's when the server answers for the root", async () => {
    const node = dispatcher(
      await named((name, type) => {
        if (name === "blocked.test") return "REFUSED";
        return type === "A" ? ["127.0.0.1"] : [];
      }),
    );
    const id = await send(node, "blocked.test");
    await until(() => exhausted(id));
    const attempts = await attemptsOf(id);
    expect(attempts.map(({ verdict }) => verdict)).toEqual(["dns", "dns", "dns", "dns"]);
    expect(attempts[0]?.detail).toContain("EREFUSED");
    expect(node.lines).not.toContain(fault);
  });

  it("is ours when it refuses everything", async () => {
    const node = dispatcher(await named(() => "REFUSED"));
    const id = await send(node, "shop.test");
    await until(() => node.lines.filter((line) => line === fault).length > 20);
    expect(await attemptsOf(id)).toEqual([]);
    expect(await statesOf(database.pool)).not.toHaveProperty("exhausted");
  });

  it("is the merchant's in the end when other names are served all the while", async () => {
    const node = dispatcher(
      await named((name, type) => {
        if (name === "other.test") return type === "A" ? ["127.0.0.1"] : [];
        return "REFUSED";
      }),
    );
    const id = await send(node, "shop.test");
    const end = others(node);
    await until(() => exhausted(id), 20_000);
    await end();
    expect((await attemptsOf(id)).map(({ verdict }) => verdict)).toEqual(Array(4).fill("dns"));
    expect(node.lines).toContain(fault);
  });
});

describe("an address that this machine may not call", () => {
  const forbidden = Object.assign(new Error("connect EPERM"), { code: "EPERM" });
  const resolveLocal = (name: string) =>
    name === "shop.test" ? Promise.reject(forbidden) : Promise.resolve(["127.0.0.1"]);

  it("is the merchant's in the end when others may be called", async () => {
    const node = dispatcher({ resolveLocal });
    const id = await send(node, "shop.test");
    const end = others(node);
    await until(() => exhausted(id), 20_000);
    await end();
    expect((await attemptsOf(id))[0]?.detail).toBe("EPERM: connect EPERM");
  });

  it("is ours when the other answers came over a connection that was there before", async () => {
    const node = dispatcher({ resolveLocal });
    const first = await send(node, "other.test");
    await until(async () => (await attemptsOf(first)).length > 0);
    const id = await send(node, "shop.test");
    for (let n = 0; n < 20; n += 1) {
      const other = await send(node, "other.test");
      await until(async () => (await attemptsOf(other)).length > 0);
      await wait(50);
    }
    expect(shop.connections).toBe(1);
    expect(await attemptsOf(id)).toEqual([]);
  });
});

describe("behind an egress proxy", () => {
  it("a host that it turns down without a reason is the merchant's in the end", async () => {
    const by = await proxy();
    by.moveFor("shop.test", { say: "HTTP/1.1 503 Service Unavailable\r\n\r\n" });
    const node = dispatcher({ egressProxy: by.url });
    const id = await send(node, "shop.test");
    const end = others(node);
    await until(() => exhausted(id), 20_000);
    await end();
    const attempts = await attemptsOf(id);
    expect(attempts).toHaveLength(4);
    for (const attempt of attempts) {
      expect(attempt).toEqual({
        verdict: "unreachable",
        detail: "WASL_EGRESS_PROXY: the egress proxy answered 503 Service Unavailable",
      });
    }
  });

  it("that says nothing about itself, a reset is not repeated without end", async () => {
    const by = await proxy();
    by.ignorePulses();
    shop.behave(reset);
    const node = dispatcher({ egressProxy: by.url });
    const id = await send(node, "shop.test");
    await until(() => exhausted(id), 25_000);
    expect((await attemptsOf(id)).map(({ verdict }) => verdict)).toEqual(Array(4).fill("reset"));
    // Each attempt was made twice: the first end of each might have been the proxy's.
    expect(shop.requests).toHaveLength(8);
    shop.behave(answer(200));
  });
});
