import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../../src/database/embedded/server.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { goodRequest, newVaultKey } from "../support/gateway.ts";
import { scaled } from "../support/scale.ts";
import { Shop, submit, typeCard, visit } from "../support/stranger.ts";

const main = join(import.meta.dirname, "../../src/main.ts");

const paymentsWanted = scaled(24, 300);
const killsWanted = 5;
const shoppersAtOnce = 8;

/** An attempt that a killed node held is free after its lease, an authorisation somewhat sooner. */
const healedWithinMs = 60_000;

const vaultKey = newVaultKey("kill");

let database: TestDatabase;
let shop: Shop;
let gateway: RunningGateway;
/** The same after every restart, so that open pages live on. */
let port: number;

interface RunningGateway {
  readonly process: ChildProcess;
  readonly url: string;
  readonly serverKey: string;
}

async function start(): Promise<RunningGateway> {
  const args = [main, "--port", port.toString(), "--format", "json"];
  const child = spawn(process.execPath, args, {
    env: {
      ...process.env,
      DATABASE_URL: database.url,
      WASL_LOG_LEVEL: "silent",
      WASL_VAULT_KEYS: vaultKey,
    },
    stdio: ["ignore", "pipe", "ignore"],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const { url } = JSON.parse(line);
    const { rows } = await database.pool.query("select server_key from profile");
    return { process: child, url, serverKey: rows[0].server_key };
  }
  throw new Error("the gateway ended before it was ready");
}

async function kill({ process: child }: RunningGateway): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
}

beforeAll(async () => {
  database = await createTestDatabase();
  shop = await new Shop().open();
  port = await freePort();
  gateway = await start();
});

afterAll(async () => {
  gateway.process.kill("SIGTERM");
  await new Promise((resolve) => gateway.process.once("exit", resolve));
  await shop.close();
  await database.drop();
});

const cards = [
  { number: "4111111111111111", code: "123" },
  { number: "5200000000000114", code: "111" },
  { number: "4000000000001208", code: "123" },
  { number: "4000000000000002", code: "123" },
  { number: "4000000000006009", code: "123" },
];

/**
 * The shop asks again until a gateway answers, each time for another cart: the one before may have
 * been made and only its answer lost, and would be a duplicate now.
 */
async function create(cart: number): Promise<string> {
  for (let tries = 0; ; tries += 1) {
    try {
      const created = await fetch(`${gateway.url}/payment/request`, {
        method: "POST",
        headers: { authorization: gateway.serverKey },
        body: JSON.stringify({
          profile_id: 45001,
          ...goodRequest,
          cart_id: `kill-${cart}-${tries}`,
          callback: `${shop.url}/callback`,
          tokenise: cart % 2 === 0 ? 2 : 1,
        }),
      });
      const { redirect_url: page } = (await created.json()) as { redirect_url?: string };
      if (page === undefined) throw new Error("a gateway without its database");
      return page;
    } catch {
      await wait(20);
    }
  }
}

/** One shopper, who reloads the page until a gateway answers, and pays once. */
async function pay(page: string, cart: number): Promise<void> {
  const card = cards[cart % cards.length];
  if (card === undefined) return;
  for (let tries = 0; tries < 5000; tries += 1) {
    try {
      let shown = await visit(page);
      if (shown.status >= 500) throw new Error("a gateway without its database");
      const has = (token: string) => shown.forms.find(({ tokens }) => tokens.has(token));
      if (has("cc-number") !== undefined) shown = await typeCard(shown, card);
      const challenge = has("one-time-code");
      if (challenge !== undefined) shown = await submit(challenge, { decision: "approve" });
      const over = has("cc-number") === undefined && has("one-time-code") === undefined;
      if (over && shown.status < 400) return;
    } catch {
      await wait(20);
    }
  }
  throw new Error("the shopper gave up");
}

async function shopUntilEnough(killed: { times: number }): Promise<void> {
  let next = 0;
  const shoppers = Array.from({ length: shoppersAtOnce }, async () => {
    while (next < paymentsWanted || killed.times < killsWanted) {
      next += 1;
      const cart = next;
      const page = await create(cart);
      await pay(page, cart);
    }
  });
  await Promise.all(shoppers);
}

async function killNowAndThen(killed: { times: number }, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    await wait(randomInt(20, 350));
    await kill(gateway);
    gateway = await start();
    killed.times += 1;
  }
}

async function count(sql: string): Promise<number> {
  const { rows } = await database.pool.query(`select count(*)::int as n from ${sql}`);
  return rows[0].n;
}

const unfinished = () => count("transaction where state in ('authorising', 'challenging')");
const undelivered = () => count("delivery_queue");

test(
  "kill -9 at random points loses no callback and no payment",
  { timeout: scaled(180_000, 600_000) },
  async () => {
    const killed = { times: 0 };
    const over = new AbortController();
    const killing = killNowAndThen(killed, over.signal);
    await shopUntilEnough(killed);
    over.abort();
    await killing;

    await expect.poll(unfinished, { timeout: healedWithinMs, interval: 250 }).toBe(0);
    await expect.poll(undelivered, { timeout: healedWithinMs, interval: 250 }).toBe(0);

    const { rows } = await database.pool.query<{
      tran_ref: string;
      status: string;
      events: number;
    }>(
      `select tran_ref, outcome ->> 'status' as status, (
       select count(*)::int from transaction_event e
       where e.tran_ref = t.tran_ref and e.kind = 'completed') as events
     from transaction t where state = 'completed'`,
    );
    // A request whose answer was lost was made again; only the page that was opened gets paid.
    expect(rows.length).toBeGreaterThanOrEqual(paymentsWanted);
    const received = new Map<string, Set<string>>();
    for (const { body } of shop.on("/callback")) {
      const { tran_ref: ref } = JSON.parse(body.toString());
      received.set(ref, (received.get(ref) ?? new Set()).add(body.toString()));
    }
    for (const { tran_ref: ref, status, events } of rows) {
      expect(events).toBe(1);
      const bodies = [...(received.get(ref) ?? [])];
      expect(bodies).toHaveLength(1);
      expect(JSON.parse(bodies[0] ?? "").payment_result.response_status).toBe(status);
    }
    expect(received.size).toBe(rows.length);

    // Every authorised payment that was to store its card did, once, and no other card is kept.
    const stored = await count(`transaction join card_token using (profile_id, tran_ref)
      join vault_card using (profile_id, card_id) where outcome ->> 'token' = token`);
    expect(stored).toBeGreaterThan(0);
    expect(stored).toBe(
      await count("transaction where options ? 'save' and outcome ->> 'status' in ('A', 'H')"),
    );
    expect(await count("card_token")).toBe(stored);
    expect(await count("vault_card")).toBe(stored);
  },
);
