import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type ClientHabits, usualHabits } from "../../src/profiles/client-habits.ts";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";
import { MovingClock } from "../support/moving-clock.ts";
import { Shop, typeCard, verifyReturn, visit } from "../support/stranger.ts";

const operatorToken = "an-operators-token-for-tests";
const visa = { number: "4111 1111 1111 1111", code: "123" };
const clock = new MovingClock();

let gateway: TestGateway;
let shop: Shop;

beforeAll(async () => {
  gateway = await startTestGateway({ config: { operatorToken }, clock });
  shop = await new Shop().open();
});

afterAll(async () => {
  await gateway.stop();
  await shop.close();
});

async function operate(method: "GET" | "PUT", body?: object, profile = "45001") {
  const reply = await fetch(`${gateway.url}/operators/profiles/${profile}/client-habits`, {
    method,
    headers: { authorization: `Bearer ${operatorToken}` },
    ...(body && { body: JSON.stringify(body) }),
  });
  // What a node remembers of a profile is at most five seconds old.
  clock.forgetProfiles();
  return { status: reply.status, json: await reply.json() };
}

async function expectOf(changes: Partial<ClientHabits>): Promise<void> {
  const habits = { ...usualHabits, ...changes };
  expect(await operate("PUT", habits)).toEqual({
    status: 200,
    json: { profile_id: 45001, ...habits },
  });
}

beforeEach(() => expectOf({}));

/** As it comes, since a refusal with 200 is in no description. */
async function ask(changes: object, { path = "/payment/request", key = "" } = {}) {
  const reply = await fetch(`${gateway.url}${path}`, {
    method: "POST",
    headers: { authorization: key || gateway.profile.serverKey },
    body: JSON.stringify({ profile_id: 45001, ...goodRequest, ...changes }),
  });
  return { status: reply.status, json: (await reply.json()) as Record<string, unknown> };
}

test("are the usual ones until an operator says otherwise, and are shown", async () => {
  expect(await operate("GET")).toEqual({
    status: 200,
    json: { profile_id: 45001, ...usualHabits },
  });
  await expectOf({ refusals_with_200: true });
  expect((await operate("GET")).json).toMatchObject({ refusals_with_200: true });
});

test("a refusal has status 200 where clients expect it, and the same body", async () => {
  const wrong = { cart_currency: "XXX" };
  const usual = await ask(wrong);
  expect(usual.status).toBe(400);
  await expectOf({ refusals_with_200: true });
  const refused = await ask(wrong);
  expect(refused).toEqual({ status: 200, json: { ...usual.json, trace: expect.any(String) } });
  expect((await ask({ tran_ref: "TST0000000000" }, { path: "/payment/query" })).json).toMatchObject(
    {
      code: expect.any(Number),
    },
  );
  const page = await ask({ cart_id: "habits-good" });
  expect([page.status, page.json["redirect_url"]]).toEqual([200, expect.any(String)]);
  // Who it is, is not known: it is told as everybody.
  expect((await ask(wrong, { key: "SAAAAAAAAA-BBBBBBBBBB-CCCCCCCCCC" })).status).toBe(401);
  // Nor is an outage of ours a refusal.
  await gateway.database.pool.query("alter table transaction rename to gone");
  const outage = await ask({});
  await gateway.database.pool.query("alter table gone rename to transaction");
  expect(outage.status).toBe(500);
});

test.each([true, false])("the Return by GET has its message: %s", async (message) => {
  await expectOf({ message_in_get_return: message });
  const { json } = await gateway.call("/payment/request", {
    ...goodRequest,
    return: `${shop.url}/return`,
    return_using_get: true,
  });
  const paid = await typeCard(await visit(json.redirect_url), visa);
  const target = /href="(http:\/\/[^"]*\/return[^"]*)"/.exec(paid.html)?.[1] ?? "";
  const fields = new URL(target.replaceAll("&amp;", "&")).searchParams;
  expect([...fields.keys()]).toEqual([
    "cartId",
    "respCode",
    ...(message ? ["respMessage"] : []),
    "respStatus",
    "signature",
    "tranRef",
  ]);
  expect(verifyReturn(fields, gateway.profile.serverKey)).toBe(true);
});

test("a callback over http is refused where it may only go over https", async () => {
  const callback = `${shop.url}/callback`;
  const { json: page } = await gateway.call("/payment/request", { ...goodRequest, callback });
  expect(page.callback).toBe(callback);
  const paid = await gateway.call("/payment/request", {
    ...goodRequest,
    card_details: { pan: "4111111111111111", cvv: "123", expiry_month: 12, expiry_year: 2030 },
  });
  await expectOf({ callback_https_only: true });
  const refusal = { code: 2, message: expect.stringMatching(/callback must .*https/) };
  const { json } = await gateway.call("/payment/request", { ...goodRequest, callback });
  expect(json).toMatchObject(refusal);
  const refund = { ...goodRequest, tran_type: "refund", tran_ref: paid.json.tran_ref };
  expect((await gateway.call("/payment/request", { ...refund, callback })).json).toMatchObject(
    refusal,
  );
  const secure = callback.replace("http:", "https:");
  const { json: other } = await gateway.call("/payment/request", {
    ...goodRequest,
    callback: secure,
  });
  expect(other.callback).toBe(secure);
});

test.each([
  [{ ...usualHabits, refusals_with_200: "yes" }, /refusals_with_200 must be true or false/],
  [{ ...usualHabits, more: true }, /more is not known/],
  [{ refusals_with_200: true }, /message_in_get_return must be true or false/],
])("an operator's %j is refused by its field, and changes nothing", async (body, message) => {
  const { status, json } = await operate("PUT", body);
  expect([status, json]).toEqual([
    400,
    expect.objectContaining({ message: expect.stringMatching(message) }),
  ]);
  expect((await operate("GET")).json).toEqual({ profile_id: 45001, ...usualHabits });
  expect((await operate("GET", undefined, "45999")).status).toBe(404);
});
