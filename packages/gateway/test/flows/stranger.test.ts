import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import {
  cancel,
  goBackToShop,
  type Page,
  passChallenge,
  Shop,
  submit,
  typeCard,
  typeCardAndVanish,
  verifyCallback,
  verifyReturn,
  visit,
} from "../support/stranger.ts";

let gateway: TestGateway;
let shop: Shop;

const lines: string[] = [];
const log = pino({ level: "error" }, { write: (line: string) => void lines.push(line) });
const failures = () => lines.filter((line) => line.includes("a page failed"));

beforeAll(async () => {
  gateway = await startTestGateway({ log });
  shop = await new Shop().open();
});

afterAll(async () => {
  await gateway.stop();
  await shop.close();
});

let carts = 0;

async function createPayment(changes: object = {}) {
  carts += 1;
  const cart = `طلب-${carts}/*~`;
  const { json } = await gateway.call("/payment/request", {
    tran_type: "sale",
    tran_class: "ecom",
    cart_id: cart,
    cart_description: "سلة مشتريات / basket & more",
    cart_currency: "SAR",
    cart_amount: 115.5,
    callback: `${shop.url}/callback/${carts}`,
    return: `${shop.url}/return/${carts}?mode=x`,
    customer_details: { name: "Sara Ali", email: "sara+test@example.com" },
    user_defined: { udf1: "web" },
    ...changes,
  });
  const path = (way: "callback" | "return") => `/${way}/${carts}`;
  return { ref: json.tran_ref as string, url: json.redirect_url as string, cart, path };
}

const visa = { number: "4111 1111 1111 1111", code: "123" };

const card =
  (number: string, code = "123") =>
  (page: Page) =>
    typeCard(page, { number, code });

interface Case {
  readonly name: string;
  readonly steps: readonly ((page: Page) => Promise<Page>)[];
  readonly status: string;
  readonly code: RegExp;
  readonly message: string;
}

const cases: readonly Case[] = [
  {
    name: "paid",
    steps: [card(visa.number)],
    status: "A",
    code: /^G\d{5}$/,
    message: "Authorised",
  },
  {
    name: "paid after 3-D Secure",
    steps: [card("4000000000000002"), passChallenge("approve")],
    status: "A",
    code: /^G\d{5}$/,
    message: "Authorised",
  },
  {
    name: "declined for a wrong code",
    steps: [card("5200 0000 0000 0114", "111")],
    status: "D",
    code: /^305$/,
    message: "Card security code (CVV) mismatch",
  },
  {
    name: "declined for want of funds",
    steps: [card("4000000000003162")],
    status: "D",
    code: /^316$/,
    message: "Insufficient funds",
  },
  {
    name: "cancelled",
    steps: [cancel],
    status: "C",
    code: /^321$/,
    message: "Cancelled",
  },
  {
    name: "rejected at 3-D Secure",
    steps: [card("4012001036983332", "530"), passChallenge("reject")],
    status: "D",
    code: /^310$/,
    message: "3DSecure authentication rejected",
  },
  {
    name: "refused by its one-time code",
    steps: [card("5200000000000007", "977"), passChallenge("approve", "3333")],
    status: "D",
    code: /^346$/,
    message: "Card issuer unable to process 3DSecure",
  },
  {
    name: "held",
    steps: [card("4000000000001208")],
    status: "H",
    code: /^G\d{5}$/,
    message: "Authorised",
  },
];

const threeDsMembers = [
  "responseLevel",
  "responseStatus",
  "enrolled",
  "paResStatus",
  "eci",
  "cavv",
  "ucaf",
  "threeDSVersion",
];

test.each(cases)("a payment that is $name", async ({ steps, status, code, message }) => {
  const { serverKey } = gateway.profile;
  const payment = await createPayment();
  let page = await visit(payment.url);
  for (const step of steps) page = await step(page);

  const callback = await shop.waitFor(payment.path("callback"));
  await goBackToShop(page, shop.url);
  const returned = await shop.waitFor(payment.path("return"));

  expect(returned.method).toBe("POST");
  expect(returned.path).toContain("?mode=x");
  const fields = new URLSearchParams(returned.body.toString());
  expect([...fields.keys()]).toEqual([
    "acquirerMessage",
    "acquirerRRN",
    "cartId",
    "customerEmail",
    "respCode",
    "respMessage",
    "respStatus",
    "signature",
    "token",
    "tranRef",
  ]);
  expect(Object.fromEntries(fields)).toMatchObject({
    cartId: payment.cart,
    customerEmail: "sara+test@example.com",
    respCode: expect.stringMatching(code),
    respMessage: message,
    respStatus: status,
    tranRef: payment.ref,
  });
  expect(verifyReturn(fields, serverKey)).toBe(true);
  expect(verifyReturn(fields, `${serverKey}x`)).toBe(false);

  expect(callback.method).toBe("POST");
  expect(callback.headers["content-type"]).toBe("application/json");
  expect(callback.headers["client-key"]).toBe(gateway.profile.clientKey);
  expect(verifyCallback(callback, serverKey)).toBe(true);
  const body = JSON.parse(callback.body.toString());
  expect(callback.body.toString()).toBe(JSON.stringify(body));
  expect(body).toMatchObject({
    tran_ref: payment.ref,
    merchant_id: 20001,
    profile_id: 45001,
    cart_id: payment.cart,
    cart_amount: "115.50",
    tran_total: "115.50",
    tran_type: status === "H" ? "Auth" : "Sale",
    customer_details: { name: "Sara Ali", ip: "127.0.0.1" },
    payment_result: {
      response_status: status,
      response_code: fields.get("respCode"),
      response_message: message,
    },
    user_defined: { udf1: "web" },
  });

  // Only what went through a challenge or came from the acquirer has it, in the published order.
  expect(Object.keys(body.threeDSDetails ?? {})).toEqual(status === "C" ? [] : threeDsMembers);

  const { json } = await gateway.call("/payment/query", { tran_ref: payment.ref });
  expect(json.payment_result).toEqual({
    response_status: status,
    response_code: fields.get("respCode"),
    response_message: message,
    transaction_time: body.payment_result.transaction_time,
  });
  expect(json.payment_info).toEqual(body.payment_info);
});

test("a challenge that was sent without a decision is not approved", async () => {
  const payment = await createPayment();
  const page = await typeCard(await visit(payment.url), {
    number: "4000000000000002",
    code: "123",
  });
  const form = page.forms.find(({ tokens }) => tokens.has("one-time-code"));
  if (form === undefined) throw new Error("no 3-D Secure form");
  for (const values of [{}, { decision: "bogus" }, { otp: "9999" }]) {
    expect((await submit(form, values)).status).toBe(422);
  }
  await submit(form, { otp: "١٢٣٤" });
  const callback = await shop.waitFor(payment.path("callback"));
  expect(JSON.parse(callback.body.toString()).payment_result.response_status).toBe("A");
});

test("a page that expires unpaid sends X and still leads back to the shop", async () => {
  const payment = await createPayment({ paypage_ttl: 1 });
  await visit(payment.url);
  await gateway.database.pool.query(
    `update transaction set expires_at = now() - interval '1 s', due_at = now()
     where tran_ref = $1`,
    [payment.ref],
  );
  const callback = await shop.waitFor(payment.path("callback"));
  expect(verifyCallback(callback, gateway.profile.serverKey)).toBe(true);
  expect(JSON.parse(callback.body.toString()).payment_result).toMatchObject({
    response_status: "X",
    response_code: "355",
    response_message: "Transaction expired",
  });
  await goBackToShop(await visit(payment.url), shop.url);
  const fields = new URLSearchParams((await shop.waitFor(payment.path("return"))).body.toString());
  expect(fields.get("respStatus")).toBe("X");
  expect(verifyReturn(fields, gateway.profile.serverKey)).toBe(true);
});

test("an acquirer that never answers leaves the payment pending, then an error", async () => {
  const payment = await createPayment();
  const page = await typeCard(await visit(payment.url), {
    number: "4000000000004012",
    code: "123",
  });
  expect(page.url).toContain("/result");
  expect(page.forms.some(({ action }) => action.startsWith(shop.url))).toBe(false);
  const pending = await gateway.call("/payment/query", { tran_ref: payment.ref });
  expect(pending.json.payment_result.response_status).toBe("P");
  const callback = await shop.waitFor(payment.path("callback"), 15_000);
  expect(JSON.parse(callback.body.toString()).payment_result).toMatchObject({
    response_status: "E",
    response_code: "401",
  });
  // It is final, so the shopper is not told to wait.
  const shown = await visit(`${payment.url}/result?lang=en`);
  expect(shown.html).toContain("The payment could not be made");
  expect(shown.html).toContain("Nothing was charged");
  expect(shown.html).not.toMatch(/not know|do not pay again/);
  const arabic = await visit(`${payment.url}/result?lang=ar`);
  expect(arabic.html).toContain("تعذّر إتمام الدفع");
  expect(arabic.html).toContain("لم يُخصم أي مبلغ");
  expect(arabic.html).not.toMatch(/لا نعلم|لا تدفع مرة أخرى/);
});

test("an acquirer that answers late is asked again until it does", async () => {
  const payment = await createPayment();
  await typeCard(await visit(payment.url), { number: "4000000000006009", code: "123" });
  const callback = await shop.waitFor(payment.path("callback"), 15_000);
  expect(JSON.parse(callback.body.toString()).payment_result.response_status).toBe("A");
  await goBackToShop(await visit(`${payment.url}/result`), shop.url);
});

test("an answer that is not there when the shopper is back from the bank is asked for later", async () => {
  const payment = await createPayment();
  const challenge = await typeCard(await visit(payment.url), {
    number: "4000000000000002",
    code: "123",
  });
  await gateway.database.pool.query(
    "update simulator_authorisation set answers_at = now() + interval '3 s' where challenge_open",
  );
  const page = await passChallenge("approve")(challenge);
  expect(page.url).toContain("/result");
  expect(page.html).toContain("Checking with your bank");
  const callback = await shop.waitFor(payment.path("callback"), 15_000);
  expect(JSON.parse(callback.body.toString())).toMatchObject({
    payment_result: { response_status: "A" },
    threeDSDetails: { paResStatus: "Y" },
  });
  const { rows } = await gateway.database.pool.query(
    "select kind from transaction_event where tran_ref = $1",
    [payment.ref],
  );
  const kinds = rows.map(({ kind }) => kind);
  expect(kinds).toEqual(expect.arrayContaining(["challenged", "unanswered", "challenge_ended"]));
});

test("a payment forgotten at the bank for a month still ends", async () => {
  const payment = await createPayment();
  await typeCard(await visit(payment.url), { number: "4000000000000002", code: "123" });
  await gateway.database.pool.query(
    "update simulator_authorisation set answers_at = now() - interval '40 days'",
  );
  await gateway.database.pool.query(
    `update transaction set due_at = now(), challenged_at = now() - interval '40 days'
     where tran_ref = $1`,
    [payment.ref],
  );
  const callback = await shop.waitFor(payment.path("callback"));
  expect(JSON.parse(callback.body.toString()).payment_result.response_code).toBe("345");
});

test("the callback comes before the shopper is back, and once", async () => {
  const payment = await createPayment();
  const page = await typeCard(await visit(payment.url), visa);
  expect(shop.on(payment.path("callback"))).toHaveLength(1);
  await goBackToShop(page, shop.url);
  await goBackToShop(await visit(page.url), shop.url);
  const [first, second] = shop.on(payment.path("return"));
  expect(second?.body).toEqual(first?.body);
  expect(shop.on(payment.path("callback"))).toHaveLength(1);
});

test("closing the browser after paying loses the Return and not the Callback", async () => {
  const payment = await createPayment();
  await typeCard(await visit(payment.url), visa);
  await shop.waitFor(payment.path("callback"));
  expect(shop.on(payment.path("return"))).toHaveLength(0);
});

test("return_using_get carries the signed fields in the query", async () => {
  const payment = await createPayment({ return_using_get: true });
  const page = await typeCard(await visit(payment.url), visa);
  const target = /href="(http:\/\/[^"]*\/return\/[^"]*)"/.exec(page.html)?.[1] ?? "";
  const url = new URL(target.replaceAll("&amp;", "&"));
  expect(url.searchParams.get("mode")).toBe("x");
  url.searchParams.delete("mode");
  expect(verifyReturn(url.searchParams, gateway.profile.serverKey)).toBe(true);
  expect(url.searchParams.get("tranRef")).toBe(payment.ref);
});

test("without a return address there is a receipt", async () => {
  const payment = await createPayment({ return: null });
  const page = await typeCard(await visit(payment.url), visa);
  expect(page.status).toBe(200);
  expect(page.html).toContain(payment.ref);
  expect(page.forms.filter(({ method }) => method === "POST")).toEqual([]);
});

test("a shopper whose connection breaks right after Pay has paid, and is known by address", async () => {
  const arrived: string[] = [];
  for (let round = 0; round < 8; round += 1) {
    const { url, path } = await createPayment();
    await typeCardAndVanish(await visit(url), visa, round % 4);
    // A broken connection may lose the form itself: then nothing has happened.
    const callback = await shop.waitFor(path("callback"), 1500).catch(() => undefined);
    if (callback) arrived.push(JSON.parse(callback.body.toString()).customer_details.ip);
    const mayStillPay = (await visit(url)).forms.some(({ tokens }) => tokens.has("cc-number"));
    expect(mayStillPay).toBe(callback === undefined);
  }
  expect(arrived.length).toBeGreaterThan(0);
  expect(new Set(arrived)).toEqual(new Set(["127.0.0.1"]));
  expect(failures()).toEqual([]);
});
