import { afterAll, beforeAll, expect, test } from "vitest";
import { profileAgeMsMax } from "../../src/profiles/directory.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";
import { plansOf } from "../support/plans.ts";
import { submit, visit } from "../support/stranger.ts";

// Two nodes and one database, as behind a load balancer.
let database: TestDatabase;
let nodes: [TestGateway, TestGateway];
const operatorToken = "an-operators-token-for-tests";
let aheadMs = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  const clock = { now: () => new Date(Date.now() + aheadMs) };
  const start = () => startTestGateway({ database, clock, config: { operatorToken } });
  nodes = await Promise.all([start(), start()]);
}, 60_000);

afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  await database.drop();
});

let carts = 0;
const newCart = (): string => {
  carts += 1;
  return `once-${carts}`;
};

const create = (node: TestGateway, changes: object) =>
  node.call("/payment/request", { ...goodRequest, ...changes });

const paymentsOf = async (cart: string): Promise<number> => {
  const { rows } = await database.pool.query(
    "select count(*)::int as n from transaction where cart_id = $1",
    [cart],
  );
  return rows[0].n;
};

const age = (cart: string, seconds: number) =>
  database.pool.query(
    "update transaction set created_at = created_at - make_interval(secs => $2) where cart_id = $1",
    [cart, seconds],
  );

test("the same cart, amount and currency again is a duplicate, which names the first", async () => {
  const cart = newCart();
  const first = await create(nodes[0], { cart_id: cart });
  const second = await create(nodes[1], {
    cart_id: cart,
    cart_description: "other",
    tran_type: "auth",
  });
  expect(second.status).toBe(409);
  expect(second.contentType).toMatch(/^application\/json/);
  expect(second.json).toEqual({
    code: 4,
    message: expect.stringMatching(
      /^Duplicate Request: cart_id .* less than 120 s ago, as TST\d+$/,
    ),
    trace: expect.stringMatching(/^PMNT/),
  });
  expect(second.json.message).toContain(first.json.tran_ref);
  expect(await paymentsOf(cart)).toBe(1);
});

test.each([
  ["another amount", { cart_amount: 500.01 }],
  ["another currency", { cart_currency: "AED" }],
])("%s is no duplicate", async (_name, changes) => {
  const cart = newCart();
  await create(nodes[0], { cart_id: cart });
  expect((await create(nodes[1], { cart_id: cart, ...changes })).status).toBe(200);
});

test("an amount written in another way is the same amount", async () => {
  const cart = newCart();
  await create(nodes[0], { cart_id: cart, cart_amount: "500.00", cart_currency: "sar" });
  expect((await create(nodes[0], { cart_id: cart, cart_amount: 500 })).json.code).toBe(4);
});

test("a cancelled payment counts too", async () => {
  const cart = newCart();
  const { json } = await create(nodes[0], { cart_id: cart });
  const question = await visit(`${json.redirect_url}/cancel`);
  const yes = question.forms.find(({ action }) => action.endsWith("/cancel"));
  if (yes === undefined) throw new Error(`no way to cancel on ${question.url}`);
  await submit(yes);
  const query = await nodes[0].call("/payment/query", { tran_ref: json.tran_ref });
  expect(query.json.payment_result.response_status).toBe("C");
  expect((await create(nodes[0], { cart_id: cart })).status).toBe(409);
});

test("after two minutes it is taken again", async () => {
  const cart = newCart();
  await create(nodes[0], { cart_id: cart });
  await age(cart, 110);
  expect((await create(nodes[0], { cart_id: cart })).status).toBe(409);
  await age(cart, 11);
  expect((await create(nodes[0], { cart_id: cart })).status).toBe(200);
  expect((await create(nodes[0], { cart_id: cart })).status).toBe(409);
});

test("of many at once on two nodes one is created, and all others are told which", async () => {
  for (let round = 0; round < 10; round += 1) {
    const cart = newCart();
    const replies = await Promise.all(
      Array.from({ length: 12 }, (_, at) => create(nodes[at % 2 === 0 ? 0 : 1], { cart_id: cart })),
    );
    const [created, ...others] = replies.filter(({ status }) => status === 200);
    expect(others).toEqual([]);
    const refused = replies.filter(({ status }) => status === 409);
    expect(refused).toHaveLength(11);
    for (const { json } of refused) expect(json.message).toContain(created?.json.tran_ref);
    expect(await paymentsOf(cart)).toBe(1);
  }
});

test("another profile's cart is none of this profile's business", async () => {
  const cart = newCart();
  await create(nodes[0], { cart_id: cart });
  await database.pool.query(
    `insert into profile (profile_id, merchant_id, name, mode, currencies, server_key, client_key)
     select 45002, merchant_id, name, mode, currencies, server_key || '2', client_key || '2'
     from profile
     where profile_id = 45001`,
  );
  const other = { ...goodRequest, cart_id: cart, profile_id: 45_002 };
  const reply = await nodes[0].call("/payment/request", other, `${nodes[0].profile.serverKey}2`);
  expect(reply.status).toBe(200);
});

test("an operator lengthens the window, and turns the rule off", async () => {
  const setWindow = async (seconds: number | null) => {
    const reply = await fetch(`${nodes[0].url}/operators/profiles/45001/limits`, {
      method: "PUT",
      headers: { authorization: `Bearer ${operatorToken}` },
      body: JSON.stringify({ duplicate_window_s: seconds, requests_per_minute: null }),
    });
    // What a node remembers of a profile is at most five seconds old.
    aheadMs += profileAgeMsMax;
    return { status: reply.status, json: await reply.json() };
  };
  const cart = newCart();
  await create(nodes[0], { cart_id: cart });
  await age(cart, 200);
  expect(await setWindow(300)).toEqual({
    status: 200,
    json: { profile_id: 45001, duplicate_window_s: 300, requests_per_minute: null },
  });
  const refused = await create(nodes[0], { cart_id: cart });
  expect(refused.json.message).toContain("less than 300 s ago");
  await setWindow(0);
  expect((await create(nodes[0], { cart_id: cart })).status).toBe(200);
  expect((await create(nodes[0], { cart_id: cart })).status).toBe(200);
  await setWindow(null);
  expect((await create(nodes[0], { cart_id: cart })).status).toBe(409);
});

test.each([
  [
    { duplicate_window_s: -1, requests_per_minute: null },
    400,
    /duplicate_window_s must be null or/,
  ],
  [{ duplicate_window_s: 86_401, requests_per_minute: null }, 400, /from 0 to 86400/],
  [{ duplicate_window_s: 1.5, requests_per_minute: null }, 400, /duplicate_window_s must be/],
  [{ duplicate_window_s: null }, 400, /requests_per_minute must be/],
  [{ duplicate_window_s: null, requests_per_minute: "20" }, 400, /requests_per_minute must be/],
  [{ duplicate_window_s: null, requests_per_minute: 20, more: 1 }, 400, /more is unknown/],
])("operators' limits are checked: %j", async (body, status, message) => {
  const reply = await fetch(`${nodes[0].url}/operators/profiles/45001/limits`, {
    method: "PUT",
    headers: { authorization: `Bearer ${operatorToken}` },
    body: JSON.stringify(body),
  });
  expect(reply.status).toBe(status);
  expect(await reply.json()).toMatchObject({ message: expect.stringMatching(message) });
});

test.each(["45999", "99999999999", "x"])("operators cannot limit profile %s", async (profile) => {
  const reply = await fetch(`${nodes[0].url}/operators/profiles/${profile}/limits`, {
    method: "PUT",
    headers: { authorization: `Bearer ${operatorToken}` },
    body: JSON.stringify({ duplicate_window_s: null, requests_per_minute: null }),
  });
  expect(reply.status).toBe(404);
});

/** How the statement in the function looks for a page, and what it reads for that. */
async function plansOfLooking(generic: boolean) {
  const plans = await plansOf(
    database.pool,
    (client) => client.query("select recent_page(45001, 'cart-77', 'SAR', 50000, 120)"),
    { generic },
  );
  return plans.filter(({ text }) => text.includes("from transaction t"));
}

test.each([true, false])(
  "a page is looked for by its key among 20 000 others, generic plan: %s",
  async (generic) => {
    await database.pool.query(
      `insert into transaction (profile_id, tran_ref, page_token, trace, tran_type, tran_class,
         cart_id, cart_description, currency, amount_minor, return_using_get, details, live_warnings,
         state, due_at, expires_at, ttl_minutes)
       select 45001, 'PLAN' || n, 'PLAN' || n, '', 'Sale', 'ECom', 'cart-' || n % 1000, '', 'SAR',
         50000, false, '{}', '[]', 'open', 'infinity', 'infinity', 20
       from generate_series(1, 20000) as n
       on conflict do nothing`,
    );
    const [looking, ...others] = await plansOfLooking(generic);
    expect(others).toEqual([]);
    expect(looking?.wholeTables).toEqual([]);
    expect(looking?.pages).toBeGreaterThan(0);
    expect(looking?.pages).toBeLessThan(40);
  },
);
