import { afterAll, beforeAll, expect, test } from "vitest";
import { startForgettingCards } from "../../src/managed-form/forget-cards.ts";
import { findCard } from "../../src/managed-form/payment-tokens-store.ts";
import { until } from "../support/dispatching.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";

let gateway: TestGateway;
let strict: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
  strict = await startTestGateway({ config: { strict: "true" } });
});

afterAll(async () => {
  await gateway.stop();
  await strict.stop();
});

const visa = { number: "4111 1111 1111 1111", expmonth: "12", expyear: "30", cvv: "123" };

async function exchange(form: object, { of = gateway, headers = {} } = {}) {
  const reply = await fetch(`${of.url}/payment/js/token`, {
    method: "POST",
    headers: { "content-type": "text/plain", origin: "https://shop.example", ...headers },
    body: JSON.stringify({ key: of.profile.clientKey, ...form }),
  });
  expect(reply.headers.get("access-control-allow-origin")).toBe("*");
  return { status: reply.status, json: (await reply.json()) as Record<string, unknown> };
}

const rows = async () =>
  (await gateway.database.pool.query("select count(*)::int as n from payment_token")).rows[0].n;

test("a card is exchanged for a token, which is good for its own profile", async () => {
  const { status, json } = await exchange({ ...visa, name: "Sara Ali" });
  expect(status).toBe(200);
  expect(json).toEqual({
    error: false,
    token: expect.stringMatching(/^[A-Za-z\d]{20}$/),
    trace: expect.stringMatching(/^PMNT/),
  });
  const { pool, profile } = { pool: gateway.database.pool, profile: gateway.profile };
  const token = String(json["token"]);
  expect(await findCard(pool, profile.profileId + 1, token)).toBeUndefined();
  expect(await findCard(pool, profile.profileId, token)).toEqual({
    number: "4111111111111111",
    securityCode: "123",
    expiryMonth: 12,
    expiryYear: 2030,
    holder: "Sara Ali",
  });
});

test("a token nobody came for is of no use, and its card is deleted though no other form is sent", async () => {
  const { pool } = gateway.database;
  const { profileId } = gateway.profile;
  const [late, later] = [await exchange(visa), await exchange(visa)];
  await pool.query("update payment_token set expires_at = now()");
  expect(await findCard(pool, profileId, String(late.json["token"]))).toBeUndefined();
  const fresh = await exchange(visa);
  const stop = startForgettingCards({ pool, log: gateway.services.log }, 10);
  await until(async () => (await rows()) === 1);
  await stop();
  expect(await findCard(pool, profileId, String(later.json["token"]))).toBeUndefined();
  expect(await findCard(pool, profileId, String(fresh.json["token"]))).toBeDefined();
});

test("cards that nobody came for are gone at once, however many they are", async () => {
  const { pool } = gateway.database;
  await pool.query(
    `insert into payment_token (profile_id, lookup, sealed, expires_at)
     select 1, decode(md5(n::text), 'hex'), 'x', now() - interval '1 minute'
     from generate_series(1, 3500) n`,
  );
  const expired = async () =>
    (await pool.query("select from payment_token where profile_id = 1")).rowCount;
  const stop = startForgettingCards({ pool, log: gateway.services.log }, 60_000);
  await until(async () => (await expired()) === 0);
  await stop();
  expect(await expired()).toBe(0);
});

test("the public key stores 600 cards a minute, and no more", async () => {
  const of = await startTestGateway();
  const { pool } = of.database;
  // A minute that does not end meanwhile.
  await pool.query(
    `insert into request_quota (profile_id, subject, minute, taken)
     values (45001, 'card', date_trunc('minute', now()) + interval '1 minute', 590)`,
  );
  const replies: Awaited<ReturnType<typeof exchange>>[] = [];
  for (let form = 0; form < 13; form += 1) replies.push(await exchange(visa, { of }));
  expect(replies.map(({ status }) => status)).toEqual([
    ...Array.from({ length: 10 }, () => 200),
    ...Array.from({ length: 3 }, () => 400),
  ]);
  expect(replies[10]?.json).toMatchObject({
    error: true,
    errorCode: 5,
    errorField: "key",
    errorStatus: "E",
    errorText: expect.stringMatching(/^Too many cards .* Try again in \d+ s$/),
  });
  const { rowCount } = await pool.query("select from payment_token");
  expect(rowCount).toBe(10);
  await of.stop();
});

test.each([
  ["a wrong number", { number: "4111111111111112" }, 200, "number"],
  ["a real card in the sandbox", { number: "4000000000000010" }, 200, "number"],
  ["no number", { number: null }, 200, "number"],
  ["a month that is none", { expmonth: 13 }, 2, "expmonth"],
  ["a year that is none", { expyear: "x" }, 2, "expyear"],
  ["a past date", { expyear: 20 }, 2, "expyear"],
  ["a short code", { cvv: "12" }, 2, "cvv"],
  ["a wrong key", { key: "CXXXXX-XXXXXX-XXXXXX-XXXXXX" }, 1, "key"],
  ["no key", { key: undefined }, 1, "key"],
  ["a server key", { key: "SZJ6NTEST1-JKLM4TEST2-WXYZ9TEST3" }, 1, "key"],
])("%s is told, and nothing is kept", async (_name, changes, errorCode, errorField) => {
  const before = await rows();
  const { status, json } = await exchange({ ...visa, ...changes });
  expect(status).toBe(400);
  expect(json).toEqual({
    error: true,
    errorCode,
    errorField,
    errorStatus: "E",
    errorText: expect.any(String),
    status: 400,
    trace: expect.stringMatching(/^PMNT/),
  });
  expect(JSON.stringify({ ...json, trace: "" })).not.toMatch(/\d{12}/);
  expect(await rows()).toBe(before);
});

const from = async (origin: string) =>
  (await exchange(visa, { of: strict, headers: { origin } })).status;

test("under live rules the page has to be on https, on a host with a dot", async () => {
  expect(await from("https://shop.example")).toBe(200);
  expect(await from("http://shop.example")).toBe(400);
  expect(await from("https://localhost")).toBe(400);
  expect(await from("null")).toBe(400);
});

test("a body that is too large, or no JSON, is refused in the same form", async () => {
  for (const body of ["x".repeat(5000), "{", "[]", ""]) {
    const reply = await fetch(`${gateway.url}/payment/js/token`, { method: "POST", body });
    expect(await reply.json()).toMatchObject({ error: true, errorStatus: "E" });
  }
});

test("the library is served for other origins; the server API still is not", async () => {
  const script = await fetch(`${gateway.url}/payment/js/paylib.js`);
  expect(script.headers.get("content-type")).toContain("text/javascript");
  expect(script.headers.get("cross-origin-resource-policy")).toBe("cross-origin");
  expect(await script.text()).toContain("inlineForm");
  const api = await fetch(`${gateway.url}/payment/request`, {
    method: "OPTIONS",
    headers: { origin: "https://shop.example" },
  });
  expect(api.headers.get("access-control-allow-origin")).toBeNull();
});
