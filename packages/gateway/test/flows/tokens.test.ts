import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";
import {
  askedBilling,
  formsOf,
  goBackToShop,
  type Page,
  Shop,
  submit,
  verifyCallback,
  verifyReturn,
  visit,
} from "../support/stranger.ts";

let gateway: TestGateway;
let shop: Shop;
let carts = 0;

beforeAll(async () => {
  [gateway, shop] = await Promise.all([startTestGateway(), new Shop().open()]);
});

afterAll(async () => {
  await gateway.stop();
  await shop.close();
});

const request = (changes: object = {}) => {
  carts += 1;
  return gateway.call("/payment/request", {
    ...goodRequest,
    cart_id: `token-${carts}`,
    callback: `${shop.url}/callback/token-${carts}`,
    return: `${shop.url}/return/token-${carts}`,
    customer_details: { name: "Sara Ali", email: "sara@example.com", country: "SAU" },
    ...changes,
  });
};

const visa = { pan: "4111111111111111", cvv: "123", expiry_month: 12, expiry_year: 2030 };

/** A token of a card that was paid with through the merchant's own form. */
async function newToken(changes: object = {}, card: object = visa) {
  const { json } = await request({ tokenise: 2, card_details: card, ...changes });
  return { token: json.token as string, tranRef: json.tran_ref as string };
}

const typed = { number: "4111111111111111", expiry: "12/30", security_code: "123", holder: "S A" };

function formWith(page: Page, token: string) {
  const form = page.forms.find(({ tokens }) => tokens.has(token));
  if (form === undefined) throw new Error(`no ${token} on ${page.url}: ${page.html.slice(0, 400)}`);
  return form;
}

/** A whole card, and what else the page asks. */
function typeInto(page: Page, values: object = {}): Promise<Page> {
  const form = formWith(page, "cc-number");
  return submit(form, { ...askedBilling(form), ...typed, ...values });
}

/** What the three ways of a response that carry a token say. */
async function tokensTold(cartId: string, tranRef: string) {
  const [returned] = shop.on(`/return/${cartId}`);
  const fields = new URLSearchParams(returned?.body.toString());
  expect(verifyReturn(fields, gateway.profile.serverKey)).toBe(true);
  const callback = await shop.waitFor(`/callback/${cartId}`);
  expect(verifyCallback(callback, gateway.profile.serverKey)).toBe(true);
  const { json: queried } = await gateway.call("/payment/query", { tran_ref: tranRef });
  return {
    inReturn: fields.get("token"),
    inCallback: JSON.parse(callback.body.toString()).token,
    inQuery: queried.token,
  };
}

async function payOnPage(changes: object, values: object = {}) {
  const { json } = await request(changes);
  const page = await visit(json.redirect_url);
  const end = await typeInto(page, values);
  return { json, end };
}

async function countPayments(): Promise<bigint> {
  const { rows } = await gateway.database.pool.query("select count(*) as n from transaction");
  return rows[0].n;
}

async function countCards(): Promise<bigint> {
  const { rows } = await gateway.database.pool.query("select count(*) as n from vault_card");
  return rows[0].n;
}

const shapes: [format: number | string, shape: RegExp][] = [
  [2, /^[0-9A-F]{32}$/],
  ["3", /^[0-9A-Z]{20}$/],
  [4, /^\d{22}$/],
  [5, /^\d{16}$/],
  [6, /^[0-9A-Z]{32}$/],
];

describe("a token is made", () => {
  test.each(shapes)(
    "on the page in format %s, the same in every response",
    async (format, shape) => {
      const { json, end } = await payOnPage({ tokenise: format });
      await goBackToShop(end, shop.url);
      const { inReturn, inCallback, inQuery } = await tokensTold(json.cart_id, json.tran_ref);
      expect(inCallback).toMatch(shape);
      expect([inReturn, inQuery]).toEqual([inCallback, inCallback]);
    },
  );

  test.each(shapes)("in the direct reply in format %s", async (format, shape) => {
    const { json } = await request({ tokenise: format, card_details: visa });
    expect(json.token).toMatch(shape);
    const callback = await shop.waitFor(`/callback/${json.cart_id}`);
    expect(JSON.parse(callback.body.toString()).token).toBe(json.token);
  });

  test("stands between payment_info and user_defined", async () => {
    const { json } = await request({
      tokenise: 2,
      card_details: visa,
      user_defined: { udf1: "a" },
    });
    const names = Object.keys(json);
    expect(names.slice(names.indexOf("payment_info"))).toEqual([
      "payment_info",
      "token",
      "user_defined",
      "serviceId",
      "paymentChannel",
      "profileId",
      "merchantId",
      "trace",
    ]);
  });

  test("by a registration, and by a held payment", async () => {
    const { json } = await request({ tran_type: "register", tokenise: 2, card_details: visa });
    expect(json).toMatchObject({ tran_type: "Register", token: expect.any(String) });
    const held = await request({ tokenise: 2, card_details: { ...visa, pan: "4000000000001208" } });
    expect(held.json.payment_result.response_status).toBe("H");
    expect(held.json.token).toMatch(/^[0-9A-F]{32}$/);
  });

  test("after 3-D Secure, by whichever request brings the outcome", async () => {
    const { json, end: challenge } = await payOnPage(
      { tokenise: 2 },
      { number: "4000000000000002" },
    );
    await goBackToShop(
      await submit(formWith(challenge, "one-time-code"), { decision: "approve" }),
      shop.url,
    );
    const told = await tokensTold(json.cart_id, json.tran_ref);
    expect(told.inCallback).toMatch(/^[0-9A-F]{32}$/);
    expect(new Set(Object.values(told)).size).toBe(1);
  });

  test("when the acquirer answers only an inquiry", { timeout: 40_000 }, async () => {
    const late = { ...visa, pan: "4000000000006009" };
    const { json } = await request({ tokenise: 2, card_details: late });
    expect(json).not.toHaveProperty("token");
    const callback = await shop.waitFor(`/callback/${json.cart_id}`, 30_000);
    expect(JSON.parse(callback.body.toString()).token).toMatch(/^[0-9A-F]{32}$/);
  });

  test("anew each time, even of the same card", async () => {
    const [a, b] = [await newToken(), await newToken()];
    expect(a.token).not.toBe(b.token);
    await gateway.call("/payment/token/delete", { token: a.token });
    expect((await gateway.call("/payment/token", { token: b.token })).status).toBe(200);
  });

  test("again when chance has made one that is taken", async () => {
    const { token } = await newToken();
    const { json } = await request({ tokenise: 2 });
    const page = await visit(json.redirect_url);
    // The first insert of this payment's token gets a number that is taken already.
    await gateway.database.pool.query(`
      create sequence collisions;
      create function collide() returns trigger language plpgsql as $$
        begin if nextval('collisions') = 1 then new.token := '${token}'; end if; return new; end $$;
      create trigger collide before insert on card_token for each row execute function collide()`);
    const end = await typeInto(page);
    await gateway.database.pool.query("drop trigger collide on card_token");
    await goBackToShop(end, shop.url);
    const told = await tokensTold(json.cart_id, json.tran_ref);
    expect(told.inCallback).not.toBe(token);
    expect(new Set(Object.values(told)).size).toBe(1);
  });
});

describe("no token is made, and no card kept,", () => {
  test.each([
    ["with format 1", { tokenise: 1 }],
    ["unless it is asked for", {}],
    ["with a null", { tokenise: null }],
  ])("%s", async (_name, changes) => {
    const before = await countCards();
    const { json } = await request({ ...changes, card_details: visa });
    expect(json.payment_result.response_status).toBe("A");
    expect(json).not.toHaveProperty("token");
    expect(await countCards()).toBe(before);
  });

  test.each([
    ["declined", { ...visa, cvv: "321" }],
    ["without funds", { ...visa, pan: "4000000000003162" }],
  ])("when the payment is %s", async (_name, card) => {
    const before = await countCards();
    const { json } = await request({ tokenise: 2, card_details: card });
    expect(json.payment_result.response_status).toBe("D");
    expect(json).not.toHaveProperty("token");
    expect(await countCards()).toBe(before);
  });

  test("when 3-D Secure is refused; until then it waits in the vault", async () => {
    const before = await countCards();
    const { json, end } = await payOnPage({ tokenise: 2 }, { number: "4000000000000002" });
    expect(await countCards()).toBe(before + 1n);
    await goBackToShop(
      await submit(formWith(end, "one-time-code"), { decision: "reject" }),
      shop.url,
    );
    expect(await tokensTold(json.cart_id, json.tran_ref)).toEqual({
      inReturn: "",
      inCallback: undefined,
      inQuery: undefined,
    });
    expect(await countCards()).toBe(before);
  });

  test("on a page that asks, unless the shopper ticks the box", async () => {
    const wish = { tokenise: 2, show_save_card: true };
    const before = await countCards();
    const { json, end } = await payOnPage(wish);
    await goBackToShop(end, shop.url);
    expect(await tokensTold(json.cart_id, json.tran_ref)).toMatchObject({ inReturn: "" });
    expect(await countCards()).toBe(before);

    const ticked = await payOnPage(wish, { save_card: "1" });
    await goBackToShop(ticked.end, shop.url);
    const told = await tokensTold(ticked.json.cart_id, ticked.json.tran_ref);
    expect(told.inReturn).toMatch(/^[0-9A-F]{32}$/);
  });

  test("by ticking a box that the page did not show", async () => {
    const { json } = await payOnPage({}, { save_card: "1" });
    const { json: queried } = await gateway.call("/payment/query", { tran_ref: json.tran_ref });
    expect(queried.payment_result.response_status).toBe("A");
    expect(queried).not.toHaveProperty("token");
  });
});

describe("/payment/token", () => {
  test("tells of the card, and nothing of the payment", async () => {
    const { token, tranRef } = await newToken();
    const { status, json } = await gateway.call("/payment/token", { token });
    expect(status).toBe(200);
    expect(json).toEqual({
      tran_ref: tranRef,
      payment_info: {
        payment_method: "Visa",
        card_type: "Credit",
        card_scheme: "Visa",
        payment_description: "4111 11## #### 1111",
        expiryMonth: 12,
        expiryYear: 2030,
      },
      customer_details: { name: "Sara Ali", email: "sara@example.com", country: "SA" },
    });
  });

  test("deletes: code 0, the card is gone, a second time is an error", async () => {
    const before = await countCards();
    const { token, tranRef } = await newToken();
    const { status, json } = await gateway.call("/payment/token/delete", { token });
    expect([status, json]).toEqual([
      200,
      { code: 0, message: expect.any(String), trace: expect.stringMatching(/^PMNT/) },
    ]);
    expect(await countCards()).toBe(before);
    for (const path of ["/payment/token", "/payment/token/delete"]) {
      const { status: refused, json: error } = await gateway.call(path, { token });
      expect([refused, error.code, error.message]).toEqual([
        400,
        2,
        "Invalid request: token was deleted",
      ]);
    }
    const { rows } = await gateway.database.pool.query(
      "select actor from transaction_event where tran_ref = $1 and kind = 'token_deleted'",
      [tranRef],
    );
    expect(rows).toEqual([{ actor: "merchant" }]);
  });

  test("two deletions at once are one", async () => {
    const { token } = await newToken();
    const replies = await Promise.all(
      Array.from({ length: 4 }, () => gateway.call("/payment/token/delete", { token })),
    );
    expect(replies.map(({ json }) => json.code).toSorted((a, b) => a - b)).toEqual([0, 2, 2, 2]);
  });
});

const recurring = (token: string, changes: object = {}) =>
  request({ tran_class: "recurring", token, ...changes });

describe("a stored card without the shopper", () => {
  test("is charged at once", async () => {
    const { token, tranRef } = await newToken();
    const { status, json } = await recurring(token, { tran_ref: tranRef, cart_amount: "49.90" });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      tran_type: "Sale",
      tran_total: "49.90",
      payment_result: { response_status: "A" },
      payment_info: { payment_description: "4111 11## #### 1111" },
      serviceId: 1,
    });
    expect(json.tran_ref).not.toBe(tranRef);
    const callback = await shop.waitFor(`/callback/${json.cart_id}`);
    const body = JSON.parse(callback.body.toString());
    expect(body.tran_class).toBe("C/Auth");
    expect(body).not.toHaveProperty("threeDSDetails");
    expect(body).not.toHaveProperty("token");
  });

  test("is not asked for 3-D Secure, since nobody is there", async () => {
    const enrolled = { ...visa, pan: "4000000000000002" };
    const { json: first } = await request({ tokenise: 2, card_details: enrolled });
    await submit(formWith(await visit(first.redirect_url), "one-time-code"), {
      decision: "approve",
    });
    const { json: queried } = await gateway.call("/payment/query", { tran_ref: first.tran_ref });
    const { json } = await recurring(queried.token);
    expect(json.payment_result.response_status).toBe("A");
  });

  test("may be declined then, though it was approved at first", async () => {
    const { token } = await newToken({}, { ...visa, pan: "4000000000000341" });
    const { json } = await recurring(token);
    expect(json.payment_result).toMatchObject({ response_status: "D", response_code: "316" });
  });

  test("may be authorised only", async () => {
    const { token } = await newToken();
    const { json } = await recurring(token, { tran_type: "auth" });
    expect(json).toMatchObject({ tran_type: "Auth", payment_result: { response_status: "A" } });
  });

  test("by what the shopper agreed to: the issuer refuses more", async () => {
    const { json } = await request({
      card_details: visa,
      token_info: {
        tokenise: 2,
        token_type: "recurring_variable",
        payment_frequency: "MONTHLY",
        counter: 1,
        total_count: 12,
        max_amount_per_payment: 600,
        start_date: "2026-12-01",
      },
    });
    const info = { token: json.token, token_type: "recurring_variable" };
    const charge = (amount: number) =>
      request({ tran_class: "recurring", token_info: info, cart_amount: amount });
    const abroad = { cart_currency: "AED", cart_amount: 5 };
    expect((await charge(600)).json.payment_result.response_status).toBe("A");
    // The limit is in SAR, and says nothing of dirhams.
    const other = await request({ tran_class: "recurring", token_info: info, ...abroad });
    expect(other.json.payment_result).toMatchObject({ response_status: "D", response_code: "313" });
    const { token } = await newToken({ token_info: { token_type: "unscheduled" } });
    const free = await request({ tran_class: "recurring", token, ...abroad });
    expect(free.json.payment_result.response_status).toBe("A");
    expect((await charge(600.01)).json.payment_result).toMatchObject({
      response_status: "D",
      response_code: "313",
    });
  });

  test("not by a method that cannot take the payment", async () => {
    const { token } = await newToken({}, { ...visa, pan: "4464040000000007" });
    const { status, json } = await recurring(token, { cart_currency: "AED" });
    expect([status, json.code]).toEqual([400, 112]);
    expect(json.message).toMatch(/mada takes SAR only/);
  });

  test("not where the profile has it switched off", async () => {
    const { token } = await newToken();
    const other = await startTestGateway({ database: gateway.database });
    await gateway.database.pool.query("update profile set recurring = false");
    try {
      // This node has not read the profile before.
      const { status, json } = await other.call("/payment/request", {
        ...goodRequest,
        tran_class: "recurring",
        token,
      });
      expect([status, json.code]).toEqual([400, 112]);
      expect(json.message).toMatch(/recurring payments are not enabled/);
    } finally {
      await gateway.database.pool.query("update profile set recurring = true");
      await other.stop();
    }
  });
});

describe("a stored card with the shopper", () => {
  test("asks for the security code only, and pays", async () => {
    const { token, tranRef } = await newToken();
    const { json } = await request({ token, tran_ref: tranRef });
    expect(json).toMatchObject({ serviceId: 2, redirect_url: expect.any(String) });
    const page = await visit(json.redirect_url);
    const form = formWith(page, "cc-csc");
    expect([...form.tokens.keys()].filter((name) => name.startsWith("cc-"))).toEqual(["cc-csc"]);
    expect(page.html).toContain("•••• 1111");
    expect(page.html).not.toMatch(/4111 ?11/);
    await goBackToShop(await submit(form, { security_code: "123" }), shop.url);
    const told = await tokensTold(json.cart_id, json.tran_ref);
    expect(told).toEqual({ inReturn: "", inCallback: undefined, inQuery: undefined });
    const { json: queried } = await gateway.call("/payment/query", { tran_ref: json.tran_ref });
    expect(queried).toMatchObject({
      payment_result: { response_status: "A" },
      payment_info: { payment_description: "4111 11## #### 1111" },
    });
  });

  test("offers no other way: the shop asked for this card", async () => {
    const { token } = await newToken();
    const { json } = await request({ token, payment_methods: ["all", "stcpay"] });
    const page = await visit(json.redirect_url);
    expect(page.html).toContain("•••• 1111");
    expect(page.html).not.toMatch(/SADAD|stc pay/);
    const { status, json: refusal } = await request({ token, payment_methods: ["sadad"] });
    expect([status, refusal.code]).toEqual([400, 112]);
    expect(refusal.message).toMatch(/sadad cannot be tokenised/);
  });

  test("shows what is wrong with the code, and declines a wrong one", async () => {
    const { token } = await newToken();
    const { json } = await request({ token });
    const page = await visit(json.redirect_url);
    const again = await submit(formWith(page, "cc-csc"), { security_code: "12" });
    expect(again.status).toBe(422);
    const form = formWith(again, "cc-csc");
    expect(form.fields.get("security_code")).toBe("");
    const end = await submit(form, { security_code: "999" });
    expect(end.forms.some(({ fields }) => fields.get("respCode") === "305")).toBe(true);
  });

  test("goes to the issuer when the card asks for 3-D Secure", async () => {
    const moto = { tran_class: "moto", card_details: { ...visa, pan: "4000000000000002" } };
    const { token } = await newToken(moto);
    const { json } = await request({ token });
    const page = await visit(json.redirect_url);
    const challenge = await submit(formWith(page, "cc-csc"), { security_code: "123" });
    const end = await submit(formWith(challenge, "one-time-code"), { decision: "approve" });
    expect(end.forms.some(({ fields }) => fields.get("respStatus") === "A")).toBe(true);
  });

  test("asks for a whole card when the token went meanwhile", async () => {
    const { token } = await newToken();
    const { json } = await request({ token });
    const page = await visit(json.redirect_url);
    await gateway.call("/payment/token/delete", { token });
    const again = await submit(formWith(page, "cc-csc"), { security_code: "123" });
    expect(again.status).toBe(422);
    const end = await typeInto(again);
    expect(end.forms.some(({ fields }) => fields.get("respStatus") === "A")).toBe(true);
  });
});

test("a registration on the page takes nothing, and says so", async () => {
  const { json } = await request({ tran_type: "register", tokenise: 2, return: null });
  expect(json.tran_type).toBe("Register");
  const page = await visit(json.redirect_url);
  expect(page.html).toMatch(/Register your card with/);
  const end = await typeInto(page);
  expect(end.html).toMatch(/Card registered/);
  expect(formsOf(end.html, end.url)).toEqual([]);
});

describe("refused, and nothing written:", () => {
  const cases: [name: string, changes: object, code: number, message: RegExp][] = [
    ["format 0", { tokenise: 0 }, 2, /tokenise must be a whole number from 1 to 6/],
    ["format 7", { tokenise: "7" }, 2, /tokenise must be/],
    ["a box of neither kind", { show_save_card: "perhaps" }, 2, /show_save_card must be true/],
    ["an unknown token", { token: "A".repeat(32) }, 2, /token is not a token of this profile/],
    ["a token of 65", { token: "A".repeat(65) }, 2, /token must have at most 64/],
    ["a token as list", { token: ["A"] }, 2, /token must be text/],
    ["moto with a token", { token: "A", tran_class: "moto" }, 112, /ecom or recurring/],
    [
      "recurring registration",
      { token: "A", tran_class: "recurring", tran_type: "register" },
      112,
      /register needs/,
    ],
    ["token_info as text", { token_info: "x" }, 2, /token_info must be an object/],
    ["its type", { token_info: { token_type: "x" } }, 2, /token_info.token_type must be one of/],
    ["its frequency", { token_info: { payment_frequency: "X" } }, 2, /payment_frequency must be/],
    ["its counter", { token_info: { counter: 3, total_count: 2 } }, 2, /counter must not be above/],
    ["its date", { token_info: { expiry_date: "soon" } }, 2, /token_info.expiry_date/],
    [
      "its amounts",
      { token_info: { min_amount_per_payment: 5, max_amount_per_payment: 4 } },
      2,
      /min_amount_per_payment must not be above/,
    ],
  ];
  test.each(cases)("%s", async (_name, changes, code, message) => {
    const count = await countPayments();
    const { status, json } = await request(changes);
    expect(json).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(status).toBe(400);
    expect(await countPayments()).toBe(count);
  });

  test("a deleted token", async () => {
    const { token } = await newToken();
    await gateway.call("/payment/token/delete", { token });
    const count = await countPayments();
    for (const tranClass of ["ecom", "recurring"]) {
      const { json } = await request({ token, tran_class: tranClass });
      expect([json.code, json.message]).toEqual([2, "Invalid request: token was deleted"]);
    }
    expect(await countPayments()).toBe(count);
  });

  test("another profile's token", async () => {
    const { token } = await newToken();
    const key = `S${randomBytes(15).toString("hex").toUpperCase()}`;
    await gateway.database.pool.query(
      `insert into profile (profile_id, merchant_id, name, mode, currencies, server_key, client_key,
          recurring)
        select 45002, merchant_id, 'Other', mode, currencies, $1, 'C' || $1::text, recurring
        from profile where profile_id = 45001`,
      [key],
    );
    for (const [path, body] of [
      ["/payment/token", { token }],
      ["/payment/token/delete", { token }],
      ["/payment/request", { ...goodRequest, token, tran_class: "recurring" }],
      ["/payment/request", { ...goodRequest, token }],
    ] as const) {
      const { json } = await gateway.call(path, { ...body, profile_id: 45002 }, key);
      expect([json.code, json.message]).toEqual([
        2,
        "Invalid request: token is not a token of this profile",
      ]);
    }
    expect((await gateway.call("/payment/token", { token })).status).toBe(200);
  });

  test("a card that has expired since", async () => {
    const { token, tranRef } = await newToken();
    await gateway.database.pool.query(
      `update transaction set card = card || '{"expiryYear": 2025}' where tran_ref = $1`,
      [tranRef],
    );
    for (const tranClass of ["ecom", "recurring"]) {
      const { json } = await request({ token, tran_class: tranClass });
      expect(json).toMatchObject({
        code: 2,
        message: expect.stringMatching(/expired in 12\/2025/),
      });
    }
  });

  test("an earlier payment that is none", async () => {
    const { token } = await newToken();
    const { json } = await recurring(token, { tran_ref: "TST0000000000000" });
    expect(json.code).toBe(113);
  });

  test("tokens where no vault is configured", async () => {
    const other = await startTestGateway({ config: { vaultKeys: "" } });
    try {
      const ask = (changes: object) =>
        other.call("/payment/request", { ...goodRequest, ...changes });
      const { json } = await ask({ tokenise: 2 });
      expect(json).toMatchObject({ code: 112, message: expect.stringMatching(/WASL_VAULT_KEYS/) });
      expect((await ask({})).json).toHaveProperty("redirect_url");
      expect((await ask({ card_details: visa })).json.payment_result.response_status).toBe("A");
    } finally {
      await other.stop();
    }
  });
});
