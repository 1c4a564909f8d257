import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { goBackToShop, type Page, Shop, typeCard, visit } from "../support/stranger.ts";
import { startTlsFront, type TlsFront } from "../support/tls-front.ts";
import { type ClientConfig, type NpmClient, startNpmClient } from "./npm-client.ts";

/** The regions the client knows, and the hosts it calls for them (its `_setEndPoint`). */
const regions: Readonly<Record<string, string>> = {
  ARE: "secure.paytabs.com",
  SAU: "secure.paytabs.sa",
  OMN: "secure-oman.paytabs.com",
  JOR: "secure-jordan.paytabs.com",
  EGY: "secure-egypt.paytabs.com",
  KWT: "secure-kuwait.paytabs.com",
  GLOBAL: "secure-global.paytabs.com",
};
const hosts = Object.values(regions);

let gateway: TestGateway;
let front: TlsFront;
let client: NpmClient;
let shop: Shop;
let config: ClientConfig;
let carts = 0;

beforeAll(async () => {
  [gateway, shop] = await Promise.all([startTestGateway(), new Shop().open()]);
  front = await startTlsFront(hosts, gateway.url);
  client = startNpmClient({ hosts, port: front.port, authorityFile: front.authorityFile });
  config = [String(gateway.profile.profileId), gateway.profile.serverKey, "SAU"];
});

afterAll(async () => {
  await client.close();
  await front.close();
  await gateway.stop();
  await shop.close();
});

const customer = [
  "Sara Ali",
  "sara@example.com",
  "+966500000001",
  "King Rd 1",
  "Riyadh",
  "Riyadh",
  "SA",
  "12345",
  "203.0.113.9",
];

interface Cart {
  readonly id: string;
  readonly currency?: string;
  readonly amount?: string;
  readonly type?: string;
}

const newCart = (): string => {
  carts += 1;
  return `npm-${carts}`;
};

/** A page as the client's own README makes it. */
const createPage = (cart: Cart, as: ClientConfig = config) =>
  client.call(
    as,
    "createPaymentPage",
    ["all"],
    [cart.type ?? "sale", "ecom"],
    [cart.id, cart.currency ?? "SAR", cart.amount ?? "100", "two novels"],
    customer,
    customer,
    [`${shop.url}/callback/${cart.id}`, `${shop.url}/return/${cart.id}`],
    "en",
  );

async function pay(redirectUrl: string): Promise<Page> {
  const form = await visit(redirectUrl);
  return typeCard(form, { number: "4111 1111 1111 1111", code: "123" });
}

/** What the client makes of every reply that is not 2xx. */
const refusal = (message: RegExp) => ({
  "response_code:": 400,
  result: expect.stringMatching(message),
});

describe("a page", () => {
  test.each(Object.entries(regions))("is created on the host of %s", async (region, host) => {
    const before = front.handshakes.get(host) ?? 0;
    const id = newCart();
    const page = await createPage({ id }, [config[0], config[1], region]);
    expect(page).toMatchObject({
      tran_ref: expect.stringMatching(/^TST\d{13}$/),
      tran_type: "Sale",
      cart_id: id,
      cart_amount: "100.00",
      redirect_url: expect.stringMatching(/\/payment\/page\/[0-9A-F]{56}$/),
      customer_details: { state: "01", country: "SA" },
      shipping_details: { name: "Sara Ali" },
    });
    expect(front.handshakes.get(host)).toBeGreaterThan(before);
  });

  test("is created from details the shop does not know", async () => {
    const page = await client.call(
      config,
      "createPaymentPage",
      ["all"],
      ["sale", "ecom"],
      [newCart(), "SAR", "12.50", "a pen"],
      [],
      [],
      [],
      undefined,
      true,
    );
    expect(page).toMatchObject({ cart_amount: "12.50", callback: "none", return: "none" });
  });

  test("each of many created at once is another", async () => {
    const pages = await Promise.all(
      Array.from({ length: 12 }, () => createPage({ id: newCart() })),
    );
    expect(new Set(pages.map(({ tran_ref: ref }) => ref)).size).toBe(12);
  });

  test.each([
    ["in a currency that is not enabled", { currency: "TRY" }, /TRY is not enabled/],
    ["for nothing", { amount: "0" }, /cart_amount must be greater than zero/],
    ["for no number", { amount: "ten" }, /cart_amount is required/],
  ])("%s is refused in words", async (_name, changes, message) => {
    expect(await createPage({ id: newCart(), ...changes })).toEqual(refusal(message));
  });

  test("is refused to another key", async () => {
    const stranger: ClientConfig = [config[0], "SAAAAAAAAA-AAAAAAAAAA-AAAAAAAAAA", "SAU"];
    expect(await createPage({ id: newCart() }, stranger)).toEqual(
      refusal(/^Authentication failed/),
    );
  });
});

describe("a payment", () => {
  test("is validated before and after, with its Callback and its Return", async () => {
    const id = newCart();
    const page = await createPage({ id });
    const before = await client.call(config, "validatePayment", page.tran_ref);
    expect(before.payment_result).toMatchObject({ response_status: "P" });

    await goBackToShop(await pay(page.redirect_url), shop.url);

    const after = await client.call(config, "validatePayment", page.tran_ref);
    expect(after).toMatchObject({
      tran_ref: page.tran_ref,
      cart_id: id,
      tran_total: "100.00",
      tran_currency: "SAR",
      payment_result: { response_status: "A", response_message: "Authorised" },
      payment_info: { card_scheme: "Visa", payment_description: "4111 11## #### 1111" },
    });
    expect(after).not.toHaveProperty("response_code:");
    const callback = await shop.waitFor(`/callback/${id}`);
    expect(JSON.parse(callback.body.toString())).toMatchObject({
      tran_ref: page.tran_ref,
      payment_result: after.payment_result,
    });
    const [returned] = shop.on(`/return/${id}`);
    const fields = new URLSearchParams(returned?.body.toString());
    expect(fields.get("respCode")).toBe(after.payment_result.response_code);
  });

  test("that nobody made is not found", async () => {
    expect(await client.call(config, "validatePayment", "TST2600000000000")).toEqual(
      refusal(/ErrorCode = 2000.*Transaction not found/),
    );
  });
});

interface FollowUp {
  readonly type: string;
  readonly amount?: string;
  readonly currency?: string;
}

interface Paid {
  readonly ref: string;
  readonly id: string;
}

async function paid(type: string): Promise<Paid> {
  const id = newCart();
  const page = await createPage({ id, type });
  await pay(page.redirect_url);
  return { ref: page.tran_ref, id };
}

const follow = (of: Paid, { type, amount, currency }: FollowUp) =>
  client.call(
    config,
    "queryTransaction",
    [of.ref, type, "ecom"],
    [of.id, currency ?? "SAR", amount, "follow-up"],
  );

const done = (of: Paid, type: string | RegExp, amount: string) => ({
  tran_ref: expect.not.stringContaining(of.ref),
  previous_tran_ref: of.ref,
  tran_type: typeof type === "string" ? type : expect.stringMatching(type),
  cart_id: of.id,
  cart_currency: "SAR",
  cart_amount: amount,
  payment_result: { response_status: "A" },
  serviceId: 1,
  paymentChannel: "Transaction API",
  trace: expect.stringMatching(/^PMNT/),
});

describe("a follow-up", () => {
  test("captures an authorisation in parts, until it is used up", async () => {
    const held = await paid("auth");
    const first = await follow(held, { type: "capture", amount: "60" });
    expect(first).toMatchObject(done(held, "Capture", "60.00"));
    expect(await follow(held, { type: "capture", amount: "40" })).toMatchObject(
      done(held, "Capture", "40.00"),
    );
    expect(await follow(held, { type: "capture", amount: "1" })).toEqual(refusal(/./));
    const queried = await client.call(config, "validatePayment", first.tran_ref);
    expect(queried).toMatchObject({
      tran_ref: first.tran_ref,
      previous_tran_ref: held.ref,
      tran_type: "Capture",
      payment_result: first.payment_result,
    });
  });

  test("voids an authorisation", async () => {
    const held = await paid("auth");
    expect(await follow(held, { type: "void", amount: "100" })).toMatchObject(
      done(held, /^(Void|Release)$/, "100.00"),
    );
    expect(await follow(held, { type: "capture", amount: "100" })).toEqual(refusal(/./));
  });

  test("refunds a sale in parts, and no more than was paid", async () => {
    const sale = await paid("sale");
    expect(await follow(sale, { type: "refund", amount: "60" })).toMatchObject(
      done(sale, "Refund", "60.00"),
    );
    expect(await follow(sale, { type: "refund", amount: "50" })).toEqual(refusal(/./));
    expect(await follow(sale, { type: "refund", amount: "40" })).toMatchObject(
      done(sale, "Refund", "40.00"),
    );
  });

  test("refunds what was captured", async () => {
    const held = await paid("auth");
    const captured = await follow(held, { type: "capture", amount: "70" });
    const of = { ref: captured.tran_ref, id: held.id };
    expect(await follow(of, { type: "refund", amount: "70" })).toMatchObject(
      done(of, "Refund", "70.00"),
    );
  });

  test("refunds asked for at once never exceed what was paid", async () => {
    const sale = await paid("sale");
    const replies = await Promise.all(
      Array.from({ length: 5 }, () => follow(sale, { type: "refund", amount: "40" })),
    );
    const refunded = replies.filter(
      ({ payment_result: result }) => result?.response_status === "A",
    );
    expect(refunded).toHaveLength(2);
  });

  test("in another currency, or of nothing, is refused", async () => {
    const sale = await paid("sale");
    expect(await follow(sale, { type: "refund", amount: "10", currency: "AED" })).toEqual(
      refusal(/currency/),
    );
    expect(
      await follow({ ref: "TST2600000000000", id: "x" }, { type: "refund", amount: "10" }),
    ).toEqual(refusal(/Transaction not found/));
  });
});

describe("TLS is real:", () => {
  test("a client that does not know the authority gets nothing through", async () => {
    const distrustful = startNpmClient({ hosts, port: front.port });
    const id = newCart();
    const reply = await distrustful.call(
      config,
      "createPaymentPage",
      ["all"],
      ["sale", "ecom"],
      [id, "SAR", "100", "basket"],
      customer,
      customer,
      [],
      "en",
    );
    await distrustful.close();
    expect(reply).toMatchObject({ "response_code:": 400 });
    expect((await gateway.call("/payment/query", { cart_id: id })).json).toEqual([]);
  });
});
