import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";
import {
  cancel,
  goBackToShop,
  type Page,
  passChallenge,
  type Received,
  Shop,
  typeCard,
  verifyReturn,
  visit,
} from "../support/stranger.ts";
import {
  laravelFresh,
  laravelIdentity,
  odooReturn,
  odooState,
  phpDecodes,
  queryingReturn,
  replyReaders,
  type ReturnRequest,
  sdkNoticeFaults,
  sdkReturnGaps,
  type Verdict,
  verdictOf,
  whmcsPayment,
  wooCallback,
  wooReturn,
  wooSavedCard,
  wooTotalFits,
} from "./clients.ts";

let gateway: TestGateway;
let shop: Shop;

beforeAll(async () => {
  [gateway, shop] = await Promise.all([startTestGateway(), new Shop().open()]);
});

afterAll(async () => {
  await gateway.stop();
  await shop.close();
});

interface Case {
  readonly name: string;
  readonly status: string;
  readonly verdict: Verdict;
  readonly steps: readonly ((page: Page) => Promise<Page>)[];
  /** What a shop keeps of the card. */
  readonly kept: ReturnType<typeof wooSavedCard> | "none";
}

const savedCard = (scheme: string, lastFour: string) => ({
  scheme,
  lastFour,
  month: 12,
  year: "30",
});

const card =
  (number: string, code = "123") =>
  (page: Page) =>
    typeCard(page, { number, code });

const cases: readonly Case[] = [
  {
    name: "paid",
    status: "A",
    verdict: "success",
    steps: [card("4111111111111111")],
    kept: savedCard("Visa", "1111"),
  },
  {
    name: "paid after 3-D Secure",
    status: "A",
    verdict: "success",
    steps: [card("4000000000000002"), passChallenge("approve")],
    kept: savedCard("Visa", "0002"),
  },
  {
    name: "declined",
    status: "D",
    verdict: "failure",
    steps: [card("5200000000000114", "111")],
    kept: savedCard("MasterCard", "0114"),
  },
  {
    name: "rejected at 3-D Secure",
    status: "D",
    verdict: "failure",
    steps: [card("4000000000000002"), passChallenge("reject")],
    kept: savedCard("Visa", "0002"),
  },
  {
    name: "held",
    status: "H",
    verdict: "waiting",
    steps: [card("4000000000001208")],
    kept: savedCard("Visa", "1208"),
  },
  { name: "cancelled", status: "C", verdict: "failure", steps: [cancel], kept: "none" },
];

/** protocol.md 7.2, in its order. */
const noticeMembers =
  "tran_ref previous_tran_ref merchant_id profile_id cart_id cart_description cart_currency \
cart_amount tran_currency tran_total tran_type tran_class invoice_id customer_ref customer_details \
shipping_details payment_result payment_info token user_defined threeDSDetails ipn_trace \
paymentChannel".split(" ");

interface Ended {
  readonly ref: string;
  readonly cart: string;
  readonly returned: ReturnRequest;
  readonly notice: Received;
  // What the clients see, so the tests say what they expect of it.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
  readonly query: string;
}

/** A payment to its end; the query is made as soon as the browser is back (6.6). */
async function bring(name: string, steps: Case["steps"]): Promise<Ended> {
  const cart = `golden ${name}`;
  const path = encodeURIComponent(name);
  const { json } = await gateway.call("/payment/request", {
    ...goodRequest,
    cart_id: cart,
    cart_amount: "310.50",
    callback: `${shop.url}/callback/${path}/`,
    return: `${shop.url}/return/${path}/?wc-api=wasl`,
    customer_details: { name: "Sara Ali", email: "sara@example.com", country: "SA" },
    user_defined: { udf1: "1.0" },
    plugin_info: { cart_name: "WooCommerce", cart_version: "9.4.2", plugin_version: "3.8.0" },
  });
  let page = await visit(json.redirect_url);
  for (const step of steps) page = await step(page);
  await goBackToShop(page, shop.url);
  const asked = await fetch(`${gateway.url}/payment/query`, {
    method: "POST",
    headers: { authorization: gateway.profile.serverKey },
    body: JSON.stringify({ profile_id: 45001, tran_ref: json.tran_ref }),
  });
  const query = await asked.text();
  const { method, body: form } = await shop.waitFor(`/return/${path}/`);
  const notice = await shop.waitFor(`/callback/${path}/`);
  return {
    ref: json.tran_ref,
    cart,
    returned: { method, fields: new URLSearchParams(form.toString()) },
    notice,
    body: JSON.parse(notice.body.toString()),
    query,
  };
}

describe.each(cases)("a payment that is $name", ({ name, status, verdict, steps, kept }) => {
  let ended: Ended;

  beforeAll(async () => {
    ended = await bring(name, steps);
  });

  test("comes back to every kind of shop", () => {
    const { returned, ref } = ended;
    const genuine = verifyReturn(returned.fields, gateway.profile.serverKey);
    expect(wooReturn(returned, genuine)).toEqual({ ok: true, tranRef: ref, next: "status page" });
    expect(queryingReturn(returned)).toEqual({ ok: true, tranRef: ref, next: "query" });
    expect(odooReturn(returned)).toMatchObject({ next: status === "A" ? "status page" : "shop" });
    expect(sdkReturnGaps(returned)).toEqual([]);
    expect(returned.fields.get("cartId")).toBe(ended.cart);
  });

  test("is told to every kind of listener", () => {
    const { body, notice } = ended;
    expect(notice.headers["content-type"]).toBe("application/json");
    expect(odooState(body.payment_result.response_status)).toBe(
      { A: "done", C: "cancel" }[status] ?? "error",
    );
    expect(wooCallback(body)).toEqual({
      verdict,
      note: `${ended.returned.fields.get("respCode")} ${ended.returned.fields.get("respMessage")}`,
      cart: ended.cart,
    });
    expect(wooTotalFits(body, { total: "310.5", currency: "sar" })).toBe(true);
    expect(sdkNoticeFaults(body)).toEqual([]);
    const members = Object.keys(body);
    expect(members).toEqual(noticeMembers.filter((member) => members.includes(member)));
    expect(phpDecodes(notice.body.toString(), 3)).toBe(true);
    expect(laravelFresh(body, new Date())).toBe(true);
    expect(laravelIdentity(body)).toBe(`45001|${body.ipn_trace}|${ended.ref}`);
  });

  test("is what the query says to every client", () => {
    const { query, body } = ended;
    const reply = { status: 200, contentType: "application/json", text: query };
    for (const read of Object.values(replyReaders)) {
      const reading = read(reply);
      expect(reading).toEqual({
        kind: "completed",
        status,
        message: body.payment_result.response_message,
      });
      expect(verdictOf(status)).toBe(verdict);
    }
    const json = JSON.parse(query);
    expect(whmcsPayment(json)).toEqual({ amount: 310.5, currency: "SAR", invoice: ended.cart });
    const seen = json.payment_info.payment_method === undefined ? "none" : wooSavedCard(json);
    expect(seen).toEqual(kept);
  });
});

test("a query while the shopper still pays has a payment_result that says so", async () => {
  const { json } = await gateway.call("/payment/request", { ...goodRequest, cart_id: "unpaid" });
  const { status, json: asked } = await gateway.call("/payment/query", { tran_ref: json.tran_ref });
  const reply = { status, contentType: "application/json", text: JSON.stringify(asked) };
  for (const read of Object.values(replyReaders)) {
    expect(read(reply)).toEqual({ kind: "completed", status: "P", message: "Pending" });
  }
});
