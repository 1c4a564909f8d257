import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startForgettingCards } from "../../src/managed-form/forget-cards.ts";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";
import { passChallenge, Shop, visit } from "../support/stranger.ts";

let gateway: TestGateway;
let shop: Shop;

beforeAll(async () => {
  gateway = await startTestGateway();
  shop = await new Shop().open();
});

afterAll(async () => {
  await gateway.stop();
  await shop.close();
});

async function formToken(number = "4111111111111111", cvv = "123"): Promise<string> {
  const reply = await fetch(`${gateway.url}/payment/js/token`, {
    method: "POST",
    body: JSON.stringify({
      key: gateway.profile.clientKey,
      number,
      expmonth: 12,
      expyear: 2030,
      cvv,
    }),
  });
  const { token } = (await reply.json()) as { token: string };
  return token;
}

const pay = (changes: object) => gateway.call("/payment/request", { ...goodRequest, ...changes });

const transactions = async () =>
  (await gateway.database.pool.query("select count(*)::int as n from transaction")).rows[0].n;

describe("a managed form's token", () => {
  test("pays at once, and tells the callback", async () => {
    const { json } = await pay({ payment_token: await formToken(), callback: `${shop.url}/form` });
    expect(json).toMatchObject({
      tran_type: "Sale",
      payment_result: { response_status: "A" },
      payment_info: { payment_description: "4111 11## #### 1111" },
      serviceId: 1,
    });
    const body = JSON.parse((await shop.waitFor("/form")).body.toString());
    expect(body).toMatchObject({ tran_ref: json.tran_ref, tran_class: "ECom" });
  });

  test("pays without a class, as a shipped client sends it", async () => {
    const { json } = await pay({ payment_token: await formToken(), tran_class: undefined });
    expect(json.payment_result).toMatchObject({ response_status: "A" });
  });

  test("is good once, also for two at the same moment", async () => {
    const payment_token = await formToken();
    const replies = await Promise.all([1, 2, 3, 4].map(() => pay({ payment_token })));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    const refused = replies.find(({ status }) => status === 400);
    expect(refused?.json).toMatchObject({ code: 2, message: /payment_token is unknown, used/ });
  });

  test("stays good when the request is refused for something else", async () => {
    const payment_token = await formToken();
    const before = await transactions();
    expect((await pay({ payment_token, callback: "ftp://x" })).json).toMatchObject({ code: 2 });
    expect((await pay({ payment_token, cart_amount: 0 })).json).toMatchObject({ code: 2 });
    expect(await transactions()).toBe(before);
    expect((await pay({ payment_token })).json.payment_result).toMatchObject({
      response_status: "A",
    });
  });

  test("stays good when its card's method cannot take the payment", async () => {
    const payment_token = await formToken("4464040000000007");
    const { json } = await pay({ payment_token, cart_currency: "AED" });
    expect(json).toMatchObject({
      code: 112,
      message: expect.stringMatching(/mada takes SAR only/),
    });
    expect((await pay({ payment_token })).json.payment_result.response_status).toBe("A");
  });

  test("stays good when the database went away before the payment was written", async () => {
    const payment_token = await formToken();
    const before = await transactions();
    expect(await payInAnOutage({ payment_token })).toBe(503);
    expect(await transactions()).toBe(before);
    expect((await pay({ payment_token })).json.payment_result?.response_status).toBe("A");
    expect((await pay({ payment_token })).json.message).toContain("used already");
    const { rows } = await gateway.database.pool.query("select from payment_token");
    expect(rows).toEqual([]);
  });

  test("is used up by a payment whose card its filter refuses", async () => {
    const payment_token = await formToken();
    const request = { payment_token, card_filter: "520000" };
    expect((await pay(request)).json.payment_result).toMatchObject({ response_code: "354" });
    expect((await pay(request)).json.message).toContain("used already");
    const { rows } = await gateway.database.pool.query("select from payment_token");
    expect(rows).toEqual([]);
  });

  test("goes to the issuer where the card asks for it, and comes back to the shop", async () => {
    const { json } = await pay({
      payment_token: await formToken("4000000000000002"),
      callback: `${shop.url}/challenged`,
    });
    expect(json).toMatchObject({ redirect_url: expect.any(String) });
    const page = await visit(json.redirect_url);
    await passChallenge("approve")(page);
    const body = JSON.parse((await shop.waitFor("/challenged")).body.toString());
    expect(body).toMatchObject({
      tran_ref: json.tran_ref,
      payment_result: { response_status: "A" },
    });
  });

  test.each([
    ["none", "x", /must be the 20 letters and digits/],
    ["no text", 7, /must be the 20 letters and digits/],
    ["unknown", "A".repeat(20), /is unknown, used already, or too old/],
  ])("that is %s is refused, and nothing is written", async (_name, payment_token, message) => {
    const before = await transactions();
    expect((await pay({ payment_token })).json).toMatchObject({
      code: 2,
      message: expect.stringMatching(message),
    });
    expect(await transactions()).toBe(before);
  });
});

/** While the database writes no payment. */
async function payInAnOutage(request: object): Promise<number> {
  const { pool } = gateway.database;
  await pool.query(`
    create function refuse() returns trigger language plpgsql as
      $$ begin raise exception 'the database goes away' using errcode = '57P01'; end $$;
    create trigger refuse before insert on transaction for each row execute function refuse()`);
  const { status } = await pay(request);
  await pool.query("drop function refuse cascade");
  return status;
}

const walletToken = (changes: object = {}, version = "SIMULATED_v1") => ({
  paymentMethod: { displayName: "Visa 1111", network: "Visa", type: "debit" },
  transactionIdentifier: randomUUID(),
  paymentData: {
    version,
    data: Buffer.from(
      JSON.stringify({
        applicationPrimaryAccountNumber: "4111111111111111",
        applicationExpirationDate: "301231",
        ...changes,
      }),
    ).toString("base64"),
  },
});

test("two cards in one request are refused, and neither is used up", async () => {
  const [payment_token, apple_pay_token] = [await formToken(), walletToken()];
  const two = await pay({ payment_token, apple_pay_token });
  expect(two.json).toMatchObject({ code: 2, message: /apple_pay_token must not be given with/ });
  expect((await pay({ payment_token })).json.payment_result.response_status).toBe("A");
  expect((await pay({ apple_pay_token })).json.payment_result.response_status).toBe("A");
  const card_details = { pan: "4111111111111111", cvv: "123", expiry_month: 12, expiry_year: 2030 };
  const before = await transactions();
  expect((await pay({ card_details, token: "A".repeat(32) })).json.code).toBe(2);
  expect(await transactions()).toBe(before);
});

describe("an Apple Pay token of the simulated wallet", () => {
  test("pays at once, without a code and without 3-D Secure", async () => {
    const apple_pay_token = walletToken({ applicationPrimaryAccountNumber: "4000000000000002" });
    const { json } = await pay({ apple_pay_token });
    expect(json).toMatchObject({
      payment_result: { response_status: "A" },
      payment_info: { payment_description: "4000 00## #### 0002", expiryYear: 2030 },
    });
  });

  test.each(["07", "00"])(
    "goes to the issuer when its device vouches for nobody, %s",
    async (eci) => {
      const token = (applicationPrimaryAccountNumber: string) =>
        walletToken({ applicationPrimaryAccountNumber, paymentData: { eciIndicator: eci } });
      const { json } = await pay({
        apple_pay_token: token("4000000000000002"),
        callback: `${shop.url}/unproven-${eci}`,
      });
      expect(json).toMatchObject({ redirect_url: expect.any(String) });
      await passChallenge("approve")(await visit(json.redirect_url));
      const body = JSON.parse((await shop.waitFor(`/unproven-${eci}`)).body.toString());
      expect(body).toMatchObject({
        tran_ref: json.tran_ref,
        payment_result: { response_status: "A" },
        payment_info: { payment_description: "4000 00## #### 0002" },
      });
      const unasked = await pay({ apple_pay_token: token("4111111111111111") });
      expect(unasked.json.payment_result).toMatchObject({ response_status: "A" });
    },
  );

  test("is good once, also for two at the same moment, and not when it looks different", async () => {
    const apple_pay_token = walletToken();
    const replies = await Promise.all([1, 2, 3, 4].map(() => pay({ apple_pay_token })));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    const before = await transactions();
    const changed = { ...apple_pay_token, paymentMethod: { displayName: "Visa" } };
    const { status, json } = await pay({ apple_pay_token: changed });
    expect([status, json.code]).toEqual([400, 2]);
    expect(json.message).toContain("apple_pay_token was used already");
    expect(await transactions()).toBe(before);
  });

  test("stays good when the request is refused for something else", async () => {
    const apple_pay_token = walletToken();
    expect((await pay({ apple_pay_token, callback: "ftp://x" })).json.code).toBe(2);
    expect((await pay({ apple_pay_token })).json.payment_result.response_status).toBe("A");
  });

  test.each([
    [{ payment_methods: ["creditcard"] }, /applepay is not among/],
    [{ payment_methods: ["all", "-apple"] }, /applepay is excluded/],
    [{ cart_currency: "AED" }, /mada takes SAR only/],
  ])("is refused and stays good with %j", async (changes, message) => {
    const apple_pay_token = walletToken({ applicationPrimaryAccountNumber: "4464040000000007" });
    expect((await pay({ apple_pay_token, ...changes })).json).toMatchObject({
      code: 112,
      message: expect.stringMatching(message),
    });
    const { json } = await pay({ apple_pay_token, payment_methods: ["applepay"] });
    expect(json.payment_result.response_status).toBe("A");
  });

  test("stays good when the database went away before the payment was written", async () => {
    const apple_pay_token = walletToken();
    const before = await transactions();
    expect(await payInAnOutage({ apple_pay_token })).toBe(503);
    expect(await transactions()).toBe(before);
    expect((await pay({ apple_pay_token })).json.payment_result?.response_status).toBe("A");
    expect((await pay({ apple_pay_token })).json.message).toContain("was used already");
  });

  test("that gets a token of ours is used up too", async () => {
    const apple_pay_token = walletToken();
    const { json } = await pay({ apple_pay_token, tokenise: 2 });
    expect(json).toMatchObject({ token: expect.any(String) });
    const again = await pay({ apple_pay_token, tokenise: 2 });
    expect(again.json.message).toContain("was used already");
  });

  test("is forgotten long after it has been used", async () => {
    const { pool } = gateway.database;
    const apple_pay_token = walletToken();
    await pay({ apple_pay_token });
    const { rows } = await pool.query(
      "select min(expires_at) > now() + interval '29 days' as long from used_wallet_token",
    );
    expect(rows).toEqual([{ long: true }]);
    await pool.query("update used_wallet_token set expires_at = now() - interval '1 s'");
    const stop = startForgettingCards({ pool, log: gateway.services.log }, 10);
    const count = "select count(*)::int as n from used_wallet_token";
    await expect.poll(async () => (await pool.query(count)).rows[0].n).toBe(0);
    await stop();
  });

  test.each([
    ["a real one", walletToken({}, "EC_v1"), /sandbox opens version SIMULATED_v1 only/],
    ["no token", { a: 1 }, /has no fitting transactionIdentifier/],
    ["text", "x", /has no fitting/],
    ["without a card", walletToken({ applicationPrimaryAccountNumber: "1" }), /holds no card/],
    ["expired", walletToken({ applicationExpirationDate: "200131" }), /has an expired card/],
  ])("%s is refused, and nothing is written", async (_name, apple_pay_token, message) => {
    const before = await transactions();
    const { json } = await pay({ apple_pay_token });
    expect(json).toMatchObject({ code: 2, message: expect.stringMatching(message) });
    expect(json.message).not.toMatch(/\d{12}/);
    expect(await transactions()).toBe(before);
  });
});
