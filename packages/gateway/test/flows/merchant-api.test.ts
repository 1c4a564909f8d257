import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";

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

const request = (changes: object = {}) =>
  gateway.call("/payment/request", { ...goodRequest, ...changes });

const countPayments = async (of: TestGateway = gateway): Promise<bigint> => {
  const { rows } = await of.database.pool.query("select count(*) as n from transaction");
  return rows[0].n;
};

describe("a page is created", () => {
  test("with the members, types and order of the published reply", async () => {
    const reply = await request({
      callback: "https://shop.example/paytabs/callback",
      return: "https://shop.example/thanks",
      customer_details: {
        name: "Sara Ali",
        email: "sara@example.com",
        phone: "+966500000001",
        street1: "King Rd 1",
        city: "Riyadh",
        state: "Riyadh",
        country: "SAU",
        zip: "12345",
        ip: "203.0.113.9",
      },
    });
    expect(reply.status).toBe(200);
    expect(reply.contentType).toMatch(/^application\/json/);
    expect(Object.keys(reply.json)).toEqual([
      "tran_ref",
      "tran_type",
      "cart_id",
      "cart_description",
      "cart_currency",
      "cart_amount",
      "tran_currency",
      "tran_total",
      "callback",
      "return",
      "redirect_url",
      "customer_details",
      "serviceId",
      "profileId",
      "merchantId",
      "trace",
    ]);
    expect(reply.json).toMatchObject({
      tran_ref: expect.stringMatching(/^TST\d{5}\d{8}$/),
      tran_type: "Sale",
      cart_amount: "500.00",
      tran_currency: "",
      tran_total: "0",
      callback: "https://shop.example/paytabs/callback",
      return: "https://shop.example/thanks",
      redirect_url: expect.stringMatching(
        /^http:\/\/127\.0\.0\.1:\d+\/payment\/page\/[0-9A-F]{56}$/,
      ),
      customer_details: { state: "01", country: "SA", ip: "203.0.113.9" },
      serviceId: 2,
      profileId: 45001,
      merchantId: 20001,
      trace: expect.stringMatching(/^PMNT0101\.[0-9A-F]{8}\.[0-9A-F]{8}$/),
    });
  });

  test("without addresses, which read none", async () => {
    const { json } = await request({ callback: null, return: "" });
    expect(json).toMatchObject({ callback: "none", return: "none" });
    expect(json).not.toHaveProperty("code");
  });

  test.each([
    ["an amount as text", { cart_amount: "950" }, { cart_amount: "950.00" }],
    ["Python's float text", { cart_amount: "500.0" }, { cart_amount: "500.00" }],
    [
      "three decimals for Kuwait",
      { cart_currency: "kwd", cart_amount: 1.5 },
      { cart_amount: "1.500" },
    ],
    ["a lower-case currency", { cart_currency: "aed" }, { cart_currency: "AED" }],
    ["a profile id as text", { profile_id: "45001" }, { profileId: 45001 }],
    ["no class", { tran_class: undefined }, { tran_type: "Sale" }],
    ["an authorisation", { tran_type: "auth" }, { tran_type: "Auth" }],
    ["empty details", { customer_details: [], shipping_details: null }, { customer_details: {} }],
    ["null members", { customer_details: { name: null, email: "" } }, { customer_details: {} }],
    ["an empty language", { paypage_lang: "" }, { serviceId: 2 }],
    ["unknown members", { airline_data: { pnr_code: "X" }, whatever: [1] }, { serviceId: 2 }],
    ["plugin info", { plugin_info: { cart_name: "PHP SDK" } }, { paymentChannel: "PHP SDK" }],
    ["card methods", { payment_methods: ["card"] }, { serviceId: 2 }],
    ["empty shipping", { shipping_details: {}, card_discounts: [] }, { serviceId: 2 }],
    ["a numeric cart id", { cart_id: 7001 }, { cart_id: "7001" }],
    ["frame flags", { framed: false, framed_message_target: null }, { serviceId: 2 }],
    [
      "user_defined",
      { user_defined: { udf1: "web", package: "x" } },
      { user_defined: { udf1: "web" } },
    ],
    ["Arabic text", { cart_description: "سلة مشتريات" }, { cart_description: "سلة مشتريات" }],
  ])("with %s", async (_name, changes, expected) => {
    const { status, json } = await request(changes);
    expect(json).toMatchObject(expected);
    expect(status).toBe(200);
  });

  test.each([
    ["none", {}],
    ["a form's", { "content-type": "application/x-www-form-urlencoded" }],
    ["a misspelt one", { "content-type": "applicationn/json" }],
    ["no media type at all", { "content-type": "nonsense" }],
  ])("whatever the content type is: %s", async (_name, headers) => {
    const body = new TextEncoder().encode(JSON.stringify({ profile_id: 45001, ...goodRequest }));
    expect((await gateway.callRaw("/payment/request", body, headers)).status).toBe(200);
  });

  test("below a path with a doubled slash", async () => {
    expect((await gateway.call("//payment/request", goodRequest)).status).toBe(200);
  });
});

const circled = "https://ⓔxample.com/cb";

const refusals: [name: string, changes: object, code: number, message: RegExp][] = [
  ["a negative amount", { cart_amount: -1 }, 2, /cart_amount must not be negative/],
  ["zero", { cart_amount: 0 }, 2, /cart_amount must be greater than zero/],
  ["an amount in words", { cart_amount: "NaN" }, 2, /cart_amount must be a decimal number/],
  ["too many decimals", { cart_amount: 1.005 }, 2, /cart_amount has more decimals/],
  ["no amount", { cart_amount: null }, 2, /cart_amount is required/],
  ["no amount at all", { cart_amount: undefined }, 2, /cart_amount is required/],
  ["an amount as object", { cart_amount: {} }, 2, /cart_amount must be a decimal/],
  ["an unknown currency", { cart_currency: "ZZZ" }, 206, /cart_currency is not an ISO 4217/],
  ["a currency not enabled", { cart_currency: "TRY" }, 206, /TRY is not enabled.*SAR/],
  ["a cart id of 65 characters", { cart_id: "x".repeat(65) }, 2, /cart_id must have at most 64/],
  ["no cart id", { cart_id: undefined }, 2, /cart_id is required/],
  ['the cart id "0"', { cart_id: "0" }, 2, /cart_id must not be "0"/],
  ["a long description", { cart_description: "x".repeat(129) }, 2, /cart_description .* 128/],
  ["an unknown type", { tran_type: "gift" }, 2, /tran_type must be one of sale/],
  ["a follow-up of nothing", { tran_type: "refund" }, 2, /tran_ref is required/],
  ["a recurring class", { tran_class: "recurring" }, 112, /recurring/],
  ["half a card", { card_details: { pan: "4111111111111111" } }, 2, /card_details.expiry_month/],
  ["methods of other currencies", { payment_methods: ["valu"] }, 112, /payment_methods/],
  ["a lifetime of no minutes", { paypage_ttl: 0 }, 2, /paypage_ttl must be a whole number/],
  ["control characters", { cart_description: "a\u0007b" }, 2, /cart_description must not contain/],
  [
    "a lone surrogate",
    { customer_details: { city: "\ud800" } },
    2,
    /customer_details.city .*Unicode/,
  ],
  ["callback file:", { callback: "file:///etc/passwd" }, 2, /callback must/],
  ["callback with user info", { callback: "https://a:b@shop.example/" }, 2, /callback must not/],
  ["callback of 256", { callback: `https://s.example/${"x".repeat(238)}` }, 2, /callback .*255/],
  ["callback with an IDN trick", { callback: circled }, 2, /callback .*host/],
  ["callback in octal", { callback: "http://0177.0.0.1/cb" }, 2, /callback .*host/],
  ["callback metadata", { callback: "http://169.254.169.254/latest" }, 2, /callback/],
  ["return javascript:", { return: "javascript:alert(1)" }, 2, /return must begin with https/],
  [
    "return with user info",
    { return: "https://a:b@shop.example/" },
    2,
    /return must not contain a user/,
  ],
  ["details that are text", { customer_details: "Sara" }, 2, /customer_details must be an object/],
];

describe("a bad request gets a JSON error, and nothing is written", () => {
  test.each(refusals)("%s", async (_name, changes, code, message) => {
    const before = await countPayments();
    const { status, contentType, json } = await request(changes);
    expect(json).toEqual({
      code,
      message: expect.stringMatching(message),
      trace: expect.stringMatching(/^PMNT0101\./),
    });
    expect(status).toBe(400);
    expect(contentType).toMatch(/^application\/json/);
    expect(JSON.stringify(json)).not.toContain("4111111111111111");
    expect(await countPayments()).toBe(before);
  });

  test.each([
    ["callback with a port", { callback: "https://shop.example:8443/cb" }, /port/],
    ["callback to a private address", { callback: "http://10.0.0.7/cb" }, /private|public/],
    ["callback to localhost", { callback: "http://localhost/cb" }, /localhost|public/],
  ])("%s, under strict rules", async (_name, changes, message) => {
    const { status, json } = await strict.call("/payment/request", { ...goodRequest, ...changes });
    expect(json).toMatchObject({ code: 2, message: expect.stringMatching(message) });
    expect(json.message).toMatch(/callback/);
    expect(status).toBe(400);
    expect(await countPayments(strict)).toBe(0n);
  });

  const bodies: [name: string, body: string, status: number, message: RegExp][] = [
    ["no JSON", "hello", 400, /not JSON/],
    ["nothing", "", 400, /empty/],
    ["an array", "[]", 400, /array/],
    ["2 MB", `{"a":"${"x".repeat(2_000_000)}"}`, 413, /larger than/],
    ["10 000 brackets", `{"a":${"[".repeat(10_000)}`, 400, /nests deeper/],
    ["NaN", '{"profile_id":45001,"cart_amount":NaN}', 400, /not JSON/],
    ["a broken number of the profile", '{"profile_id":"x"}', 400, /profile_id/],
    ["no profile", "{}", 400, /profile_id is required/],
  ];
  test.each(bodies)("%s", async (_name, body, status, message) => {
    const reply = await gateway.callRaw("/payment/request", body);
    expect(reply.json).toMatchObject({ code: 2, message: expect.stringMatching(message) });
    expect(reply.status).toBe(status);
  });

  test("1e400", async () => {
    const body = JSON.stringify({ profile_id: 45001, ...goodRequest }).replace(
      '"cart_amount":500',
      '"cart_amount":1e400',
    );
    const { status, json } = await gateway.callRaw("/payment/request", body);
    expect([status, json.code, json.message]).toEqual([
      400,
      2,
      "Invalid request: cart_amount is too large",
    ]);
  });

  test.each([
    ["a wrong key", { authorization: "SAAAAAAAAA-AAAAAAAAAA-AAAAAAAAAA" }],
    ["an empty key", { authorization: "" }],
    ["a bearer token", { authorization: "Bearer x" }],
  ])("%s", async (_name, headers) => {
    const body = JSON.stringify({ profile_id: 45001, ...goodRequest });
    const { status, json } = await gateway.callRaw("/payment/request", body, headers);
    expect([status, json.code]).toEqual([401, 1]);
    expect(json.message).toBe("Authentication failed. Check authentication header.");
  });

  test("another profile's key", async () => {
    const { serverKey } = strict.profile;
    expect((await gateway.call("/payment/request", goodRequest, serverKey)).status).toBe(401);
    const other = await gateway.call("/payment/request", { ...goodRequest, profile_id: 45002 });
    expect([other.status, other.json.code]).toEqual([401, 1]);
  });

  test("another method, another path", async () => {
    const get = await fetch(`${gateway.url}/payment/request`);
    expect(get.status).toBe(400);
    expect(await get.json()).toMatchObject({ code: 2 });
    const unknown = await gateway.call("/payment/nothing", {});
    expect([unknown.status, unknown.json.code]).toEqual([404, 2]);
  });

  test("no key and no body is repeated in an error", async () => {
    const { json } = await gateway.callRaw("/payment/request", '{"pan":4111111111111111,}');
    expect(JSON.stringify({ ...json, trace: "" })).not.toMatch(/4111|pan/);
  });
});

describe("a query before the payment", () => {
  test("by reference shows it pending", async () => {
    const created = await request({ cart_id: "query-1", user_defined: { udf1: "a" } });
    const { json } = await gateway.call("/payment/query", { tran_ref: created.json.tran_ref });
    expect(json).toMatchObject({
      tran_ref: created.json.tran_ref,
      cart_id: "query-1",
      tran_total: "0",
      payment_result: { response_status: "P", response_code: "600", response_message: "Pending" },
      payment_info: { payment_description: "No Payment" },
      user_defined: { udf1: "a" },
      serviceId: 2,
      profileId: 45001,
      merchantId: 20001,
    });
    expect(Object.keys(json.payment_result)).toHaveLength(4);
  });

  test("by cart lists the newest first", async () => {
    const first = await request({ cart_id: "query-2" });
    const second = await request({ cart_id: "query-2", cart_amount: 501 });
    const { status, json } = await gateway.call("/payment/query", { cart_id: "query-2" });
    expect(status).toBe(200);
    const refs = json.map((item: { tran_ref: string }) => item.tran_ref);
    expect(refs).toEqual([second.json.tran_ref, first.json.tran_ref]);
    expect(json[0]).toMatchObject({ serviceId: 0 });
    for (const member of ["shipping_details", "token", "paymentChannel", "profileId", "trace"]) {
      expect(json[0]).not.toHaveProperty(member);
    }
  });

  test("of an unknown cart is an empty list, of an unknown reference an error", async () => {
    expect((await gateway.call("/payment/query", { cart_id: "nobody" })).json).toEqual([]);
    const { status, json } = await gateway.call("/payment/query", { tran_ref: "TST2600000000000" });
    expect([status, json.code]).toEqual([400, 113]);
    expect(json.message).toContain("Transaction not found");
    expect(json.message).toContain("ErrorCode = 2000");
  });

  test("needs one of the two", async () => {
    for (const body of [{}, { tran_ref: "TST1", cart_id: "x" }]) {
      const { status, json } = await gateway.call("/payment/query", body);
      expect([status, json.code]).toEqual([400, 2]);
    }
  });
});
