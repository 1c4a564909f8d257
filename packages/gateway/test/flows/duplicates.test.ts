import { afterAll, beforeAll, expect, test } from "vitest";
import { profileAgeMsMax } from "../../src/profiles/directory.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import {
  goodRequest,
  newVaultKey,
  startTestGateway,
  type TestGateway,
} from "../support/gateway.ts";
import { plansOf } from "../support/plans.ts";
import { submit, typeCard, visit } from "../support/stranger.ts";

// Two nodes and one database, as behind a load balancer.
let database: TestDatabase;
let nodes: [TestGateway, TestGateway];
const operatorToken = "an-operators-token-for-tests";
let aheadMs = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  const clock = { now: () => new Date(Date.now() + aheadMs) };
  const vaultKeys = newVaultKey("both");
  const start = () => startTestGateway({ database, clock, config: { operatorToken, vaultKeys } });
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

const card = { pan: "4111111111111111", cvv: "123", expiry_month: 12, expiry_year: 2030 };

async function managedForm(number: string) {
  const { clientKey: key } = nodes[0].profile;
  const typed = { key, number, expmonth: 12, expyear: 2030, cvv: "123" };
  const reply = await fetch(`${nodes[0].url}/payment/js/token`, {
    method: "POST",
    body: JSON.stringify(typed),
  });
  const { token } = (await reply.json()) as { token: string };
  return { payment_token: token };
}

function applePay(applicationPrimaryAccountNumber: string) {
  const payload = { applicationPrimaryAccountNumber, applicationExpirationDate: "301231" };
  const data = Buffer.from(JSON.stringify(payload)).toString("base64");
  const paymentData = { version: "SIMULATED_v1", data };
  return { apple_pay_token: { transactionIdentifier: newCart(), paymentData } };
}

/** What makes a request a payment without a page, each time of its own kind. */
const directly: Record<string, () => Promise<object> | object> = {
  "own form": () => ({ card_details: card }),
  "own form that keeps the card": () => ({ card_details: card, tokenise: 2 }),
  async recurring() {
    const { json } = await create(nodes[0], { card_details: card, tokenise: 2 });
    return { tran_class: "recurring", token: json.token };
  },
  "managed form": () => managedForm(card.pan),
  "Apple Pay": () => applePay(card.pan),
};

test.each(Object.entries(directly))(
  "a direct payment sent again is a duplicate that names the first: %s",
  async (_kind, changesOf) => {
    const request = { cart_id: newCart(), ...(await changesOf()) };
    const first = await create(nodes[0], request);
    expect(first.json.payment_result.response_status).toBe("A");
    const again = await create(nodes[1], request);
    expect([again.status, again.json.code]).toEqual([409, 4]);
    expect(again.json.message).toContain(first.json.tran_ref);
    expect(await paymentsOf(request.cart_id)).toBe(1);
  },
);

const declined = "4000000000003162";
test.each<[string, string, () => Promise<object> | object, () => Promise<object> | object]>([
  [
    "own form",
    "D",
    () => ({ card_details: { ...card, pan: declined } }),
    () => ({ card_details: card }),
  ],
  [
    "own form, its card filtered",
    "D",
    () => ({ card_details: card, card_filter: "5" }),
    () => ({ card_details: { ...card, pan: "5200000000000114", cvv: "977" }, card_filter: "5" }),
  ],
  [
    "own form, an error of the bank",
    "E",
    () => ({ card_details: { ...card, pan: "4000000000004004" } }),
    () => ({ card_details: card }),
  ],
  ["managed form", "D", () => managedForm(declined), () => managedForm(card.pan)],
  ["Apple Pay", "D", () => applePay(declined), () => applePay(card.pan)],
])(
  "after a direct payment has failed the cart is paid with another card, once: %s",
  async (_kind, letter, failing, good) => {
    const cart = { cart_id: newCart() };
    const first = await create(nodes[0], { ...cart, ...(await failing()) });
    expect(first.json.payment_result.response_status).toBe(letter);
    const second = await create(nodes[1], { ...cart, ...(await good()) });
    expect(second.json.payment_result?.response_status).toBe("A");
    const third = await create(nodes[0], { ...cart, ...(await good()) });
    expect([third.status, third.json.code]).toEqual([409, 4]);
    expect(third.json.message).toContain(second.json.tran_ref);
    expect(await paymentsOf(cart.cart_id)).toBe(2);
  },
);

test.each([
  ["held", "4000000000001208", "H"],
  ["pending", "4000000000006009", "P"],
])("a direct payment that is %s is not made again", async (_name, pan, letter) => {
  const cart = { cart_id: newCart() };
  const first = await create(nodes[0], { ...cart, card_details: { ...card, pan } });
  expect(first.json.payment_result.response_status).toBe(letter);
  const second = await create(nodes[1], { ...cart, card_details: card });
  expect(second.json.message).toContain(first.json.tran_ref);
  expect(await paymentsOf(cart.cart_id)).toBe(1);
});

test("of many direct payments at once on two nodes one is charged", async () => {
  const request = { cart_id: newCart(), card_details: card };
  const replies = await Promise.all(
    Array.from({ length: 12 }, (_, at) => create(nodes[at % 2 === 0 ? 0 : 1], request)),
  );
  expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(replies.filter(({ status }) => status === 409)).toHaveLength(11);
  expect(await paymentsOf(request.cart_id)).toBe(1);
});

test("a refund repeats no payment, and is none that one repeats", async () => {
  const request = { cart_id: newCart(), card_details: card };
  const { json } = await create(nodes[0], request);
  const refund = { cart_id: request.cart_id, tran_type: "refund", tran_ref: json.tran_ref };
  expect((await create(nodes[0], refund)).json.tran_type).toBe("Refund");
  const again = await create(nodes[0], request);
  expect(again.json.message).toContain(json.tran_ref);
});

test("a donation is the one that was asked for, whatever amount the shopper chose", async () => {
  const request = { cart_id: newCart(), cart_amount: 100, donation_mode: true, cart_max: 500 };
  const { json } = await create(nodes[0], request);
  const page = await visit(json.redirect_url);
  await typeCard(page, { number: card.pan, code: "123" }, { amount: "50" });
  const query = await nodes[0].call("/payment/query", { tran_ref: json.tran_ref });
  expect(query.json).toMatchObject({ cart_amount: "50.00", tran_total: "50.00" });
  const again = await create(nodes[1], request);
  expect(again.json.message).toContain(json.tran_ref);
  expect((await create(nodes[1], { ...request, cart_amount: 50 })).status).toBe(200);
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
  const direct = { cart_id: newCart(), card_details: card };
  expect((await create(nodes[0], direct)).status).toBe(200);
  expect((await create(nodes[0], direct)).status).toBe(200);
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
