import { type Currency, moneyOf } from "@wasl/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { uuidv7 } from "../../src/ids.ts";
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
async function billed({ method, currency } = { method: "sadad", currency: "SAR" }) {
  cart += 1;
  const path = `/offline-${cart}`;
  const { json } = await gateway.call("/payment/request", {
    ...goodRequest,
    cart_id: `offline-${cart}`,
    cart_currency: currency,
    callback: `${shop.url}${path}`,
  });
  const page = await visit(json.redirect_url);
  const form = page.forms.find(({ action }) => action.endsWith(`/method/${method}`));
  if (form === undefined) throw new Error(`the page offers no ${method}`);
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

const refund = (ref: string) =>
  gateway.call("/payment/request", { tran_type: "refund", tran_ref: ref, cart_amount: 500 });

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
  // SADAD takes no refunds (protocol.md 13.2).
  expect((await refund(settled.tran_ref)).json.code).toBe(322);
});

test("what was paid by a bill of Fawry can be refunded", async () => {
  const { ref, path } = await billed({ method: "fawry", currency: "EGP" });
  await fetch((await stored(ref)).challengeUrl ?? "", { method: "POST" });
  await dueNow(ref);
  const [, settled] = await callbacks(path, 2);
  const { json } = await refund(settled.tran_ref);
  expect(json).toMatchObject({
    payment_result: { response_status: "A" },
    payment_info: { payment_method: "Fawry" },
  });
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

/** A bill whose answer was lost: the node died before it could write P. */
async function billedWithoutAnswer() {
  cart += 1;
  const path = `/offline-${cart}`;
  const { json } = await gateway.call("/payment/request", {
    ...goodRequest,
    cart_id: `offline-${cart}`,
    callback: `${shop.url}${path}`,
  });
  const { pool } = gateway.database;
  await pool.query(`create function outage() returns trigger language plpgsql as
    $$ begin raise exception 'outage' using errcode = '57P01'; end $$`);
  await pool.query(`create trigger outage before update on transaction for each row
    when (new.state = 'awaiting') execute function outage()`);
  const page = await visit(json.redirect_url);
  await submit(page.forms.find(({ action }) => action.endsWith("/method/sadad")) ?? noForm());
  await pool.query("drop function outage cascade");
  const ref = String(json.tran_ref);
  const { acquirerRequest: requestId = "", state } = await stored(ref);
  expect(state).toBe("authorising");
  return { ref, path, requestId };
}

test("a bill that was paid though its answer was lost is pending, then settled", async () => {
  const { ref, path, requestId } = await billedWithoutAnswer();
  // The shopper's bank shows it by their account.
  const { rows } = await gateway.database.pool.query(
    "select bill_token, number from simulator_bill where request_id = $1",
    [requestId],
  );
  await fetch(`${gateway.url}/simulator/bill/${rows[0].bill_token}`, { method: "POST" });
  await dueNow(ref);
  const told = await callbacks(path, 2);
  const [pending, settled] = told[0].tran_ref === ref ? told : told.toReversed();
  expect(pending).toMatchObject({
    tran_ref: ref,
    tran_type: "Payment Request",
    payment_result: { response_status: "P", response_code: rows[0].number },
    payment_info: { payment_method: "SADAD", payment_description: rows[0].number },
  });
  expect(settled).toMatchObject({
    previous_tran_ref: ref,
    tran_type: "Sale",
    payment_result: { response_status: "A", response_code: rows[0].number },
    payment_info: { payment_method: "SADAD" },
  });
  expect((await stored(ref)).state).toBe("completed");
});

test("a bill without an answer that nobody paid is closed, and ends with E/401", async () => {
  const { ref, path, requestId } = await billedWithoutAnswer();
  await dueNow(ref);
  const [failed] = await callbacks(path, 1);
  expect(failed).toMatchObject({ payment_result: { response_status: "E", response_code: "401" } });
  const { rows } = await gateway.database.pool.query(
    "select state from simulator_bill where request_id = $1",
    [requestId],
  );
  expect(rows).toEqual([{ state: "closed" }]);
});

test("a request for a bill that arrives after the acquirer denied it is refused", async () => {
  const { acquirer } = gateway.services;
  const { profileId } = gateway.profile;
  const requestId = uuidv7();
  expect(await acquirer.inquireBill({ profileId, requestId, close: true })).toEqual({
    kind: "not_received",
  });
  const late = await acquirer.issueBill({
    profileId,
    requestId,
    method: "sadad",
    amount: moneyOf(100n, "SAR" as Currency),
    merchantName: "Shop",
    language: "en",
  });
  expect(late).toEqual({ kind: "failed", reason: "noResponse" });
  expect(await acquirer.inquireBill({ profileId, requestId, close: true })).toEqual({
    kind: "closed",
  });
});
