import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";
import { type Form, type Page, Shop, submit, typeCard, visit } from "../support/stranger.ts";

let gateway: TestGateway;
let shop: Shop;
let carts = 0;

beforeAll(async () => {
  gateway = await startTestGateway({ config: { alternativeRates: "SAR/USD=0.2666" } });
  shop = await new Shop().open();
  await gateway.database.pool.query(
    `insert into page_theme (profile_id, config_id, name, accent, monogram)
     values ($1, 7, 'autumn', '#7a1f5c', 'QB')`,
    [gateway.profile.profileId],
  );
});

afterAll(async () => {
  await gateway.stop();
  await shop.close();
});

const customer = {
  name: "Sara Ali",
  email: "sara@example.com",
  phone: "+966500000001",
  street1: "King Rd 1",
  city: "Riyadh",
  state: "Riyadh",
  country: "SA",
  zip: "12345",
};

const visa = { number: "4111 1111 1111 1111", code: "123" };
const master = { number: "5200 0000 0000 0114", code: "977" };
const mada = { number: "4464 0400 0000 0007", code: "123" };

const request = (changes: object = {}) =>
  gateway.call("/payment/request", {
    ...goodRequest,
    customer_details: customer,
    hide_shipping: true,
    ...changes,
  });

/** A payment whose Callback can be waited for. */
async function open(changes: object = {}) {
  carts += 1;
  const path = `/callback/${carts}`;
  const { json } = await request({ callback: shop.url + path, ...changes });
  const page = await visit(json.redirect_url);
  const callback = async () => JSON.parse((await shop.waitFor(path)).body.toString());
  return { ref: json.tran_ref as string, page, callback };
}

function cardForm(page: Page): Form {
  const form = page.forms.find(({ tokens }) => tokens.has("cc-number"));
  if (form === undefined) throw new Error(`no card form on ${page.url}`);
  return form;
}

/** Fills more of the form than the card, as the shopper would. */
function typeAlso(page: Page, values: Readonly<Record<string, string>>): Page {
  const form = cardForm(page);
  const fields = new Map([...form.fields, ...Object.entries(values)]);
  return { ...page, forms: [{ ...form, fields }] };
}

const query = async (ref: string) => (await gateway.call("/payment/query", { tran_ref: ref })).json;

async function countPayments(): Promise<bigint> {
  const { rows } = await gateway.database.pool.query("select count(*) as n from transaction");
  return rows[0].n;
}

describe("a request is refused, and nothing is written", () => {
  test.each<[name: string, changes: object, code: number, message: RegExp]>([
    [
      "a provider's method of another currency",
      { payment_methods: ["knet"] },
      112,
      /knet takes KWD/,
    ],
    [
      "a method of another currency",
      { payment_methods: ["mada"], cart_currency: "USD" },
      112,
      /mada takes SAR only/,
    ],
    [
      "everything excluded",
      { payment_methods: ["-card", "-mada", "-amex", "-sadad"] },
      112,
      /creditcard is excluded/,
    ],
    ["no such method", { payment_methods: ["bit<coin"] }, 112, /bit\?coin is no method/],
    ["methods that are no list", { payment_methods: "card" }, 2, /payment_methods must be a list/],
    ["a filter with a whole number", { card_filter: "4111111111111111" }, 2, /card_filter must/],
    ["a filter of words", { card_filter: "visa" }, 2, /card_filter must/],
    ["a long filter", { card_filter: "4111,".repeat(60) }, 2, /card_filter .*255/],
    [
      "a discount for everybody",
      { card_discounts: [{ discount_cards: "4", discount_amount: 1 }] },
      2,
      /card_discounts\.0\.discount_cards must/,
    ],
    [
      "a discount of nothing",
      { card_discounts: [{ discount_cards: "4111" }] },
      2,
      /card_discounts\.0\.discount_percent must/,
    ],
    [
      "more than the whole",
      { card_discounts: [{ discount_cards: "4111", discount_percent: 100.01 }] },
      2,
      /discount_percent must/,
    ],
    [
      "two kinds of discount at once",
      { card_discounts: [{ discount_cards: "4111", discount_percent: 5, discount_amount: 1 }] },
      2,
      /must not stand beside/,
    ],
    [
      "bounds the wrong way round",
      { donation_mode: true, cart_min: 10, cart_max: 5 },
      2,
      /cart_max must not be below cart_min/,
    ],
    ["a bound in words", { donation_mode: true, cart_min: "few" }, 2, /cart_min must/],
    ["a currency that is none", { alt_currency: "XYZ" }, 2, /alt_currency must/],
    [
      "a target with a path",
      { framed: true, framed_message_target: "https://a.example/x" },
      2,
      /framed_message_target must/,
    ],
    [
      "a target over http",
      { framed: true, framed_message_target: "http://a.example" },
      2,
      /https origin/,
    ],
    ["any target", { framed: true, framed_message_target: "*" }, 2, /framed_message_target must/],
  ])("%s", async (_name, changes, code, message) => {
    const before = await countPayments();
    const { status, json } = await request(changes);
    expect([status, json.code]).toEqual([400, code]);
    expect(json.message).toMatch(message);
    expect(await countPayments()).toBe(before);
  });
});

test("what platforms send when they mean nothing is taken for nothing", async () => {
  const { status } = await request({
    framed: false,
    framed_message_target: null,
    framed_return_top: true,
    framed_return_parent: true,
    force_full_ui: false,
    payment_methods: [],
    card_filter: "",
    card_discounts: null,
    donation_mode: false,
    cart_min: null,
    cart_max: 0,
    alt_currency: null,
    config_id: null,
    airline_data: null,
    invoice: { line_items: null },
    plugin_info: { cart_name: "Shop", cart_version: null, plugin_version: "" },
  });
  expect(status).toBe(200);
});

const brandsOf = ({ html }: Page) =>
  [...html.matchAll(/data-brand="(\w+)"/g)].map(([, brand]) => brand);

describe("methods", () => {
  test.each([
    [["all"], ["mada", "Visa", "MasterCard", "AmericanExpress"]],
    [
      ["any", "-mada"],
      ["Visa", "MasterCard", "AmericanExpress"],
    ],
    [["Card"], ["Visa", "MasterCard"]],
    [["mada", "sadad"], ["mada"]],
    [
      ["-amex", "-tabby"],
      ["mada", "Visa", "MasterCard"],
    ],
  ])("%j leave %j", async (methods, brands) => {
    const { page } = await open({ payment_methods: methods });
    expect(brandsOf(page)).toEqual(brands);
  });

  test("the currency leaves those that take it", async () => {
    const { page } = await open({ cart_currency: "KWD" });
    expect(brandsOf(page)).toEqual(["Visa", "MasterCard"]);
  });

  test("a card of another method is refused at its field, and another one pays", async () => {
    const { page, callback } = await open({ payment_methods: ["mada"] });
    const refused = await typeCard(page, visa);
    expect(refused.status).toBe(422);
    expect(refused.html).toContain("This kind of card is not accepted here");
    await typeCard(refused, mada);
    expect((await callback()).payment_info.card_scheme).toBe("mada");
  });

  test("a profile offers what is enabled on it", async () => {
    const other = await startTestGateway();
    await other.database.pool.query("update profile set payment_methods = '{mada}'");
    const { json } = await other.call("/payment/request", {
      ...goodRequest,
      payment_methods: ["card"],
    });
    expect(json).toMatchObject({ code: 112 });
    expect(json.message).toContain("creditcard is not enabled on this profile");
    await other.stop();
  });
});

test("a card that the shop's filter does not name is D/354, and no acquirer is asked", async () => {
  const options = { card_filter: "5200, 4000", card_filter_title: "Cards of our bank" };
  const { ref, page, callback } = await open(options);
  expect(page.html).toContain("Cards of our bank");
  await typeCard(page, visa);
  expect(await callback()).toMatchObject({
    payment_result: { response_status: "D", response_code: "354" },
    payment_info: { payment_description: "4111 11## #### 1111" },
  });
  const { rows } = await gateway.database.pool.query(
    `select kind, actor from transaction_event where tran_ref = $1 order by event_id`,
    [ref],
  );
  expect(rows.map(({ kind, actor }) => `${kind} by ${actor}`)).toEqual([
    "requested by merchant",
    "page_opened by shopper",
    "card_refused by gateway",
    "completed by gateway",
    "return_handed_over by shopper",
  ]);
  const { page: taken, callback: paid } = await open(options);
  await typeCard(taken, master);
  expect((await paid()).payment_result.response_status).toBe("A");
});

describe("a discount", () => {
  const options = {
    cart_amount: 115,
    card_discounts: [
      { discount_cards: "411111", discount_percent: "10", discount_title: "Ten off" },
      { discount_cards: "4000,5498", discount_amount: 15.5 },
    ],
  };

  test("is shown before anything is charged, and then charged", async () => {
    const { ref, page, callback } = await open(options);
    expect(page.html).toContain("Ten off");
    const shown = await typeCard(page, visa);
    expect(shown.status).toBe(200);
    expect(shown.html).toContain("103.50");
    expect((await query(ref)).payment_result.response_code).toBe("600");
    const paid = await typeCard(shown, visa);
    expect(paid.url).toContain("/result");
    expect(paid.html).toMatch(/103\.50[\s\S]*115\.00/);
    expect(await callback()).toMatchObject({
      cart_amount: "115.00",
      tran_total: "103.50",
      payment_result: { response_status: "A" },
    });
    expect(await query(ref)).toMatchObject({ cart_amount: "115.00", tran_total: "103.50" });
  });

  test("goes through at once when a script has shown the total", async () => {
    const { page, callback } = await open(options);
    await typeCard(typeAlso(page, { total: "10350" }), visa);
    expect((await callback()).tran_total).toBe("103.50");
  });

  test("is not what somebody writes into the form", async () => {
    const { ref, page } = await open(options);
    const shown = await typeCard(typeAlso(page, { total: "1" }), visa);
    expect(shown.html).toContain("103.50");
    expect((await query(ref)).payment_result.response_code).toBe("600");
  });

  test("does not stay when another card is typed", async () => {
    const { page, callback } = await open(options);
    const withDiscount = await typeCard(page, visa);
    const without = await typeCard(withDiscount, master);
    expect(without.html).toContain("The total has changed");
    await typeCard(without, master);
    expect((await callback()).tran_total).toBe("115.00");
  });

  test("is what the issuer asks the shopper for", async () => {
    const { page } = await open(options);
    const threeDs = { number: "4000 0000 0000 0002", code: "123" };
    const challenge = await typeCard(await typeCard(page, threeDs), threeDs);
    expect(challenge.html).toContain("99.50");
    const form = challenge.forms.find(({ tokens }) => tokens.has("one-time-code"));
    const result = await submit(form as Form, { decision: "approve" });
    expect(result.html).toContain("99.50");
  });
});

describe("the shopper chooses the amount", () => {
  const options = { donation_mode: true, cart_min: 10, cart_max: "500", cart_amount: 50 };

  test.each([
    ["75.5", "75.50"],
    ["١٠٠٫٥", "100.50"],
    ["500", "500.00"],
  ])("%s is charged as %s", async (typed, amount) => {
    const { page, callback, ref } = await open(options);
    expect(cardForm(page).fields.get("amount")).toBe("50.00");
    await typeCard(typeAlso(page, { amount: typed }), visa);
    expect(await callback()).toMatchObject({ cart_amount: amount, tran_total: amount });
    expect(await query(ref)).toMatchObject({ cart_amount: amount });
  });

  test.each([
    ["9.99", "The least you can pay here is SAR 10.00"],
    ["500.01", "The most you can pay here is SAR 500.00"],
    ["", "Enter the amount you want to pay"],
    ["12.345", "Enter the amount in digits"],
    ["0", "The least you can pay"],
    ["9".repeat(30), "The most you can pay"],
  ])("%j is not charged", async (typed, message) => {
    const { page, ref } = await open(options);
    const refused = await typeCard(typeAlso(page, { amount: typed }), visa);
    expect(refused.status).toBe(422);
    expect(refused.html.replaceAll("\u00A0", " ")).toContain(message);
    expect((await query(ref)).payment_result.response_code).toBe("600");
  });

  test("a discount applies to what was chosen", async () => {
    const { page, callback } = await open({
      ...options,
      card_discounts: [{ discount_cards: "4111", discount_percent: 50 }],
    });
    const shown = await typeCard(typeAlso(page, { amount: "80" }), visa);
    expect(shown.html).toContain("40.00");
    await typeCard(shown, visa);
    expect(await callback()).toMatchObject({ cart_amount: "80.00", tran_total: "40.00" });
  });
});

describe("details that are missing", () => {
  test("are asked for, and kept", async () => {
    const { page, callback, ref } = await open({ customer_details: { name: "Sara", email: "x" } });
    const form = cardForm(page);
    expect(form.fields.has("name")).toBe(false);
    expect(form.fields.get("email")).toBe("x");
    const refused = await typeCard(page, visa);
    expect(refused.html).toContain("Enter an email address like");
    await typeCard(typeAlso(refused, { email: "sara@example.com" }), visa);
    const details = { name: "Sara", email: "sara@example.com", city: "Riyadh", country: "SA" };
    expect((await callback()).customer_details).toMatchObject(details);
    expect((await query(ref)).customer_details).toMatchObject(details);
  });

  test("a postal code is not called optional where the country has them", async () => {
    const hint = "Leave it empty if your country has none";
    const missing = "Enter your postal code";
    const known = await open({ customer_details: { ...customer, zip: "" } });
    expect(known.page.html).not.toContain(hint);
    const refused = await submit(cardForm(known.page), { zip: "" });
    expect(refused.html).toContain(missing);
    expect(refused.html).not.toContain(hint);
    const unknown = await open({ customer_details: { ...customer, country: "", zip: "" } });
    expect(unknown.page.html).toContain(hint);
    const again = await submit(cardForm(unknown.page), { country: "" });
    expect(again.html).toContain(missing);
    expect(again.html).not.toContain(hint);
    const emirates = await open({ customer_details: { ...customer, country: "AE", zip: "?" } });
    expect(emirates.page.html).toContain(hint);
  });

  test("after a mistake the page still offers the other language", async () => {
    const { page, callback } = await open({ customer_details: { ...customer, email: "bademail" } });
    const refused = await typeCard(page, visa);
    expect(refused.status).toBe(422);
    const link = /<a\s+class="language"\s+href="([^"]+)"/.exec(refused.html)?.[1] ?? "";
    const arabic = await visit(new URL(link, refused.url).href);
    expect(arabic.html).toContain('lang="ar"');
    expect(cardForm(arabic).fields.get("security_code")).toBe("");
    const paid = await typeCard(typeAlso(arabic, { email: customer.email }), visa);
    expect(paid.url).toMatch(/\/result\?lang=ar$/);
    expect((await callback()).payment_result.response_status).toBe("A");
  });

  test("hostile text is kept as text", async () => {
    const { page, callback } = await open({ customer_details: {} });
    await typeCard(typeAlso(page, { street1: "<b>\u0000\u0007Road' \uD800" }), visa);
    expect((await callback()).customer_details.street1).toMatch(/^<b> {2}Road' /);
  });

  test("whole details are not asked for", async () => {
    const { page } = await open();
    expect([...cardForm(page).fields.keys()]).toEqual([
      "number",
      "expiry",
      "security_code",
      "holder",
    ]);
  });
});

describe("where to deliver", () => {
  const address = {
    shipping_name: "Omar Ali",
    shipping_phone: "0500000002",
    shipping_street1: "Sea Rd 2",
    shipping_city: "Jeddah",
    shipping_state: "Makkah",
    shipping_country: "SA",
    shipping_zip: "21411",
  };

  test("is the billing address unless another one is typed", async () => {
    const { page, callback } = await open({ hide_shipping: false });
    await typeCard(page, visa);
    expect(await callback()).not.toHaveProperty("shipping_details");
    const other = await open({ hide_shipping: false });
    await typeCard(typeAlso(other.page, address), visa);
    expect((await other.callback()).shipping_details).toMatchObject({
      name: "Omar Ali",
      city: "Jeddah",
      state: "02",
    });
  });

  test("is asked for what is missing of it", async () => {
    const { page, callback } = await open({
      hide_shipping: false,
      shipping_details: { ...customer, city: "", email: "" },
    });
    expect(cardForm(page).fields.has("shipping_street1")).toBe(false);
    const refused = await typeCard(page, visa);
    expect(refused.status).toBe(422);
    await typeCard(typeAlso(refused, { shipping_city: "Jeddah" }), visa);
    expect((await callback()).shipping_details).toMatchObject({ city: "Jeddah", zip: "12345" });
  });

  test("stays hidden when the shop says so", async () => {
    const { page } = await open({ shipping_details: { city: "Jeddah" } });
    expect(page.html).not.toContain("shipping_");
  });
});

test("another currency stands beside the amount where there is a rate", async () => {
  const { page } = await open({ cart_amount: 115, alt_currency: "usd" });
  expect(page.html).toContain("30.66");
  const { page: without } = await open({ cart_amount: 115, alt_currency: "EUR" });
  expect(without.html).not.toContain("EUR");
});

test("a theme of the profile gives the colour, an unknown one the usual look", async () => {
  const { page } = await open({ config_id: "7" });
  expect(page.html).toContain("--accent:#7a1f5c");
  expect(page.html).toMatch(/monogram-own[^>]*>QB</);
  const { page: usual } = await open({ config_id: 8 });
  expect(usual.status).toBe(200);
  expect(usual.html).not.toContain("--accent:");
});

test("items, booking reference and a plugin's versions are kept, and shown where people read them", async () => {
  const item = { sku: "b-1", description: "Novel <1>", unit_cost: 40, quantity: 2 };
  const { page, ref } = await open({
    cart_amount: 95,
    invoice: { line_items: [item], shipping_charges: 20, extra_discount: "5.00" },
    airline_data: { pnr_code: "QX7RT2" },
    plugin_info: { cart_name: "Shop", cart_version: "8.1", plugin_version: "2.0" },
  });
  expect(page.html).toContain("Novel &lt;1&gt;");
  for (const text of ["80.00", "20.00", "QX7RT2"]) expect(page.html).toContain(text);
  const { rows } = await gateway.database.pool.query(
    "select options -> 'page' as page from transaction where tran_ref = $1",
    [ref],
  );
  expect(rows[0].page.plugin).toEqual({ cartVersion: "8.1", pluginVersion: "2.0" });
  const { page: wrong } = await open({ cart_amount: 96, invoice: { line_items: [item] } });
  expect(wrong.html).toContain("Novel");
  expect(wrong.html).not.toContain("80.00");
});

test("an invoice's lines are priced by its own arithmetic: shares, tax, parts of a whole", async () => {
  const line_items = [
    { description: "Chair", unit_cost: 100, quantity: 2, discount_rate: 10, tax_rate: "15" },
    { description: "Rope", unit_cost: "0.3333", quantity: "1.5" },
    { description: "Assembly", total: "64.5" },
  ];
  const { page } = await open({ cart_amount: 272, invoice: { line_items } });
  const text = page.html.replaceAll(/<[^>]*>/g, "").replaceAll(/\s+/g, " ");
  const chair = /Chair.*2 × 100.00.*discount 20.00.*tax 27.00.*SAR 207.00/;
  expect(text).toMatch(chair);
  expect(text).toMatch(/Rope.*1.5 × 0.3333.*SAR 0.50/);
  expect(text).toMatch(/Assembly.*SAR 64.50/);
  const { page: wrong } = await open({ cart_amount: 273, invoice: { line_items } });
  expect(wrong.html).not.toContain("100.00");
  expect(wrong.html).toContain("× ");
});

const policyOf = async (changes: object) => {
  const { json } = await request(changes);
  const { headers } = await fetch(json.redirect_url);
  const policy = headers.get("content-security-policy") ?? "";
  return [/frame-ancestors ([^;]*)/.exec(policy)?.[1], headers.get("x-frame-options")];
};

describe("who may show the page in a frame", () => {
  test.each<[name: string, changes: object, ancestors: string]>([
    ["nobody", { return: "https://shop.example/thanks" }, "'none'"],
    [
      "the return's origin",
      { framed: true, return: "https://shop.example/a?b" },
      "https://shop.example",
    ],
    [
      "the message's origin",
      { framed: "true", framed_message_target: "https://pay.shop.example/", return: "none" },
      "https://pay.shop.example",
    ],
    [
      "both",
      {
        framed: 1,
        framed_message_target: "https://pay.shop.example",
        return: "https://shop.example:8443/x",
      },
      "https://shop.example:8443 https://pay.shop.example",
    ],
    [
      "a page on this machine, in the sandbox",
      { framed: true, framed_message_target: "http://localhost:3000" },
      "http://localhost:3000",
    ],
    ["an IPv6 literal's scheme", { framed: true, return: "http://[::1]:3000/a" }, "http:"],
    [
      "any secure page, when none is named",
      { framed: true },
      "https: http://localhost:* http://127.0.0.1:*",
    ],
  ])("%s", async (_name, changes, ancestors) => {
    const denied = ancestors === "'none'" ? "DENY" : null;
    expect(await policyOf(changes)).toEqual([ancestors, denied]);
  });
});

test("a method that cannot be framed, or a frame in strict mode on this machine, is refused", async () => {
  const strict = await startTestGateway({ config: { strict: "true" } });
  const { json } = await strict.call("/payment/request", {
    ...goodRequest,
    framed: true,
    framed_message_target: "http://localhost:3000",
  });
  expect(json).toMatchObject({ code: 2 });
  expect(json.message).toContain("framed_message_target");
  await strict.stop();
});
