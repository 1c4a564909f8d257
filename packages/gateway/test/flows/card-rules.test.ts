import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";
import { askedBilling, type Page, Shop, submit, visit } from "../support/stranger.ts";

/** What a shop says of cards holds for whatever way the card comes. */

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

const request = (changes: object) => {
  carts += 1;
  return gateway.call("/payment/request", {
    ...goodRequest,
    cart_id: `rules-${carts}`,
    callback: `${shop.url}/callback/rules-${carts}`,
    return: `${shop.url}/return/rules-${carts}`,
    ...changes,
  });
};

const query = async (tranRef: string) =>
  (await gateway.call("/payment/query", { tran_ref: tranRef })).json;

const callbackOf = async (cartId: string) =>
  JSON.parse((await shop.waitFor(`/callback/${cartId}`)).body.toString());

async function countPayments(): Promise<bigint> {
  const { rows } = await gateway.database.pool.query("select count(*) as n from transaction");
  return rows[0].n;
}

const visa = { pan: "4111111111111111", cvv: "123", expiry_month: 12, expiry_year: 2030 };
const typed = { number: "4111111111111111", expiry: "12/30", security_code: "123", holder: "S A" };

async function newToken(): Promise<string> {
  return (await request({ tokenise: 2, card_details: visa })).json.token;
}

/** Ten per cent for the test card's first digits, all ten that a shop may name. */
const tenPerCent = {
  card_discounts: [
    { discount_cards: "4111111111", discount_percent: "10", discount_title: "Ten off" },
  ],
};
const onlyMastercard = { card_filter: "51,52,53,54,55" };

function formWith(page: Page, token: string) {
  const form = page.forms.find(({ tokens }) => tokens.has(token));
  if (form === undefined) throw new Error(`no ${token} on ${page.url}: ${page.html.slice(0, 400)}`);
  return form;
}

const code = { security_code: "123" };

/** What the page sends back to the shop. */
function returned(page: Page): Map<string, string> {
  const form = page.forms.find(({ fields }) => fields.has("respStatus"));
  if (form === undefined) throw new Error(`no way back: ${page.html.slice(0, 400)}`);
  return form.fields;
}

describe("a stored card on the page", () => {
  test("is charged less a discount, once the shopper has seen the total", async () => {
    const { json } = await request({ token: await newToken(), ...tenPerCent });
    const page = await visit(json.redirect_url);
    const again = await submit(formWith(page, "cc-csc"), code);
    expect(again.status).toBe(200);
    expect(again.html).toContain("Ten off");
    const form = formWith(again, "cc-csc");
    expect(form.tokens.has("cc-number")).toBe(false);
    expect(form.fields.get("total")).toBe("45000");
    expect((await query(json.tran_ref)).payment_result.response_status).toBe("P");
    expect(returned(await submit(form, code)).get("respStatus")).toBe("A");
    expect(await query(json.tran_ref)).toMatchObject({
      cart_amount: "500.00",
      tran_total: "450.00",
    });
    expect(await callbackOf(json.cart_id)).toMatchObject({ tran_total: "450.00" });
  });

  test("that the shop does not take is refused, and nobody asked", async () => {
    const { json } = await request({ token: await newToken(), ...onlyMastercard });
    const page = await visit(json.redirect_url);
    const end = returned(await submit(formWith(page, "cc-csc"), code));
    expect([end.get("respStatus"), end.get("respCode")]).toEqual(["D", "354"]);
  });

  test("of a brand that is not among the methods gives way to a whole card", async () => {
    const { json } = await request({ token: await newToken(), payment_methods: ["mada"] });
    const page = await visit(json.redirect_url);
    expect(formWith(page, "cc-csc").tokens.has("cc-number")).toBe(true);
  });

  test("pays the amount the shopper chose", async () => {
    const { json } = await request({
      token: await newToken(),
      donation_mode: true,
      cart_min: "10",
      cart_max: "900",
    });
    const page = await visit(json.redirect_url);
    const form = formWith(page, "cc-csc");
    expect(returned(await submit(form, { ...code, amount: "25" })).get("respStatus")).toBe("A");
    expect(await query(json.tran_ref)).toMatchObject({ tran_total: "25.00" });
  });
});

describe("a typed card that is stored", () => {
  test("is charged less a discount; the tick outlives the new total", async () => {
    const { json } = await request({ tokenise: 2, show_save_card: true, ...tenPerCent });
    const form = formWith(await visit(json.redirect_url), "cc-number");
    const billing = askedBilling(form);
    const again = await submit(form, { ...billing, ...typed, save_card: "1" });
    const confirm = formWith(again, "cc-number");
    expect(confirm.fields.get("save_card")).toBe("1");
    const end = await submit(confirm, { ...askedBilling(confirm), ...code });
    expect(returned(end).get("token")).toMatch(/^[0-9A-F]{32}$/);
    expect(await query(json.tran_ref)).toMatchObject({
      tran_total: "450.00",
      customer_details: { city: billing["city"] },
      token: expect.any(String),
    });
  });

  test("keeps price and details through 3-D Secure", async () => {
    const { json } = await request({
      tokenise: 2,
      card_discounts: [{ discount_cards: "4000000000", discount_amount: "100" }],
    });
    const form = formWith(await visit(json.redirect_url), "cc-number");
    const values = { ...askedBilling(form), ...typed, number: "4000000000000002", total: "40000" };
    const challenge = await submit(form, values);
    const end = await submit(formWith(challenge, "one-time-code"), { decision: "approve" });
    expect(returned(end).get("token")).toMatch(/^[0-9A-F]{32}$/);
    const callback = await callbackOf(json.cart_id);
    expect(callback).toMatchObject({ tran_total: "400.00", token: returned(end).get("token") });
    expect(callback.customer_details.city).toBe("Riyadh");
  });
});

test("a page that only checks a card offers no bill", async () => {
  const { json } = await request({ tran_type: "register", tokenise: 2 });
  const page = await visit(json.redirect_url);
  expect(page.html).not.toContain('data-way="');
  const { json: sale } = await request({});
  expect((await visit(sale.redirect_url)).html).toContain('data-way="sadad"');
  const { json: refused } = await request({ tran_type: "register", payment_methods: ["sadad"] });
  expect(refused.code).toBe(112);
});

describe("a card without a page", () => {
  const direct: [string, () => Promise<object>][] = [
    ["from the shop's own form", async () => ({ card_details: visa })],
    ["from the vault", async () => ({ token: await newToken(), tran_class: "recurring" })],
  ];

  test.each(direct)("%s is charged less a discount", async (_name, card) => {
    const { json } = await request({ ...(await card()), ...tenPerCent });
    expect(json).toMatchObject({
      cart_amount: "500.00",
      tran_total: "450.00",
      payment_result: { response_status: "A" },
    });
    expect(await query(json.tran_ref)).toMatchObject({ tran_total: "450.00" });
    expect(await callbackOf(json.cart_id)).toMatchObject({ tran_total: "450.00" });
    const refund = { tran_type: "refund", tran_ref: json.tran_ref, cart_amount: "450.01" };
    expect((await request(refund)).json.code).toBe(118);
    const all = await request({ ...refund, cart_amount: "450.00" });
    expect(all.json.payment_result.response_status).toBe("A");
  });

  test.each(direct)("%s is refused by card_filter", async (_name, card) => {
    const { status, json } = await request({ ...(await card()), ...onlyMastercard });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      payment_result: { response_status: "D", response_code: "354" },
      payment_info: { payment_description: "4111 11## #### 1111" },
    });
    expect((await callbackOf(json.cart_id)).payment_result.response_code).toBe("354");
    expect((await query(json.tran_ref)).payment_result.response_code).toBe("354");
  });

  test("names a faulty rule, and writes nothing", async () => {
    const before = await countPayments();
    const { json } = await request({ card_details: visa, card_filter: "4111x" });
    expect([json.code, json.message]).toEqual([2, expect.stringContaining("card_filter")]);
    expect(await countPayments()).toBe(before);
  });
});

test("a capture with the class and token of a recurring payment is a capture", async () => {
  const token = await newToken();
  const { json: held } = await request({ tran_type: "auth", tran_class: "recurring", token });
  const { json } = await request({
    tran_type: "capture",
    tran_class: "recurring",
    token,
    tran_ref: held.tran_ref,
    cart_amount: "500.00",
  });
  expect(json).toMatchObject({
    tran_type: "Capture",
    previous_tran_ref: held.tran_ref,
    payment_result: { response_status: "A" },
  });
});

test("the payment that made a token can be refunded, and its token stays", async () => {
  const { json } = await request({ tokenise: 2, card_details: visa });
  const refund = { tran_type: "refund", tran_ref: json.tran_ref, cart_amount: "500.00" };
  const { json: refunded } = await request(refund);
  expect(refunded.payment_result.response_status).toBe("A");
  expect(refunded).not.toHaveProperty("token");
  expect((await gateway.call("/payment/token", { token: json.token })).status).toBe(200);
});
