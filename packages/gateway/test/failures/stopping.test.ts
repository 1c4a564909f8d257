import { once } from "node:events";
import net, { type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { enqueue, prepareTo, statesOf, until } from "../support/dispatching.ts";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";
import { hang, startReceiver } from "../support/receiver.ts";
import { visit } from "../support/stranger.ts";

let database: TestDatabase;
let gateway: TestGateway;
const sockets = new Set<Socket>();

beforeEach(async () => {
  database = await createTestDatabase();
  gateway = await startTestGateway({ database, deliveries: { limits: { stopMsMax: 500 } } });
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await gateway.stop();
  await database.drop();
});

/** Sends these bytes over a connection that stays open. */
async function say(bytes: string): Promise<Socket> {
  const { hostname, port } = new URL(gateway.url);
  const socket = net.connect(Number.parseInt(port, 10), hostname);
  socket.on("error", () => undefined);
  sockets.add(socket);
  await once(socket, "connect");
  socket.write(bytes);
  return socket;
}

const halfSent = {
  head: "POST /payment/request HTTP/1.1\r\nHost: x\r\n",
  body: "POST /payment/request HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
};

describe("a node that stops", () => {
  it.each(["head", "body"] as const)(
    "gives its deliveries back at once, and ends, while somebody sends half a %s",
    async (part) => {
      const shop = await startReceiver({ behaviour: hang });
      const { outbox } = gateway.services;
      const held = Array.from({ length: 5 }, () => prepareTo(shop.url, outbox.node));
      await enqueue(database.pool, held);
      outbox.handOver(held);
      const half = await say(halfSent[part]);
      await shop.received(2);
      const stopped = gateway.stop();
      // Two are on the wire and hang; they are cut and given back too.
      await until(async () => (await statesOf(database.pool)).pending === 5, 4000);
      expect(half.destroyed).toBe(false);
      await stopped;
      await shop.close();
    },
  );

  it("lets a payment under way have its outcome, and gives its Callback back", async () => {
    const { pool } = database;
    const shop = await startReceiver();
    const { json } = await gateway.call("/payment/request", {
      ...goodRequest,
      callback: `${shop.url}/cb`,
    });
    const form = (await visit(`${json.redirect_url}/cancel`)).forms.find(({ action }) =>
      action.includes("/cancel"),
    );
    const lock = await pool.connect();
    await lock.query("begin");
    await lock.query("select from transaction for update");
    const cancelled = fetch(form?.action ?? "", { method: "POST", redirect: "manual" });
    await until(async () => {
      const { rowCount } = await pool.query(
        `select from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return rowCount === 1;
    });
    const stopped = gateway.stop();
    // Its own deliveries have been given back by now: there are none.
    await gateway.services.outbox.stop();
    await lock.query("commit");
    lock.release();
    expect((await cancelled).status).toBe(303);
    await stopped;
    expect(shop.requests).toHaveLength(0);
    const { rows } = await pool.query("select state from transaction");
    expect(rows).toEqual([{ state: "completed" }]);
    expect(await statesOf(pool)).toEqual({ pending: 1 });
    await shop.close();
  });
});
