import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { providerMethods } from "../../src/acquirers/provider-methods.ts";
import { findPaymentMethod } from "@wasl/protocol";
import { findByReference } from "../../src/transactions/transactions-store.ts";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";
import {
  cancel,
  chooseMethod,
  decideAtProvider,
  goBackToShop,
  type Page,
  Shop,
  submit,
  verifyReturn,
  visit,
} from "../support/stranger.ts";

let gateway: TestGateway;
let shop: Shop;
let carts = 0;

beforeAll(async () => {
  gateway = await startTestGateway();
  shop = await new Shop().open();
});

afterAll(async () => {
  await gateway.stop();
  await shop.close();
});

const sql = (text: string, values: unknown[] = []) => gateway.database.pool.query(text, values);

async function request(changes: object) {
  carts += 1;
  const cart = `provider-${carts}`;
  const { json, status } = await gateway.call("/payment/request", {
    ...goodRequest,
    cart_id: cart,
    callback: `${shop.url}/callback/${cart}`,
    return: `${shop.url}/return/${cart}`,
    ...changes,
  });
  return { cart, json, status, ref: String(json.tran_ref) };
}

/** A payment whose shopper is at the provider's page. */
async function atProvider(method: string, changes: object = {}) {
  const payment = await request({ payment_methods: [method], ...changes });
  const page = await visit(payment.json.redirect_url);
  const provider = await chooseMethod(method)(page);
  expect(provider.url).toContain("/simulator/provider/");
  const callback = async () =>
    JSON.parse((await shop.waitFor(`/callback/${payment.cart}`, 20_000)).body.toString());
  return { ...payment, page, provider, callback };
}

const query = async (ref: string) => (await gateway.call("/payment/query", { tran_ref: ref })).json;

const follow = (tranType: string, ref: string, amount: number) =>
  gateway.call("/payment/request", { tran_type: tranType, tran_ref: ref, cart_amount: amount });

async function stored(ref: string) {
  const { pool } = gateway.services;
  const found = await findByReference(pool, gateway.profile.profileId, ref, { asQuery: false });
  if (found === undefined) throw new Error(`no ${ref}`);
  return found;
}

const dueNow = (ref: string) =>
  sql("update transaction set due_at = now() where tran_ref = $1", [ref]);

async function eventsOf(ref: string): Promise<string[]> {
  const { rows } = await sql(
    "select kind from transaction_event where tran_ref = $1 order by event_id",
    [ref],
  );
  return rows.map(({ kind }) => kind);
}

async function cancelled() {
  const payment = await request({ payment_methods: ["tabby"] });
  const page = await visit(payment.json.redirect_url);
  expect(page.html).not.toContain("cc-number");
  await cancel(page);
  const callback = async () =>
    JSON.parse((await shop.waitFor(`/callback/${payment.cart}`)).body.toString());
  return { ...payment, callback };
}

const buttonsOf = ({ html }: Page) =>
  [...html.matchAll(/data-way="(\w+)"/g)].map(([, code]) => code);

const noInfo = { card_scheme: "", payment_description: "No Payment" };
const tabbyInfo = { payment_method: "Tabby", card_scheme: "", payment_description: "Tabby" };

test("what is paid at the provider is told everywhere, as the method it is", async () => {
  const { ref, cart, provider, callback } = await atProvider("tabby");
  expect(provider.html).toContain("SIMULATED: this is not the real");
  expect((await query(ref)).payment_result.response_status).toBe("P");
  const end = await decideAtProvider("approve")(provider);
  expect(end.url).toContain("/result");
  expect(end.html).toMatch(/Way to pay<\/dt>\s*<dd><bdi>Tabby</);
  await goBackToShop(end, shop.url);
  const fields = new URLSearchParams((await shop.waitFor(`/return/${cart}`)).body.toString());
  expect(verifyReturn(fields, gateway.profile.serverKey)).toBe(true);
  expect(fields.get("respStatus")).toBe("A");
  const told = await callback();
  expect(told).toMatchObject({
    tran_ref: ref,
    tran_type: "Sale",
    tran_total: "500.00",
    payment_result: { response_status: "A", response_code: fields.get("respCode") },
  });
  expect(told.payment_info).toEqual(tabbyInfo);
  expect(told).not.toHaveProperty("threeDSDetails");
  expect(told).not.toHaveProperty("token");
  expect((await query(ref)).payment_info).toEqual(tabbyInfo);
  expect(await eventsOf(ref)).toEqual(
    expect.arrayContaining(["page_opened", "method_chosen", "sent_to_provider", "completed"]),
  );
  expect(await eventsOf(ref)).not.toContain("challenge_ended");
});

test.each([
  ["reject", { response_status: "D", response_code: "300" }, tabbyInfo],
  ["cancel", { response_status: "C", response_code: "321" }, noInfo],
])("%s at the provider is the outcome", async (decision, result, info) => {
  const { provider, callback } = await atProvider("tabby");
  await decideAtProvider(decision)(provider);
  const told = await callback();
  expect(told.payment_result).toMatchObject(result);
  expect(told.payment_info).toEqual(info);
});

test("a provider's page left open expires: X/355, and can no longer be paid", async () => {
  const { ref, cart, json, provider, callback } = await atProvider("tabby");
  // Coming back without having decided leads to the provider again, from every address.
  for (const step of ["", "/back", "/result"]) {
    expect((await visit(`${json.redirect_url}${step}`)).url).toBe(provider.url);
  }
  await sql(
    `update transaction set due_at = now(), challenged_at = now() - interval '16 min'
     where tran_ref = $1`,
    [ref],
  );
  const told = await callback();
  expect(told.payment_result).toMatchObject({ response_status: "X", response_code: "355" });
  expect(told.payment_info).toEqual(noInfo);
  const late = await decideAtProvider("approve")(provider);
  expect(late.url).toContain("/result");
  expect((await query(ref)).payment_result.response_status).toBe("X");
  expect(shop.on(`/callback/${cart}`)).toHaveLength(1);
});

test("an answer that comes late leaves the payment pending until it is there", async () => {
  const { ref, provider, callback } = await atProvider("tamara");
  const waiting = await decideAtProvider("approve_late")(provider);
  expect(waiting.url).toContain("/result");
  expect(waiting.html).toContain("Checking with your bank");
  expect(await stored(ref)).toMatchObject({ state: "authorising", outcome: undefined });
  expect((await query(ref)).payment_result.response_status).toBe("P");
  const told = await callback();
  expect(told.payment_result.response_status).toBe("A");
  expect(told.payment_info.payment_method).toBe("Tamara");
});

describe("a node that dies", () => {
  test("once the shopper has paid: another one inquires", async () => {
    const { ref, provider, callback } = await atProvider("tabby");
    const form = provider.forms.find(({ buttons }) => buttons.length > 0);
    const body = new URLSearchParams({ decision: "approve" });
    // The browser never comes back.
    await fetch(form?.action ?? "", { method: "POST", body, redirect: "manual" });
    expect((await stored(ref)).state).toBe("challenging");
    await dueNow(ref);
    expect((await callback()).payment_result.response_status).toBe("A");
    expect((await callback()).payment_info).toEqual(tabbyInfo);
  });

  test("before the provider was asked: E/401", async () => {
    const { ref, callback } = await request({ payment_methods: ["tabby"] }).then((payment) => ({
      ...payment,
      callback: () => shop.waitFor(`/callback/${payment.cart}`, 20_000),
    }));
    await sql(
      `update transaction set state = 'authorising', due_at = now(), acquirer = 'simulator',
        acquirer_request = gen_random_uuid(),
        details = details || '{"method": {"name": "Tabby", "description": "Tabby"}}'
       where tran_ref = $1`,
      [ref],
    );
    const told = JSON.parse((await callback()).body.toString());
    expect(told.payment_result).toMatchObject({ response_status: "E", response_code: "401" });
    expect(told.payment_info).toEqual(noInfo);
  });
});

test("however often it is pressed, the payment begins and ends once", async () => {
  const { ref, cart, page, provider, callback } = await atProvider("tabby");
  const again = await Promise.all([1, 2, 3].map(() => chooseMethod("tabby")(page)));
  for (const { url } of again) expect(url).toBe(provider.url);
  const decisions = ["approve", "reject", "approve", "cancel"];
  await Promise.all(decisions.map((decision) => decideAtProvider(decision)(provider)));
  await callback();
  const events = await eventsOf(ref);
  expect(events.filter((kind) => kind === "method_chosen")).toHaveLength(1);
  expect(events.filter((kind) => kind === "completed")).toHaveLength(1);
  expect(shop.on(`/callback/${cart}`)).toHaveLength(1);
});

test("an unknown decision is none", async () => {
  const { ref, provider } = await atProvider("tabby");
  const form = provider.forms.find(({ buttons }) => buttons.length > 0);
  if (form === undefined) throw new Error("no form");
  expect((await submit(form, { decision: "settle" })).html).toContain("SIMULATED");
  expect((await stored(ref)).state).toBe("challenging");
});

test("a provider's page is no issuer's page, and the other way round", async () => {
  const { provider } = await atProvider("tabby");
  const other = provider.url.replace("/simulator/provider/", "/simulator/3-d-secure/");
  expect((await visit(other)).status).toBe(404);
});

describe("what a method can do", () => {
  test.each<[string, object, RegExp]>([
    ["another currency", { payment_methods: ["tabby"], cart_currency: "USD" }, /AED, SAR only/],
    ["auth without A", { payment_methods: ["tabby"], tran_type: "auth" }, /cannot authorise/],
    ["a frame without F", { payment_methods: ["applepay"], framed: true }, /frame/],
    [
      "an amount of the shopper's choice",
      { payment_methods: ["tabby"], donation_mode: true },
      /shopper chooses/,
    ],
    ["a card check", { payment_methods: ["applepay"], tran_type: "register" }, /tokenised here/],
  ])("%s is 112", async (_name, changes, rule) => {
    const { json } = await request(changes);
    expect(json.code).toBe(112);
    expect(json.message).toMatch(rule);
  });

  test("Apple Pay authorises, and is captured and refunded", async () => {
    const { ref, provider, callback } = await atProvider("applepay", { tran_type: "auth" });
    await decideAtProvider("approve")(provider);
    expect(await callback()).toMatchObject({
      tran_type: "Auth",
      payment_result: { response_status: "A" },
      payment_info: { payment_method: "Apple Pay" },
    });
    const { json: capture } = await follow("capture", ref, 500);
    expect(capture.payment_result.response_status).toBe("A");
    const { json: refund } = await follow("refund", capture.tran_ref, 200);
    expect(refund).toMatchObject({
      tran_type: "Refund",
      payment_result: { response_status: "A" },
      payment_info: { payment_method: "Apple Pay", card_scheme: "" },
    });
  });

  test("a refund needs R", async () => {
    const tamara = await atProvider("tamara");
    await decideAtProvider("approve")(tamara.provider);
    const { json: refund } = await follow("refund", tamara.ref, 500);
    expect(refund.payment_result.response_status).toBe("A");
    const tabby = await atProvider("tabby");
    await decideAtProvider("approve")(tabby.provider);
    const { json: refused, status } = await follow("refund", tabby.ref, 500);
    expect([status, refused.code]).toEqual([400, 322]);
    expect(refused.message).toContain("Tabby, which takes no refunds");
    expect((await query(tabby.ref)).tran_type).toBe("Sale");
  });

  test("nothing is stored, even where a token was asked for", async () => {
    const { provider, callback } = await atProvider("applepay", { tokenise: 2 });
    await decideAtProvider("approve")(provider);
    expect(await callback()).not.toHaveProperty("token");
    const { rows } = await sql("select from vault_card");
    expect(rows).toEqual([]);
  });

  test("a framed page leads to a provider's page that the same origins may frame", async () => {
    const { provider } = await atProvider("tabby", {
      framed: true,
      return: "https://shop.example/",
    });
    const reply = await fetch(provider.url);
    expect(reply.headers.get("content-security-policy")).toContain(
      "frame-ancestors https://shop.example",
    );
  });

  test.each(providerMethods.map(({ code }) => code))("%s can be paid with", async (code) => {
    const currency = findPaymentMethod(code)?.currencies?.[0] ?? "SAR";
    const { ref, provider, callback } = await atProvider(code, { cart_currency: currency });
    await decideAtProvider("approve")(provider);
    expect((await callback()).payment_result.response_status).toBe("A");
    expect((await query(ref)).payment_info.payment_method).toMatch(/./);
  });
});

describe("which methods a page shows", () => {
  test.each([
    [{}, ["sadad"]],
    [{ payment_methods: ["all"] }, ["sadad"]],
    [{ payment_methods: ["all", "apple"] }, ["applepay", "sadad"]],
    [{ payment_methods: ["card", "tabby", "tamara"] }, ["tabby", "tamara"]],
    [{ payment_methods: ["card", "applepay", "stcpay"], framed: true }, ["stcpay"]],
    [{ payment_methods: ["tabby", "mada"], donation_mode: true }, []],
    [{ payment_methods: ["any", "-sadad", "-tabby"] }, []],
  ])("%j: %j", async (changes, buttons) => {
    const { json } = await request(changes);
    expect(buttonsOf(await visit(json.redirect_url))).toEqual(buttons);
  });

  test("a page of one such method has no card form, and can be cancelled", async () => {
    const { json, callback } = await cancelled();
    expect(json.redirect_url).toContain("/payment/page/");
    expect((await callback()).payment_result.response_code).toBe("321");
  });

  test("a profile that enables them shows them for all", async () => {
    const other = await startTestGateway();
    await other.database.pool.query("update profile set payment_methods = '{mada,tabby,stcpay}'");
    const { json } = await other.call("/payment/request", goodRequest);
    const page = await visit(json.redirect_url);
    const { json: refused } = await other.call("/payment/request", {
      ...goodRequest,
      payment_methods: ["tamara"],
    });
    await other.stop();
    expect(buttonsOf(page)).toEqual(["stcpay", "tabby"]);
    expect(refused.message).toContain("tamara is not enabled on this profile");
  });

  test("a method that is not on the page does not begin", async () => {
    const { json, ref } = await request({ payment_methods: ["tabby"] });
    const reply = await fetch(`${json.redirect_url}/method/tamara`, { method: "POST" });
    expect(reply.url).toBe(json.redirect_url);
    expect((await stored(ref)).state).toBe("open");
  });
});

test("an invoice can be paid at a provider", async () => {
  const { json: invoice } = await gateway.call("/payment/invoice/new", {
    ...goodRequest,
    cart_id: "provider-invoice",
    payment_methods: ["tabby"],
    invoice: { line_items: [{ description: "Books", total: 500 }] },
  });
  const shown = await visit(invoice.invoice_link);
  const pay = shown.forms.find(({ action }) => action.includes("pay"));
  if (pay === undefined) throw new Error("the invoice cannot be paid");
  const provider = await chooseMethod("tabby")(await submit(pay));
  await decideAtProvider("approve")(provider);
  const { json } = await gateway.call("/payment/invoice/status", {
    invoice_id: invoice.invoice_id,
  });
  expect(json).toMatchObject({ invoice_status: "paid" });
});

test("the timeline says which method it was", async () => {
  const { ref, provider } = await atProvider("tabby");
  await decideAtProvider("approve")(provider);
  const reply = await fetch(`${gateway.url}/sandbox/transactions/${ref}/timeline`, {
    headers: { authorization: gateway.profile.serverKey },
  });
  const text = await reply.text();
  expect(text).toContain("The shopper chose to pay with Tabby; the acquirer was asked.");
  expect(text).toContain("The shopper was sent to the page of Tabby.");
});
