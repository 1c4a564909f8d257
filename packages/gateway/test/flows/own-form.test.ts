import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";
import {
  askedBilling,
  goBackToShop,
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

const visa = { pan: "4111111111111111", cvv: "123", expiry_month: 12, expiry_year: 2030 };
const frictionless = { pan: "5200000000000114", cvv: "977", expiry_month: 12, expiry_year: 2030 };

const pay = (changes: object = {}, card: object = visa) => {
  carts += 1;
  return gateway.call("/payment/request", {
    ...goodRequest,
    cart_id: `own-${carts}`,
    callback: `${shop.url}/callback/own-${carts}`,
    return: `${shop.url}/return/own-${carts}`,
    customer_details: {
      name: "Sara Ali",
      email: "sara@example.com",
      country: "SA",
      city: "Riyadh",
    },
    card_details: card,
    ...changes,
  });
};

const callbackOf = async (cartId: string) => {
  const message = await shop.waitFor(`/callback/${cartId}`);
  expect(verifyCallback(message, gateway.profile.serverKey)).toBe(true);
  return JSON.parse(message.body.toString());
};

describe("a payment with the merchant's own form", () => {
  test("answers with the completed object, member by member", async () => {
    const { status, json } = await pay({ user_defined: { udf1: "web" } });
    expect(status).toBe(200);
    expect(Object.keys(json)).toEqual([
      "tran_ref",
      "tran_type",
      "cart_id",
      "cart_description",
      "cart_currency",
      "cart_amount",
      "tran_currency",
      "tran_total",
      "customer_details",
      "payment_result",
      "payment_info",
      "user_defined",
      "serviceId",
      "paymentChannel",
      "profileId",
      "merchantId",
      "trace",
    ]);
    expect(json).toMatchObject({
      tran_type: "Sale",
      cart_amount: "500.00",
      tran_currency: "SAR",
      tran_total: "500.00",
      payment_result: {
        response_status: "A",
        response_code: expect.stringMatching(/^G\d{5}$/),
        response_message: "Authorised",
        transaction_time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      },
      payment_info: {
        payment_method: "Visa",
        card_scheme: "Visa",
        payment_description: "4111 11## #### 1111",
        expiryMonth: 12,
        expiryYear: 2030,
      },
      serviceId: 1,
      paymentChannel: "Transaction API",
      profileId: 45001,
      merchantId: 20001,
    });
  });

  test("its Callback and its query say the same", async () => {
    const { json } = await pay();
    const callback = await callbackOf(json.cart_id);
    const { json: queried } = await gateway.call("/payment/query", { tran_ref: json.tran_ref });
    expect(callback.payment_result).toMatchObject(json.payment_result);
    expect(callback).toMatchObject({ tran_class: "ECom", paymentChannel: "Transaction API" });
    expect(queried.payment_result).toEqual(json.payment_result);
    expect(queried).toMatchObject({ serviceId: 1, payment_info: json.payment_info });
  });

  test.each([
    ["an authorisation", { tran_type: "auth" }, visa, { tran_type: "Auth" }, "A"],
    ["a registration", { tran_type: "register" }, visa, { tran_type: "Register" }, "A"],
    ["texts for numbers", {}, { ...visa, expiry_month: "12", expiry_year: "2030" }, {}, "A"],
    ["spaces in the number", {}, { ...visa, pan: "4111 1111 1111 1111" }, {}, "A"],
    ["Mastercard", {}, frictionless, {}, "A"],
    [
      "a channel of its own",
      { plugin_info: { cart_name: "PHP SDK" } },
      visa,
      { paymentChannel: "PHP SDK" },
      "A",
    ],
    ["a held payment", {}, { ...visa, pan: "4000000000001208" }, { tran_type: "Auth" }, "H"],
  ])("%s", async (_name, changes, card, expected, status) => {
    const { json } = await pay(changes, card);
    expect(json).toMatchObject(expected);
    expect(json.payment_result.response_status).toBe(status);
  });

  test.each([
    ["a wrong code", { ...visa, cvv: "124" }, "305"],
    ["no funds", { ...visa, pan: "4000000000003162" }, "316"],
  ])("is declined: %s", async (_name, card, code) => {
    const { status, json } = await pay({}, card);
    expect(status).toBe(200);
    expect(json.payment_result).toMatchObject({ response_status: "D", response_code: code });
    expect((await callbackOf(json.cart_id)).payment_result.response_code).toBe(code);
  });

  test.each([
    ["answers late", "4000000000006009", "A"],
    ["never answers", "4000000000004012", "E"],
  ])(
    "is pending when the acquirer %s, and then told",
    { timeout: 40_000 },
    async (_n, pan, end) => {
      const { json } = await pay({}, { ...visa, pan });
      expect(json).not.toHaveProperty("redirect_url");
      expect(json).toMatchObject({
        tran_total: "500.00",
        tran_currency: "SAR",
        payment_result: { response_status: "P", response_code: "600" },
        payment_info: { payment_description: expect.stringMatching(/^4000 00##/) },
      });
      const message = await shop.waitFor(`/callback/${json.cart_id}`, 30_000);
      expect(JSON.parse(message.body.toString()).payment_result.response_status).toBe(end);
    },
  );

  test("leads to the issuer when 3-D Secure is asked, and back to the shop", async () => {
    const { json } = await pay({}, { ...visa, pan: "4000000000000002" });
    expect(json).toMatchObject({
      tran_currency: "",
      tran_total: "0",
      redirect_url: expect.stringMatching(/\/payment\/page\/[0-9A-F]{56}$/),
      serviceId: 1,
    });
    expect(json).not.toHaveProperty("payment_result");
    const challenge = await visit(json.redirect_url);
    const form = challenge.forms.find(({ tokens }) => tokens.has("one-time-code"));
    if (form === undefined) throw new Error(`no challenge: ${challenge.html.slice(0, 300)}`);
    await goBackToShop(await submit(form, { decision: "approve" }), shop.url);
    const [returned] = shop.on(`/return/${json.cart_id}`);
    const fields = new URLSearchParams(returned?.body.toString());
    expect(fields.get("respStatus")).toBe("A");
    expect(verifyReturn(fields, gateway.profile.serverKey)).toBe(true);
    const callback = await callbackOf(json.cart_id);
    expect(callback).toMatchObject({ tran_ref: json.tran_ref, threeDSDetails: { enrolled: "Y" } });
  });

  test("is one transaction with a history from the first moment", async () => {
    const { json } = await pay();
    const { rows } = await gateway.database.pool.query(
      `select kind, actor from transaction_event where tran_ref = $1 order by event_id`,
      [json.tran_ref],
    );
    expect(rows).toEqual([
      { kind: "requested", actor: "merchant" },
      { kind: "card_submitted", actor: "merchant" },
      { kind: "completed", actor: "acquirer" },
    ]);
  });
});

describe("moto", () => {
  test("needs no security code and no 3-D Secure", async () => {
    const { cvv: _none, ...card } = { ...visa, pan: "4000000000000002" };
    const { json } = await pay({ tran_class: "moto" }, card);
    expect(json.payment_result.response_status).toBe("A");
    const callback = await callbackOf(json.cart_id);
    expect(callback.tran_class).toBe("Moto");
    expect(callback).not.toHaveProperty("threeDSDetails");
  });

  test("a code that is given must be right", async () => {
    const { json } = await pay({ tran_class: "moto" }, { ...visa, cvv: "999" });
    expect(json.payment_result.response_code).toBe("305");
  });

  test("without a card gives a page, where nobody is asked for 3-D Secure", async () => {
    const { json } = await pay({ tran_class: "moto", card_details: undefined });
    const page = await visit(json.redirect_url);
    const form = page.forms.find(({ tokens }) => tokens.has("cc-number"));
    if (form === undefined) throw new Error("no card form");
    const card = { number: "4000000000000002", expiry: "12/30", security_code: "123", holder: "S" };
    const end = await submit(form, { ...askedBilling(form), ...card });
    expect(end.forms.some(({ fields }) => fields.get("respStatus") === "A")).toBe(true);
  });
});

describe("a card that cannot be taken", () => {
  const refusals: [name: string, card: object, code: number, message: RegExp][] = [
    ["a wrong digit", { ...visa, pan: "4111111111111112" }, 200, /wrong or swapped/],
    ["too short", { ...visa, pan: "411111111111" }, 200, /13 to 16 digits/],
    ["too long", { ...visa, pan: "41111111111111111" }, 200, /13 to 16 digits/],
    ["letters", { ...visa, pan: "4111x11111111111" }, 200, /13 to 16 digits/],
    ["not a test card", { ...visa, pan: "4242424242424242" }, 200, /not a test card/],
    ["no number", { ...visa, pan: "" }, 2, /card_details.pan/],
    ["no code", { ...visa, cvv: null }, 2, /card_details.cvv is required/],
    ["a short code", { ...visa, cvv: "12" }, 2, /card_details.cvv must have 3 digits/],
    ["month 13", { ...visa, expiry_month: 13 }, 2, /card_details.expiry_month/],
    ["two digits of a year", { ...visa, expiry_year: 30 }, 2, /card_details.expiry_year/],
    ["a past date", { ...visa, expiry_year: 2020 }, 2, /card_details.expiry_year .* past/],
    ["a text", "4111" as unknown as object, 2, /card_details must be an object/],
  ];
  test.each(refusals)("%s", async (_name, card, code, message) => {
    const before = await gateway.database.pool.query("select count(*) as n from transaction");
    const { status, json } = await pay({}, card);
    expect(json).toEqual({
      code,
      message: expect.stringMatching(message),
      trace: expect.stringMatching(/^PMNT/),
    });
    expect(status).toBe(400);
    expect(JSON.stringify({ ...json, trace: "" })).not.toMatch(/\d{12}/);
    const after = await gateway.database.pool.query("select count(*) as n from transaction");
    expect(after.rows).toEqual(before.rows);
  });

  test.each([
    ["recurring without a token", { tran_class: "recurring" }, 112, /needs a token/],
    ["a currency not enabled", { cart_currency: "TRY" }, 206, /TRY is not enabled/],
    ["a token beside it", { token: "A".repeat(32) }, 2, /card_details must not/],
  ])("%s", async (_name, changes, code, message) => {
    const { json } = await pay(changes);
    expect(json).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test("an empty list of card members means no card", async () => {
    const { json } = await pay({ card_details: {} });
    expect(json.redirect_url).toMatch(/\/payment\/page\//);
  });
});

describe("a card whose method cannot take the payment", () => {
  const mada = { pan: "4464040000000007", cvv: "123", expiry_month: 12, expiry_year: 2030 };

  test.each([
    ["mada in dirhams", { cart_currency: "AED" }, mada, /mada takes SAR only/],
    ["mada in dollars", { cart_currency: "USD", tran_type: "auth" }, mada, /mada takes SAR only/],
    ["not asked for", { payment_methods: ["tabby"] }, visa, /creditcard is not among/],
    ["not that kind", { payment_methods: ["creditcard"] }, mada, /mada is not among/],
    ["excluded", { payment_methods: ["all", "-card"] }, visa, /creditcard is excluded/],
  ])("%s, and nothing is written", async (_name, changes, card, message) => {
    const before = await gateway.database.pool.query("select from transaction");
    const { status, json } = await pay(changes, card);
    expect([status, json.code]).toEqual([400, 112]);
    expect(json.message).toMatch(message);
    const after = await gateway.database.pool.query("select from transaction");
    expect(after.rowCount).toBe(before.rowCount);
  });

  test.each([
    ["asked for by an alias", { payment_methods: ["card"] }, visa],
    ["one of all", { payment_methods: ["all", "-tabby"] }, mada],
    ["asked for by an empty list", { payment_methods: [] }, mada],
  ])("%s is taken", async (_name, changes, card) => {
    const { json } = await pay(changes, card);
    expect(json.payment_result.response_status).toBe("A");
  });

  test("a list that is none is named", async () => {
    const { json } = await pay({ payment_methods: "creditcard" });
    expect([json.code, json.message]).toEqual([2, expect.stringMatching(/payment_methods/)]);
  });

  test("not enabled on the profile", async () => {
    await gateway.database.pool.query("update profile set payment_methods = '{mada}'");
    // This node has not read the profile before.
    const other = await startTestGateway({ database: gateway.database });
    const payThere = (card: object) =>
      other.call("/payment/request", { ...goodRequest, card_details: card });
    try {
      const { status, json } = await payThere(visa);
      expect([status, json.code]).toEqual([400, 112]);
      expect(json.message).toMatch(/creditcard is not enabled on this profile/);
      expect((await payThere(mada)).json.payment_result.response_status).toBe("A");
    } finally {
      await gateway.database.pool.query("update profile set payment_methods = null");
      await other.stop();
    }
  });
});
