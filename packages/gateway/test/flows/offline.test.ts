import { afterAll, beforeAll, expect, test } from "vitest";
import { findByReference } from "../../src/transactions/transactions-store.ts";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";
import { Shop, submit, visit } from "../support/stranger.ts";

let gateway: TestGateway;
let shop: Shop;

beforeAll(async () => {
  gateway = await startTestGateway();
  shop = await new Shop().open();
});

afterAll(async () => {
  await gateway.stop();
  await shop.close();
});

let cart = 0;

/** A payment whose shopper has chosen to pay a bill. */
async function billed() {
  cart += 1;
  const path = `/offline-${cart}`;
  const { json } = await gateway.call("/payment/request", {
    ...goodRequest,
    cart_id: `offline-${cart}`,
    callback: `${shop.url}${path}`,
  });
  const page = await visit(json.redirect_url);
  const form = page.forms.find(({ action }) => action.endsWith("/method/sadad"));
  if (form === undefined) throw new Error("the page offers no SADAD");
  const result = await submit(form);
  expect(result.url).toContain("/result");
  expect(result.html).toContain("Pay with this number");
  return { ref: String(json.tran_ref), path, pageUrl: json.redirect_url, billUrl: result.url };
}

/** What the page of a bill says now, without a script. */
async function nowOn(url: string) {
  const { html, url: at } = await visit(url);
  const outcome = /data-outcome="(\w+)"/.exec(html)?.[1];
  return { html, at, outcome };
}

async function stored(ref: string) {
  const { pool } = gateway.services;
  const found = await findByReference(pool, gateway.profile.profileId, ref, { asQuery: false });
  if (found === undefined) throw new Error(`no ${ref}`);
  return found;
}

async function callbacks(path: string, count: number) {
  await expect.poll(() => shop.on(path).length, { timeout: 15_000 }).toBe(count);
  return shop.on(path).map(({ body }) => JSON.parse(body.toString()));
}

function noForm(): never {
  throw new Error("there is no such form");
}

const dueNow = (ref: string) =>
  gateway.database.pool.query("update transaction set due_at = now() where tran_ref = $1", [ref]);

test("a bill is pending, then paid: a sale of its own follows the request", async () => {
  const { ref, path, pageUrl, billUrl } = await billed();
  const [pending] = await callbacks(path, 1);
  const number = pending.payment_result.response_code;
  expect(pending).toMatchObject({
    tran_ref: ref,
    tran_type: "Payment Request",
    tran_total: "500.00",
    payment_result: {
      response_status: "P",
      response_code: expect.stringMatching(/^\d{12}$/),
      response_message: "Pending",
      acquirer_ref: number,
    },
    payment_info: { payment_method: "SADAD", card_scheme: "", payment_description: number },
  });
  expect(pending).not.toHaveProperty("previous_tran_ref");
  const { challengeUrl = "", state } = await stored(ref);
  expect(state).toBe("awaiting");
  const page = await fetch(challengeUrl);
  expect(await page.text()).toContain(number);
  // The payment's own address leads to the number while it is needed.
  expect(await nowOn(pageUrl)).toMatchObject({ at: billUrl, outcome: "pending" });
  expect((await fetch(challengeUrl, { method: "POST" })).status).toBe(200);
  await dueNow(ref);
  const [, settled] = await callbacks(path, 2);
  expect(settled).toMatchObject({
    previous_tran_ref: ref,
    tran_type: "Sale",
    tran_total: "500.00",
    payment_result: {
      response_status: "A",
      response_code: number,
      acquirer_rrn: expect.stringMatching(/^\d{12}$/),
    },
    payment_info: { payment_method: "SADAD" },
    paymentChannel: "Transaction API",
  });
  expect(settled.tran_ref).not.toBe(ref);
  const receipt = await nowOn(billUrl);
  expect(receipt.outcome).toBe("paid");
  expect(receipt.html).toContain("Your payment to");
  for (const text of [settled.tran_ref, number, "SADAD", "500.00"]) {
    expect(receipt.html).toContain(text);
  }
  expect(receipt.html).not.toContain("data-watch=");
  const { json } = await gateway.call("/payment/query", { cart_id: `offline-${cart}` });
  expect(json.map(({ tran_type: type }: { tran_type: string }) => type)).toEqual([
    "Sale",
    "Payment Request",
  ]);
  const refund = await gateway.call("/payment/request", {
    tran_type: "refund",
    tran_ref: settled.tran_ref,
    cart_amount: 500,
  });
  expect(refund.json.payment_result).toMatchObject({ response_status: "A" });
});

test("an invoice whose bill is paid is paid, by the sale that follows", async () => {
  const { json: invoice } = await gateway.call("/payment/invoice/new", {
    ...goodRequest,
    cart_id: "billed-invoice",
    invoice: { line_items: [{ description: "Books", total: 500 }] },
  });
  const shown = await visit(invoice.invoice_link);
  const page = await submit(shown.forms.find(({ action }) => action.includes("pay")) ?? noForm());
  const bill = page.forms.find(({ action }) => action.endsWith("/method/sadad")) ?? noForm();
  await submit(bill);
  const status = async () =>
    (await gateway.call("/payment/invoice/status", { invoice_id: invoice.invoice_id })).json;
  expect(await status()).toMatchObject({ invoice_status: "pending" });
  const { rows } = await gateway.database.pool.query(
    "select tran_ref, challenge_url from transaction where cart_id = 'billed-invoice'",
  );
  await fetch(rows[0].challenge_url, { method: "POST" });
  await dueNow(rows[0].tran_ref);
  await expect.poll(status, { timeout: 10_000 }).toMatchObject({ invoice_status: "paid" });
  expect((await status()).tran_ref).not.toBe(rows[0].tran_ref);
});

test("an unpaid bill expires: X/355 about the request itself, once", async () => {
  const { ref, path, pageUrl, billUrl } = await billed();
  await callbacks(path, 1);
  const { challengeUrl = "" } = await stored(ref);
  await gateway.database.pool.query(
    "update transaction set expires_at = now(), due_at = now() where tran_ref = $1",
    [ref],
  );
  const [, expired] = await callbacks(path, 2);
  expect(expired).toMatchObject({
    tran_ref: ref,
    tran_type: "Payment Request",
    tran_total: "500.00",
    tran_currency: "SAR",
    payment_result: { response_status: "X", response_code: "355" },
    payment_info: { payment_method: "SADAD" },
  });
  for (const url of [billUrl, pageUrl]) {
    const { outcome, html } = await nowOn(url);
    expect(outcome).toBe("expired");
    expect(html).toContain("This bill can no longer be paid");
  }
  await fetch(challengeUrl, { method: "POST" });
  await dueNow(ref);
  expect((await stored(ref)).outcome?.status).toBe("X");
  const { json } = await gateway.call("/payment/query", { cart_id: `offline-${cart}` });
  expect(json).toHaveLength(1);
});

test("on the simulated bank's page a bill's time can be let run out", async () => {
  const { ref, path, billUrl } = await billed();
  await callbacks(path, 1);
  const bank = await visit((await stored(ref)).challengeUrl ?? "");
  const [form = noForm()] = bank.forms;
  expect(form.buttons.map(({ value }) => value)).toEqual(["pay", "expire"]);
  const closed = await submit(form, { decision: "expire" });
  expect(closed.html).toContain("can no longer be paid");
  expect(closed.forms).toEqual([]);
  await dueNow(ref);
  const [, expired] = await callbacks(path, 2);
  expect(expired).toMatchObject({
    tran_ref: ref,
    payment_result: { response_status: "X", response_code: "355" },
  });
  expect((await nowOn(billUrl)).outcome).toBe("expired");
  // Its time is over for good.
  await submit(form, { decision: "pay" });
  await dueNow(ref);
  expect((await stored(ref)).outcome?.status).toBe("X");
});

test("a settlement that a crash interrupted is completed, with the same code", async () => {
  const { ref, path } = await billed();
  const [pending] = await callbacks(path, 1);
  await fetch((await stored(ref)).challengeUrl ?? "", { method: "POST" });
  await dueNow(ref);
  const [, settled] = await callbacks(path, 2);
  // As a node leaves it that dies between the two statements.
  await gateway.database.pool.query(
    `update transaction set state = 'authorising', outcome = null, due_at = now()
     where tran_ref = $1`,
    [settled.tran_ref],
  );
  const [, , again] = await callbacks(path, 3);
  expect(again).toMatchObject({
    tran_ref: settled.tran_ref,
    previous_tran_ref: ref,
    payment_result: {
      ...pending.payment_result,
      response_status: "A",
      response_message: "Authorised",
      acquirer_ref: expect.any(String),
      acquirer_rrn: settled.payment_result.acquirer_rrn,
      transaction_time: expect.any(String),
    },
  });
});

test("a bill the acquirer never wrote ends with E/401", async () => {
  const { json } = await gateway.call("/payment/request", { ...goodRequest, cart_id: "lost" });
  await gateway.database.pool.query(
    `update transaction set state = 'authorising', tran_type = 'Payment Request', due_at = now(),
      acquirer = 'simulator', acquirer_request = gen_random_uuid() where tran_ref = $1`,
    [json.tran_ref],
  );
  await expect
    .poll(async () => (await stored(json.tran_ref)).outcome?.code, { timeout: 10_000 })
    .toBe("401");
});
