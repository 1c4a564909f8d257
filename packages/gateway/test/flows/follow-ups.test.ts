import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import {
  type ApiReply,
  goodRequest,
  startTestGateway,
  type TestGateway,
} from "../support/gateway.ts";
import { Shop, typeCard, visit } from "../support/stranger.ts";

let database: TestDatabase;
let nodes: [TestGateway, TestGateway];
let shop: Shop;

beforeAll(async () => {
  database = await createTestDatabase();
  shop = await new Shop().open();
  nodes = [await startTestGateway({ database }), await startTestGateway({ database })];
});

afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  await shop.close();
  await database.drop();
});

const visa = "4111 1111 1111 1111";
const held = "4000 0000 0000 1208";
const poor = "4000 0000 0000 3162";
const lateRefund = "4000 0000 0000 5126";
const noRefund = "4000 0000 0000 3055";

let cart = 0;

/** A payment on the page; returns its reference. */
async function paid(tranType: "sale" | "auth", number = visa, changes: object = {}) {
  cart += 1;
  const { json } = await nodes[0].call("/payment/request", {
    ...goodRequest,
    tran_type: tranType,
    cart_id: `cart-${cart}`,
    cart_amount: 100,
    ...changes,
  });
  await typeCard(await visit(json.redirect_url), { number, code: "123" });
  return String(json.tran_ref);
}

const followUp = (tranType: string, tranRef: string, amount?: number | string, more: object = {}) =>
  nodes[cart % 2 === 0 ? 0 : 1].call("/payment/request", {
    tran_type: tranType,
    tran_class: "ecom",
    tran_ref: tranRef,
    ...(amount === undefined
      ? {}
      : {
          cart_id: "refund-1",
          cart_description: "some of it",
          cart_currency: "SAR",
          cart_amount: amount,
        }),
    ...more,
  });

const status = ({ json }: ApiReply) => [
  json.tran_type,
  json.tran_total,
  json.payment_result.response_status,
];

async function balancesOf(tranRef: string) {
  const { rows } = await database.pool.query(
    `select captured_minor::int as captured, released_minor::int as released,
      refunded_minor::int as refunded from transaction where tran_ref = $1`,
    [tranRef],
  );
  return rows[0];
}

const countPayments = async (): Promise<bigint> =>
  (await database.pool.query("select count(*) as n from transaction")).rows[0].n;

describe("a follow-up that is in order", () => {
  test("answers with the members of a completed transaction, in their order", async () => {
    const sale = await paid("sale", visa, {
      customer_details: { name: "Sara Ali", email: "sara@example.com", ip: "203.0.113.9" },
      user_defined: { udf1: "web" },
      customer_ref: "c-1",
    });
    const reply = await followUp("refund", sale, 12.5);
    expect(reply.status).toBe(200);
    expect(Object.keys(reply.json)).toEqual([
      "tran_ref",
      "previous_tran_ref",
      "tran_type",
      "cart_id",
      "cart_description",
      "cart_currency",
      "cart_amount",
      "tran_currency",
      "tran_total",
      "customer_ref",
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
    expect(reply.json).toMatchObject({
      tran_ref: expect.stringMatching(/^TST\d{13}$/),
      previous_tran_ref: sale,
      tran_type: "Refund",
      cart_id: "refund-1",
      cart_amount: "12.50",
      tran_currency: "SAR",
      tran_total: "12.50",
      customer_details: { name: "Sara Ali", email: "sara@example.com" },
      payment_result: {
        response_status: "A",
        response_code: expect.stringMatching(/^G\d{5}$/),
        response_message: "Authorised",
      },
      payment_info: { payment_description: "4111 11## #### 1111" },
      serviceId: 1,
      paymentChannel: "Transaction API",
    });
    expect(reply.json.tran_ref).not.toBe(sale);
    expect(reply.json.customer_details).not.toHaveProperty("ip");
    const { json: queried } = await nodes[1].call("/payment/query", {
      tran_ref: reply.json.tran_ref,
    });
    expect({ ...queried, trace: reply.json.trace }).toEqual(reply.json);
  });

  test("captures in parts, releases the rest, and refunds a capture", async () => {
    const auth = await paid("auth");
    const first = await followUp("capture", auth, 30);
    expect(status(first)).toEqual(["Capture", "30.00", "A"]);
    expect(status(await followUp("CAPTURE", auth, "45.0"))).toEqual(["Capture", "45.00", "A"]);
    expect((await followUp("capture", auth, 25.01)).json).toMatchObject({
      code: 118,
      message: expect.stringContaining("SAR 25.00 is left"),
    });
    const rest = await followUp("void", auth);
    expect(status(rest)).toEqual(["Release", "25.00", "A"]);
    const { json: queried } = await nodes[0].call("/payment/query", {
      tran_ref: rest.json.tran_ref,
    });
    expect(queried).toMatchObject({ tran_type: "Release", original_tran_type: "Void" });
    expect(await balancesOf(auth)).toEqual({ captured: 7500, released: 2500, refunded: 0 });
    expect((await followUp("capture", auth, 0.01)).json).toMatchObject({ code: 118 });
    expect(status(await followUp("refund", first.json.tran_ref, 30))).toEqual([
      "Refund",
      "30.00",
      "A",
    ]);
    expect((await followUp("refund", first.json.tran_ref, 1)).json).toMatchObject({ code: 342 });
  });

  test("voids a whole authorisation without any member of the cart", async () => {
    const auth = await paid("auth");
    const reply = await followUp("void", auth);
    expect(status(reply)).toEqual(["Void", "100.00", "A"]);
    expect(reply.json.cart_id).toBe(`cart-${cart}`);
  });

  test("extends an authorisation, and takes nothing of it", async () => {
    const auth = await paid("auth");
    expect(status(await followUp("authext", auth))).toEqual(["AuthExt", "100.00", "A"]);
    expect(await balancesOf(auth)).toEqual({ captured: 0, released: 0, refunded: 0 });
  });

  test("is in the list of its cart, newest first", async () => {
    const sale = await paid("sale");
    const { json } = await followUp("refund", sale, 5, { cart_id: `cart-${cart}` });
    const { json: list } = await nodes[0].call("/payment/query", { cart_id: `cart-${cart}` });
    expect(list.map(({ tran_ref }: { tran_ref: string }) => tran_ref)).toEqual([
      json.tran_ref,
      sale,
    ]);
  });

  test("sends its outcome to the callback it names, and to no other", async () => {
    const sale = await paid("sale", visa, { callback: `${shop.url}/paid` });
    const { json } = await followUp("refund", sale, 5, { callback: `${shop.url}/refunded` });
    const body = JSON.parse((await shop.waitFor("/refunded")).body.toString());
    expect(body).toMatchObject({
      tran_ref: json.tran_ref,
      previous_tran_ref: sale,
      tran_type: "Refund",
      tran_total: "5.00",
      payment_result: { response_status: "A" },
    });
    expect(shop.on("/paid")).toHaveLength(1);
  });
});

describe("the acquirer", () => {
  test("may refuse: the amount is free again", async () => {
    const sale = await paid("sale", noRefund);
    const reply = await followUp("refund", sale, 40);
    expect(reply.json.payment_result).toMatchObject({ response_status: "D", response_code: "335" });
    expect(await balancesOf(sale)).toMatchObject({ refunded: 0 });
  });

  test("may take its time: pending, its amount reserved, then approved", async () => {
    const sale = await paid("sale", lateRefund);
    const { json } = await followUp("refund", sale, 60);
    expect(json.payment_result).toMatchObject({ response_status: "P", response_code: "600" });
    expect(json).toMatchObject({ tran_type: "Refund", tran_total: "60.00" });
    expect((await followUp("refund", sale, 50)).json).toMatchObject({ code: 118 });
    await expect
      .poll(
        async () =>
          (await nodes[1].call("/payment/query", { tran_ref: json.tran_ref })).json.payment_result
            .response_status,
        { timeout: 15_000 },
      )
      .toBe("A");
    expect(await balancesOf(sale)).toMatchObject({ refunded: 6000 });
  });

  test("never heard of it: after a crash the amount is free again", async () => {
    const sale = await paid("sale");
    const { json } = await followUp("refund", sale, 10);
    // As a node leaves it that dies before it asks.
    await database.pool.query(
      `update transaction set state = 'authorising', outcome = null, due_at = now(),
        acquirer_request = gen_random_uuid() where tran_ref = $1`,
      [json.tran_ref],
    );
    await expect
      .poll(
        async () =>
          (await nodes[1].call("/payment/query", { tran_ref: json.tran_ref })).json.payment_result,
        { timeout: 10_000 },
      )
      .toMatchObject({ response_status: "E", response_code: "401" });
    expect(await balancesOf(sale)).toMatchObject({ refunded: 0 });
  });
});

const refused = async (reply: Promise<ApiReply>, code: number, message: RegExp) => {
  const { status: http, json } = await reply;
  expect(json).toEqual({
    code,
    message: expect.stringMatching(message),
    trace: expect.stringMatching(/^PMNT/),
  });
  expect(http).toBe(400);
};

describe("a follow-up is refused, and nothing is written", () => {
  test("for what it follows", async () => {
    const sale = await paid("sale");
    const auth = await paid("auth");
    const declined = await paid("sale", poor);
    const { json: open } = await nodes[0].call("/payment/request", {
      ...goodRequest,
      cart_id: "open",
    });
    const before = await countPayments();
    await refused(followUp("refund", "TST2600000000000", 1), 113, /Transaction not found/);
    await refused(followUp("refund", auth, 1), 322, /is an authorisation: refund its capture/);
    await refused(followUp("refund", declined, 1), 322, /was not authorised/);
    await refused(followUp("refund", open.tran_ref, 1), 322, /is not finished yet/);
    await refused(followUp("capture", sale, 1), 112, /capture needs an authorisation/);
    await refused(followUp("void", sale), 112, /is a sale; refund it/);
    expect(await countPayments()).toBe(before);
  });

  test("for what it says", async () => {
    const sale = await paid("sale");
    const before = await countPayments();
    await refused(followUp("refund", sale, 100.01), 118, /SAR 100.00 is left/);
    await refused(followUp("refund", sale), 2, /cart_amount is required/);
    await refused(followUp("refund", sale, 0), 2, /cart_amount must be greater than zero/);
    await refused(followUp("refund", sale, 1, { cart_currency: "AED" }), 206, /must be SAR/);
    await refused(followUp("refund", sale, 1, { tran_ref: null }), 2, /tran_ref/);
    await refused(followUp("refund", sale, 1, { tran_ref: undefined }), 2, /tran_ref is required/);
    await refused(followUp("refund", sale, 1, { callback: "ftp://x" }), 2, /callback/);
    expect(await countPayments()).toBe(before);
    expect(await balancesOf(sale)).toMatchObject({ refunded: 0 });
  });

  test("for a transaction on hold, as a completed object", async () => {
    const sale = await paid("sale", held);
    const { status: http, json } = await followUp("refund", sale, 10);
    expect(http).toBe(200);
    expect(json).toMatchObject({
      previous_tran_ref: sale,
      tran_type: "Refund",
      payment_result: {
        response_status: "E",
        response_code: "120",
        response_message: "Previous transaction is on hold",
      },
    });
    expect(await balancesOf(sale)).toMatchObject({ refunded: 0 });
  });
});

describe("many at once, on two nodes", () => {
  test("never refund more than was paid", async () => {
    const sale = await paid("sale");
    const replies = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        nodes[index % 2 === 0 ? 0 : 1].call("/payment/request", {
          tran_type: "refund",
          tran_ref: sale,
          cart_amount: 30,
        }),
      ),
    );
    const approved = replies.filter(({ json }) => json.payment_result?.response_status === "A");
    expect(approved).toHaveLength(3);
    const codes = replies.map(({ json }) => json.code).filter((code) => code !== undefined);
    expect(codes).toEqual(Array.from({ length: 9 }, () => 118));
    expect(await balancesOf(sale)).toMatchObject({ refunded: 9000 });
  });

  test("never capture and release the same money", async () => {
    const auth = await paid("auth");
    const kinds = ["capture", "void", "release", "capture", "void", "capture"];
    const replies = await Promise.all(kinds.map((kind) => followUp(kind, auth, 40)));
    const approved = replies.filter(({ json }) => json.payment_result?.response_status === "A");
    expect(approved).toHaveLength(2);
    const { captured, released } = await balancesOf(auth);
    expect(captured + released).toBe(8000);
  });
});
