import { randomBytes } from "node:crypto";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { readConfig } from "../../src/config.ts";
import { startForgettingQuotas } from "../../src/payment-requests/forget-quotas.ts";
import { takePermits } from "../../src/payment-requests/request-quota-store.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import {
  goodRequest,
  startTestGateway,
  type TestGateway,
  type TestGatewayOptions,
} from "../support/gateway.ts";
import { createInvoice, goodInvoice } from "../support/invoices.ts";
import { typeCard, visit } from "../support/stranger.ts";

let database: TestDatabase;
const running: TestGateway[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database.drop());

afterEach(async () => {
  await Promise.all(running.splice(0).map((node) => node.stop()));
  await database.pool.query("delete from request_quota");
});

/** Nodes on one database, whose profile may make so many calls in a minute. */
async function startNodes(
  count: number,
  perMinute: number | null,
  options: Partial<TestGatewayOptions> = {},
): Promise<TestGateway[]> {
  await Promise.all(running.splice(0).map((node) => node.stop()));
  const start = async () => {
    const node = await startTestGateway({ database, ...options });
    running.push(node);
    return node;
  };
  // The first one makes the profile; none has read it before it is asked for the first time.
  const nodes = [await start()];
  await database.pool.query("update profile set requests_per_minute = $1", [perMinute]);
  while (nodes.length < count) nodes.push(await start());
  await afterTheMinutesEdge();
  return nodes;
}

/** A minute that ends within the test would begin a new count: wait for the next one then. */
async function afterTheMinutesEdge(): Promise<void> {
  const { rows } = await database.pool.query(
    "select (60 - extract(second from clock_timestamp()))::float8 as left",
  );
  if (rows[0].left < 15) {
    await database.pool.query("select pg_sleep($1)", [Math.min(rows[0].left, 14.9) + 0.01]);
  }
}

const request = (node: TestGateway | undefined) => {
  if (node === undefined) throw new Error("there is no such node");
  return node.call("/payment/request", goodRequest);
};

const countPayments = async (): Promise<number> => {
  const { rows } = await database.pool.query("select count(*)::int as n from transaction");
  return rows[0].n;
};

test("the 21st call of a minute is refused under strict rules, on whichever node it comes", async () => {
  const nodes = await startNodes(2, null, { config: { strict: "true" } });
  for (let call = 0; call < 20; call += 1) {
    expect((await request(nodes[call % 2])).status).toBe(200);
  }
  const before = await countPayments();
  for (const node of nodes) {
    const reply = await fetch(`${node.url}/payment/request`, {
      method: "POST",
      headers: { authorization: node.profile.serverKey },
      body: JSON.stringify({ profile_id: 45001, ...goodRequest }),
    });
    expect(reply.status).toBe(429);
    expect(reply.headers.get("content-type")).toMatch(/^application\/json/);
    const wait = Number(reply.headers.get("retry-after"));
    expect(wait).toBeGreaterThanOrEqual(1);
    expect(wait).toBeLessThanOrEqual(60);
    expect(await reply.json()).toEqual({
      code: 5,
      message: `Too many requests: more than 20 in a minute, try again in ${wait} s`,
      trace: expect.stringMatching(/^PMNT/),
    });
  }
  expect(await countPayments()).toBe(before);
  // What is counted is /payment/request alone.
  expect((await nodes[0]?.call("/payment/query", { cart_id: "x" }))?.status).toBe(200);
});

test("calls that are refused count, calls without the key do not", async () => {
  const [node] = await startNodes(1, 3);
  for (let call = 0; call < 5; call += 1) {
    expect((await node?.call("/payment/request", goodRequest, "SWRONG"))?.status).toBe(401);
  }
  for (let call = 0; call < 3; call += 1) {
    expect((await node?.call("/payment/request", { cart_id: "bad" }))?.status).toBe(400);
  }
  expect((await request(node)).status).toBe(429);
});

test("two nodes never take more than the limit together, and refuse early by a block at most", async () => {
  const limit = 120;
  const block = 4;
  const nodes = await startNodes(2, limit);
  const before = await countPayments();
  const replies = await Promise.all(
    Array.from({ length: limit * 2 }, (_, at) => request(nodes[at % 2])),
  );
  const taken = replies.filter(({ status }) => status === 200).length;
  expect(replies.filter(({ status }) => status === 429)).toHaveLength(limit * 2 - taken);
  expect(taken).toBe(limit);
  expect(await countPayments()).toBe(before + taken);
  // Unevenly: one call on the second node strands what is left of its block.
  await database.pool.query("delete from request_quota");
  const fresh = await startNodes(2, limit);
  expect((await request(fresh[1])).status).toBe(200);
  let served = 1;
  while ((await request(fresh[0])).status === 200) served += 1;
  expect(served).toBe(limit - (block - 1));
});

test("a node asks the database once for each block, and never for a profile without a limit", async () => {
  const [node] = await startNodes(1, 600);
  for (let call = 0; call < 45; call += 1) await request(node);
  const { rows } = await database.pool.query("select taken from request_quota");
  expect(rows).toEqual([{ taken: 60 }]);
  await database.pool.query("delete from request_quota");
  for (const perMinute of [null, 0]) {
    const [unlimited] = await startNodes(1, perMinute);
    for (let call = 0; call < 25; call += 1) expect((await request(unlimited)).status).toBe(200);
    expect((await database.pool.query("select from request_quota")).rowCount).toBe(0);
  }
});

test("the next minute begins anew, also for a node that knows the last one to be spent", async () => {
  let aheadMs = 0;
  const clock = { now: () => new Date(Date.now() + aheadMs) };
  const [node] = await startNodes(1, 2, { clock });
  const statuses = async (calls: number) => {
    const seen: number[] = [];
    for (let call = 0; call < calls; call += 1) seen.push((await request(node)).status);
    return seen;
  };
  expect(await statuses(4)).toEqual([200, 200, 429, 429]);
  await database.pool.query("update request_quota set minute = minute - interval '1 minute'");
  expect(await statuses(1)).toEqual([429]);
  aheadMs += 60_000;
  expect(await statuses(4)).toEqual([200, 200, 429, 429]);
});

test("statements that waited across the minute's edge neither go back nor count twice", async () => {
  await startNodes(1, 10);
  const take = () =>
    takePermits(database.pool, { profileId: 45_001, subject: "" }, { limit: 10, block: 4 });
  await database.pool.query(
    `insert into request_quota values (45001, date_trunc('minute', now()) + interval '1 minute', 8)`,
  );
  const { permits, msLeft } = await take();
  expect(permits).toBe(2);
  expect(msLeft).toBeGreaterThan(60_000);
  expect((await take()).permits).toBe(0);
});

const goodLink = { link_title: "Novels", cart_currency: "SAR", cart_amount: 5 };

async function createLink(node: TestGateway | undefined): Promise<string> {
  const reply = await node?.call("/payment/link/create", goodLink);
  return reply?.json.link_url;
}

/** Presses Pay on a page of its own. */
const press = (url: string, more: RequestInit = {}) =>
  fetch(url, {
    ...more,
    method: "POST",
    redirect: "manual",
    body: new URLSearchParams({ once: randomBytes(16).toString("hex") }),
  });

/** As if others had used so many permits of this minute. */
const used = (subject: string, taken: number) =>
  database.pool.query(
    "insert into request_quota values (45001, date_trunc('minute', now()), $2, $1)",
    [subject, taken],
  );

test("calls that create invoices and links count too, and are refused", async () => {
  const [node] = await startNodes(1, 3);
  if (node === undefined) throw new Error("there is no node");
  const calls = [
    ["/payment/invoice/new", goodInvoice],
    ["/payment/new/invoice", { ...goodInvoice, cart_id: "inv-02" }],
    ["/payment/link/create", goodLink],
  ] as const;
  for (const [path, body] of calls) expect((await node.call(path, body)).status).toBe(200);
  for (const [path, body] of calls) {
    const { status, json } = await node.call(path, body);
    expect([path, status, json.code]).toEqual([path, 429, 5]);
  }
  expect((await request(node)).status).toBe(429);
});

test("a link begins 120 payments a minute, over all nodes; beyond it a page asks to wait", async () => {
  const nodes = await startNodes(2, null);
  const [first, second] = nodes;
  const [url, other] = [await createLink(first), await createLink(first)];
  const before = await countPayments();
  const replies = await Promise.all(
    Array.from({ length: 150 }, (_, at) =>
      press(url.replace(first?.url ?? "", nodes[at % 2]?.url ?? "")),
    ),
  );
  const begun = replies.filter(({ status }) => status === 303).length;
  const refused = replies.filter(({ status }) => status === 429);
  expect(begun + refused.length).toBe(150);
  expect(begun).toBeLessThanOrEqual(120);
  // A node may be left with a part of its last block.
  expect(begun).toBeGreaterThan(120 - 4);
  expect(await countPayments()).toBe(before + begun);
  expect(Number(refused[0]?.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  for (let left = begun; left < 120; left += 1) await press(url);
  const page = await visit(url, {
    method: "POST",
    body: `once=${"a".repeat(32)}`,
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "accept-language": "ar",
    },
  });
  expect([page.status, page.html.includes("يرجى المحاولة بعد دقيقة")]).toEqual([429, true]);
  expect(page.html).toContain(new URL(url).pathname);
  expect((await visit(url)).status).toBe(200);
  expect((await press(other.replace(first?.url ?? "", second?.url ?? ""))).status).toBe(303);
});

test("whoever has paid from a link, and sends its form again, is led to the payment", async () => {
  const [node] = await startNodes(1, null);
  const url = await createLink(node);
  const once = randomBytes(16).toString("hex");
  const send = () => visit(url, { method: "POST", body: new URLSearchParams({ once }) });
  const paid = await typeCard(await send(), { number: "4111111111111111", code: "123" });
  expect(paid.html).toContain('data-outcome="paid"');
  await database.pool.query(
    "update request_quota set taken = 120, minute = date_trunc('minute', now()) where subject like 'link %'",
  );
  // What the node still holds of the minute.
  for (let at = 0; at < 4; at += 1) await press(url);
  expect((await press(url)).status).toBe(429);
  const again = await send();
  expect(again.status).toBe(200);
  expect(again.html).toContain("This payment is already finished");
});

test("an invoice that is cancelled again and again has the same bound", async () => {
  const [node] = await startNodes(1, null);
  if (node === undefined) throw new Error("there is no node");
  const { invoice_id: id, invoice_link: link } = await createInvoice(node);
  await used(`invoice ${id}`, 120);
  const before = await countPayments();
  const page = await visit(link, { method: "POST", body: new URLSearchParams() });
  expect([page.status, page.html.includes("Please try again in a minute")]).toEqual([429, true]);
  expect(await countPayments()).toBe(before);
  const another = await createInvoice(node);
  expect((await press(another.invoice_link)).status).toBe(303);
});

test("all links of a profile together have a bound, which its own limit raises", async () => {
  const [node] = await startNodes(1, null);
  const url = await createLink(node);
  await used("link", 600);
  expect((await press(url)).status).toBe(429);
  const [raised] = await startNodes(1, 1000);
  expect((await press(url.replace(node?.url ?? "", raised?.url ?? ""))).status).toBe(303);
});

test("the profile's own limit raises that of one link", async () => {
  const [node] = await startNodes(1, 1000);
  const url = await createLink(node);
  const replies = await Promise.all(Array.from({ length: 150 }, () => press(url)));
  expect(replies.filter(({ status }) => status === 303)).toHaveLength(150);
});

test("links that are spent do not keep shoppers from their invoices", async () => {
  const [node] = await startNodes(1, null);
  if (node === undefined) throw new Error("there is no node");
  const link = await createLink(node);
  const { invoice_link: invoice } = await createInvoice(node);
  await used("link", 600);
  await used("payment", 600);
  expect((await press(link)).status).toBe(429);
  expect((await press(invoice)).status).toBe(303);
});

const behindProxy = { config: { trustedProxies: "127.0.0.1" } };
const from = (client: string) => ({ headers: { "x-forwarded-for": client } });

test("one client begins 30 payments a minute, whatever links it presses; others go on", async () => {
  const [node] = await startNodes(1, null, behindProxy);
  if (node === undefined) throw new Error("there is no node");
  const links = [await createLink(node), await createLink(node), await createLink(node)];
  const before = await countPayments();
  const statuses: number[] = [];
  for (let at = 0; at < 33; at += 1) {
    statuses.push((await press(links[at % 3] ?? "", from("81.2.3.4"))).status);
  }
  expect(statuses).toEqual([
    ...Array.from({ length: 30 }, () => 303),
    ...Array.from({ length: 3 }, () => 429),
  ]);
  expect(await countPayments()).toBe(before + 30);
  const refused = await press(links[0] ?? "", from("81.2.3.4"));
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  // What the client itself says of others before it, and is not believed.
  expect((await press(links[0] ?? "", from("81.9.9.9, 81.2.3.4"))).status).toBe(429);
  // Some proxies append the port.
  expect((await press(links[0] ?? "", from("81.2.3.4:4711"))).status).toBe(429);
  expect((await press(links[0] ?? "", from("81.2.3.5"))).status).toBe(303);
  const { invoice_link: invoice } = await createInvoice(node);
  expect((await press(invoice, from("81.2.3.4"))).status).toBe(303);
});

test("one client enters 60 cards of the managed form a minute", async () => {
  const [node] = await startNodes(1, null, behindProxy);
  const enter = (client: string) =>
    fetch(`${node?.url}/payment/js/token`, {
      method: "POST",
      ...from(client),
      body: JSON.stringify({
        key: node?.profile.clientKey,
        number: "4111111111111111",
        expmonth: 12,
        expyear: 2030,
        cvv: "123",
      }),
    });
  for (let card = 0; card < 60; card += 1) expect((await enter("81.2.3.4")).status).toBe(200);
  const refused = await enter("81.2.3.4");
  expect([refused.status, await refused.json()]).toEqual([
    400,
    expect.objectContaining({ errorCode: 5, errorField: "key" }),
  ]);
  expect((await enter("81.2.3.5")).status).toBe(200);
});

test.each([
  "10.0.0.1/33",
  "::1/129",
  "0.0.0.0/0",
  "::/0",
  "proxy.example",
  "10.0.0.0/8/1",
  "10.0.0.0/",
  "loopback",
  "1",
])("%j is no proxy to trust", (text) => {
  const environment = { WASL_TRUSTED_PROXIES: `10.0.0.5, ${text}` };
  expect(() => readConfig(environment)).toThrow(/WASL_TRUSTED_PROXIES must be addresses or/);
});

test("without a proxy that is trusted, nobody is counted by what a header says", async () => {
  const [node] = await startNodes(1, null);
  const url = await createLink(node);
  const replies = await Promise.all(Array.from({ length: 40 }, () => press(url, from("81.2.3.4"))));
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([303]));
});

test("what is counted of links that nobody uses is forgotten", async () => {
  const [node] = await startNodes(1, null);
  await press(await createLink(node));
  // A node looks once when it starts, which may be now.
  await Promise.all(running.splice(0).map((started) => started.stop()));
  await database.pool.query(
    `insert into request_quota
     select 45001, now() - interval '2 hours', 1, 'link ' || -n from generate_series(1, 2500) n`,
  );
  await database.pool.query(
    "insert into request_quota values (45001, now() - interval '2 hours', 1, '')",
  );
  const count = async () => {
    const { rows } = await database.pool.query(
      "select count(*) filter (where subject like '%-%')::int as old, count(*)::int as n from request_quota",
    );
    return rows[0];
  };
  expect(await count()).toEqual({ old: 2500, n: 2503 });
  const stop = startForgettingQuotas({ pool: database.pool, log: pino({ level: "silent" }) });
  await expect.poll(count).toEqual({ old: 0, n: 3 });
  await stop();
});
