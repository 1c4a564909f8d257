import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newClientKey, newServerKey } from "../../src/ids.ts";
import { ensureProfile } from "../../src/profiles/profiles-store.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { callByKey, createInvoice, goodInvoice, statusOf } from "../support/invoices.ts";
import { type Page, Shop, submit, typeCard, verifyCallback, visit } from "../support/stranger.ts";

let database: TestDatabase;
let gateway: TestGateway;
let second: TestGateway;
let shop: Shop;

beforeAll(async () => {
  database = await createTestDatabase();
  shop = await new Shop().open();
  [gateway, second] = [await startTestGateway({ database }), await startTestGateway({ database })];
});

afterAll(async () => {
  await Promise.all([gateway.stop(), second.stop()]);
  await shop.close();
  await database.drop();
});

const visa = { number: "4111 1111 1111 1111", code: "123" };
const wrongCode = { number: "4111 1111 1111 1111", code: "999" };

/** Presses the one button that begins to pay. */
function pressPay(page: Page): Promise<Page> {
  const form = page.forms.find(({ action }) => /\/(invoice|link)\//.test(action));
  if (form === undefined) throw new Error(`no way to pay on ${page.url}: ${page.html}`);
  return submit(form);
}

async function paymentsOf(invoiceId: number) {
  const { rows } = await database.pool.query<{ tran_ref: string; state: string; status: string }>(
    `select tran_ref, state, outcome ->> 'status' as status from transaction
     where (details ->> 'invoiceId')::int = $1 order by created_at`,
    [invoiceId],
  );
  return rows;
}

async function historyOf(invoiceId: number) {
  const { rows } = await database.pool.query<{ kind: string; actor: string }>(
    "select kind, actor from invoice_event where invoice_id = $1 order by event_id",
    [invoiceId],
  );
  return rows.map(({ kind, actor }) => `${kind} by ${actor}`);
}

const hour = 3_600_000;
const at = (ms: number) => new Date(Date.now() + ms).toISOString().replace("Z", "+00:00");
const tokenOf = (link: string) => link.split("/").at(-1) ?? "";

async function count(): Promise<bigint> {
  return (await database.pool.query("select count(*) as n from invoice")).rows[0].n;
}

const shopAddresses = (name: string) => ({
  callback: `${shop.url}/callback/${name}`,
  return: `${shop.url}/return/${name}`,
});

describe("an invoice that is paid", () => {
  test("from its creation to its receipt", async () => {
    const created = await gateway.call("/payment/new/invoice", {
      ...goodInvoice,
      ...shopAddresses("paid"),
      customer_details: { name: "Sara Ali", email: "sara@example.com" },
      user_defined: { udf1: "a" },
    });
    expect(created.status).toBe(200);
    const { invoice_id: id, invoice_link: link } = created.json;
    expect(created.json).toEqual({
      invoice_id: expect.any(Number),
      invoice_link: expect.stringMatching(
        new RegExp(`^${gateway.url}/payment/request/invoice/${id}/[0-9A-F]{32}$`),
      ),
      trace_code: expect.stringMatching(/^PMNT\d{4}\.[0-9A-F]{8}\.[0-9A-F]{8}$/),
    });
    expect(await statusOf(gateway, id)).toEqual({ invoice_status: "pending" });

    const invoice = await visit(link);
    expect(invoice.status).toBe(200);
    for (const shown of ["A novel", "2 × 50.00", "88.00", "Spring order", "Sara Ali"]) {
      expect(invoice.html).toContain(shown);
    }
    expect(await paymentsOf(id)).toEqual([]);
    const payment = await pressPay(invoice);
    expect(payment.url).toMatch(/\/payment\/page\/[0-9A-F]{56}$/);
    const result = await typeCard(payment, visa);
    expect(result.url).toContain("/result");
    expect(result.html).toContain("See the invoice");

    const callback = await shop.waitFor("/callback/paid");
    expect(verifyCallback(callback, gateway.profile.serverKey)).toBe(true);
    const body = JSON.parse(callback.body.toString());
    expect(body).toMatchObject({
      invoice_id: id,
      cart_id: "inv-01",
      cart_amount: "88.00",
      payment_result: { response_status: "A" },
      user_defined: { udf1: "a" },
    });
    // Between tran_class and customer_ref, where PT2 has it.
    const names = Object.keys(body);
    expect(names[names.indexOf("tran_class") + 1]).toBe("invoice_id");
    const status = await statusOf(gateway, id);
    expect(status).toEqual({
      invoice_status: "paid",
      tran_ref: body.tran_ref,
      tran_status: "A",
      tran_status_msg: "Authorised",
    });
    const post = await gateway.call("/payment/invoice/status", { invoice_id: id });
    expect(post.json).toEqual(status);
    const query = await gateway.call("/payment/query", { tran_ref: body.tran_ref });
    expect(query.json).toMatchObject({ invoice_id: id, user_defined: { udf1: "a" } });

    const receipt = await visit(link);
    expect(receipt.html).toContain('data-stage="paid"');
    expect(receipt.html).toContain(body.tran_ref);
    expect(receipt.html).toContain("•••• 1111");
    expect(receipt.forms.some(({ action }) => action.includes("/invoice/"))).toBe(false);
    expect(await historyOf(id)).toEqual([
      "created by merchant",
      "payment_begun by shopper",
      "paid by gateway",
    ]);
  });

  test("a failed payment leaves it payable, and the next try is a new payment", async () => {
    const { invoice_id: id, invoice_link: link } = await createInvoice(gateway);
    const first = await typeCard(await pressPay(await visit(link)), wrongCode);
    expect(first.html).toContain("Try again");
    expect(first.html).toContain(new URL(link).pathname);
    expect(await statusOf(gateway, id)).toEqual({ invoice_status: "pending" });
    await typeCard(await pressPay(await visit(link)), visa);
    const payments = await paymentsOf(id);
    expect(payments.map(({ status }) => status)).toEqual(["D", "A"]);
    expect(await statusOf(gateway, id)).toMatchObject({
      invoice_status: "paid",
      tran_ref: payments[1]?.tran_ref,
    });
    expect(await historyOf(id)).toEqual([
      "created by merchant",
      "payment_begun by shopper",
      "payment_failed by gateway",
      "payment_begun by shopper",
      "paid by gateway",
    ]);
  });

  test("stays paid after a void, and says that it was voided", async () => {
    const { invoice_id: id, invoice_link: link } = await createInvoice(gateway, {
      tran_type: "auth",
    });
    await typeCard(await pressPay(await visit(link)), visa);
    const paid = await statusOf(gateway, id);
    expect(paid).toMatchObject({ invoice_status: "paid", tran_status: "A" });
    const follow = (tranType: string, amount: number) =>
      gateway.call("/payment/request", {
        tran_type: tranType,
        tran_class: "ecom",
        tran_ref: paid["tran_ref"],
        cart_id: "inv-01",
        cart_description: "Spring order",
        cart_currency: "SAR",
        cart_amount: amount,
      });
    await follow("release", 8);
    expect(await statusOf(gateway, id)).toEqual(paid);
    await follow("release", 80);
    expect(await statusOf(gateway, id)).toEqual({
      invoice_status: "paid",
      tran_ref: paid["tran_ref"],
      tran_status: "V",
      tran_status_msg: "Voided",
    });
    // While nobody knows whether the acquirer did it, it is not said.
    await database.pool.query(
      `update transaction set outcome = null, state = 'authorising', due_at = now() + interval '1 h'
       where previous_tran_ref = $1 and amount_minor = 8000`,
      [paid["tran_ref"]],
    );
    expect(await statusOf(gateway, id)).toEqual(paid);
  });

  test("stays paid after a refund, which Query tells of", async () => {
    const { invoice_id: id, invoice_link: link } = await createInvoice(gateway);
    await typeCard(await pressPay(await visit(link)), visa);
    const paid = await statusOf(gateway, id);
    const refund = await gateway.call("/payment/request", {
      tran_type: "refund",
      tran_class: "ecom",
      tran_ref: paid["tran_ref"],
      cart_id: "inv-01",
      cart_description: "Spring order",
      cart_currency: "SAR",
      cart_amount: 88,
    });
    expect(refund.json).toMatchObject({ tran_type: "Refund" });
    expect(await statusOf(gateway, id)).toEqual(paid);
  });

  test("a payment page whose time is over gives way to a new one", async () => {
    const { invoice_id: id, invoice_link: link } = await createInvoice(gateway);
    await pressPay(await visit(link));
    await database.pool.query(
      `update transaction set expires_at = now() - interval '1 s', due_at = now() + interval '1 h'
       where (details ->> 'invoiceId')::int = $1`,
      [id],
    );
    const invoice = await visit(link);
    expect(invoice.html).toContain('data-stage="payable"');
    await typeCard(await pressPay(invoice), visa);
    expect((await paymentsOf(id)).map(({ status }) => status)).toEqual(["X", "A"]);
  });

  test("its state is written with the outcome, or neither is", async () => {
    const { invoice_id: id, invoice_link: link } = await createInvoice(gateway);
    const page = await pressPay(await visit(link));
    await database.pool.query(`
      create function refuse() returns trigger language plpgsql as
        $$ begin raise exception 'no invoice can be paid now'; end $$;
      create trigger refuse before update on invoice for each row
        when (new.state = 'paid') execute function refuse()`);
    expect((await typeCard(page, visa)).html).not.toContain('data-outcome="paid"');
    const half = await paymentsOf(id);
    expect(half).toMatchObject([{ state: "authorising", status: null }]);
    expect((await visit(link)).html).toContain('data-stage="checking"');
    expect(await statusOf(gateway, id)).toEqual({ invoice_status: "pending" });
    await database.pool.query("drop function refuse cascade");
    await database.pool.query("update transaction set due_at = now() where tran_ref = $1", [
      half[0]?.tran_ref,
    ]);
    const paid = { invoice_status: "paid", tran_ref: half[0]?.tran_ref };
    await expect.poll(() => statusOf(gateway, id)).toMatchObject(paid);
  });

  test("a held payment keeps the invoice, so that nobody pays twice", async () => {
    const { invoice_id: id, invoice_link: link } = await createInvoice(gateway);
    await typeCard(await pressPay(await visit(link)), {
      number: "4000 0000 0000 1208",
      code: "123",
    });
    const invoice = await visit(link);
    expect(invoice.html).toContain('data-stage="checking"');
    expect((await pressPay(invoice)).url).toBe(link);
    expect(await statusOf(gateway, id)).toEqual({ invoice_status: "pending" });
    expect(await paymentsOf(id)).toHaveLength(1);
  });

  const cash = { invoice_currency: "SAR", invoice_total: 88, pay_method: "cash" };
  test.each([
    ["cancelled", "cancel", {}, ["H"]],
    ["paid", "paid", cash, ["H", "A"]],
  ])(
    "the merchant, who knows of the held payment, makes it %s",
    async (end, call, more, letters) => {
      const { invoice_id: id, invoice_link: link } = await createInvoice(gateway);
      const held = { number: "4000 0000 0000 1208", code: "123" };
      await typeCard(await pressPay(await visit(link)), held);
      const reply = await gateway.call(`/payment/invoice/${call}`, { invoice_id: id, ...more });
      expect(reply.status).toBe(200);
      expect(await statusOf(gateway, id)).toMatchObject({ invoice_status: end });
      expect((await paymentsOf(id)).map(({ status }) => status)).toEqual(letters);
      expect((await visit(link)).html).toContain(`data-stage="${end}"`);
      expect(await historyOf(id)).toContain("held_payment_left by merchant");
    },
  );

  test.each([
    [
      "cancelled",
      "cancel",
      {},
      "before update on invoice for each row when (new.state = 'cancelled')",
    ],
    ["paid", "paid", cash, "before insert on transaction for each row"],
    [
      "paid by its outcome",
      "paid",
      cash,
      "before update on transaction for each row when (new.state = 'completed')",
    ],
  ])(
    "a held payment is left only with what makes the invoice %s, or neither is written",
    async (_end, call, more, outage) => {
      const { invoice_id: id, invoice_link: link } = await createInvoice(gateway);
      const held = { number: "4000 0000 0000 1208", code: "123" };
      await typeCard(await pressPay(await visit(link)), held);
      await database.pool.query(`
        create function refuse() returns trigger language plpgsql as
          $$ begin raise exception 'the database goes away' using errcode = '57P01'; end $$;
        create trigger refuse ${outage} execute function refuse()`);
      const reply = await gateway.call(`/payment/invoice/${call}`, { invoice_id: id, ...more });
      await database.pool.query("drop function refuse cascade");
      expect(reply.status).toBe(503);
      expect(await historyOf(id)).not.toContain("held_payment_left by merchant");
      const invoice = await visit(link);
      expect(invoice.html).toContain('data-stage="checking"');
      expect((await pressPay(invoice)).url).toBe(link);
      expect((await paymentsOf(id)).map(({ status }) => status)).toEqual(["H"]);
    },
  );

  test("shoppers who press Pay do not keep the merchant from marking a held one as paid", async () => {
    for (let round = 0; round < 4; round += 1) {
      const { invoice_id: id, invoice_link: link } = await createInvoice(gateway);
      const held = { number: "4000 0000 0000 1208", code: "123" };
      await typeCard(await pressPay(await visit(link)), held);
      const press = () => fetch(link, { method: "POST", redirect: "manual" });
      const [reply] = await Promise.all([
        gateway.call("/payment/invoice/paid", { invoice_id: id, ...cash }),
        ...Array.from({ length: 8 }, press),
      ]);
      expect([reply.status, (await paymentsOf(id)).map(({ status }) => status)]).toEqual([
        200,
        ["H", "A"],
      ]);
    }
  });
});

describe("one payment at a time", () => {
  test("twenty clicks on two nodes make one payment, and all lead to it", async () => {
    const { invoice_id: id, invoice_link: link } = await createInvoice(gateway);
    const path = new URL(link).pathname;
    const clicks = Array.from({ length: 20 }, (_, index) =>
      fetch(`${index % 2 === 0 ? gateway.url : second.url}${path}`, {
        method: "POST",
        redirect: "manual",
      }),
    );
    const replies = await Promise.all(clicks);
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([303]));
    expect(new Set(replies.map(({ headers }) => headers.get("location"))).size).toBe(1);
    expect(await paymentsOf(id)).toHaveLength(1);
  });

  test("two shoppers pay at once: one authorisation, the other is led to its result", async () => {
    const { invoice_id: id, invoice_link: link } = await createInvoice(gateway);
    const pages = await Promise.all([link, link].map(async (url) => pressPay(await visit(url))));
    const results = await Promise.all(pages.map((page) => typeCard(page, visa)));
    expect(new Set(results.map(({ url }) => url)).size).toBe(1);
    expect((await paymentsOf(id)).map(({ status }) => status)).toEqual(["A"]);
    const { rows } = await database.pool.query(
      `select count(*)::int as asked from transaction_event where kind = 'card_submitted'
         and tran_ref in (select tran_ref from transaction where (details->>'invoiceId')::int = $1)`,
      [id],
    );
    expect(rows[0].asked).toBe(1);
  });

  test("paying while the merchant cancels: the one or the other", async () => {
    const ends = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const { invoice_id: id, invoice_link: link } = await createInvoice(gateway);
        const page = await pressPay(await visit(link));
        const [, cancelled] = await Promise.all([
          typeCard(page, visa),
          second.call("/payment/invoice/cancel", { invoice_id: id }),
        ]);
        const payments = (await paymentsOf(id)).map(({ status }) => status);
        return { payments, cancelled: cancelled.json, status: await statusOf(gateway, id) };
      }),
    );
    const possible = [
      { payments: ["C"], code: 0, status: "cancelled" },
      { payments: ["A"], code: 2, status: "paid" },
    ];
    for (const { payments, cancelled, status } of ends) {
      const end = { payments, code: cancelled.code, status: status["invoice_status"] };
      expect(possible).toContainEqual(end);
    }
  });

  test("marking as paid twice at once makes one payment", async () => {
    const { invoice_id: id } = await createInvoice(gateway);
    const body = {
      invoice_id: id,
      invoice_currency: "SAR",
      invoice_total: 88,
      pay_method: "cash",
    };
    const replies = await Promise.all(
      [gateway, second, gateway, second].map((node) => node.call("/payment/invoice/paid", body)),
    );
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await paymentsOf(id)).map(({ status }) => status)).toEqual(["A"]);
  });
});

describe("marking as paid", () => {
  const cheque = {
    invoice_currency: "sar",
    invoice_total: "88.0",
    pay_method: "cheque",
    pay_description: "Cheque 117",
  };

  test("makes a payment of its own, with a Callback", async () => {
    const { invoice_id: id, invoice_link: link } = await createInvoice(gateway, {
      ...shopAddresses("cheque"),
    });
    const body = { ...cheque, invoice_id: id.toString() };
    const { status, json } = await gateway.call("/payment/invoice/paid", body);
    expect(status).toBe(200);
    expect(json).toEqual({
      profile_id: gateway.profile.profileId,
      invoice_id: id,
      invoice_currency: "SAR",
      invoice_total: "88.00",
      pay_method: "Cheque",
      pay_description: "Cheque 117",
      tran_ref: expect.stringMatching(/^TST\d{13}$/),
    });
    expect(await statusOf(gateway, id)).toEqual({
      invoice_status: "paid",
      tran_ref: json.tran_ref,
      tran_status: "A",
      tran_status_msg: "Authorised",
    });
    const callback = JSON.parse((await shop.waitFor("/callback/cheque")).body.toString());
    expect(callback).toMatchObject({
      tran_ref: json.tran_ref,
      invoice_id: id,
      payment_result: { response_status: "A", response_code: "000" },
      payment_info: {
        payment_method: "Cheque",
        card_scheme: "",
        payment_description: "Cheque 117",
      },
      paymentChannel: "Transaction API",
    });
    const receipt = await visit(link);
    expect(receipt.html).toContain('data-stage="paid"');
    expect(receipt.html).toContain("Cheque");
    const again = await gateway.call("/payment/invoice/paid", body);
    expect([again.status, again.json.code, again.json.message]).toEqual([
      400,
      2,
      "Invoice already paid",
    ]);
    expect(await historyOf(id)).toEqual([
      "created by merchant",
      "payment_begun by merchant",
      "paid by gateway",
    ]);
  });

  test("ends an open payment page first", async () => {
    const { invoice_id: id, invoice_link: link } = await createInvoice(gateway);
    const page = await pressPay(await visit(link));
    const body = { ...cheque, invoice_id: id };
    expect((await gateway.call("/payment/invoice/paid", body)).status).toBe(200);
    expect((await paymentsOf(id)).map(({ status }) => status)).toEqual(["C", "A"]);
    const late = await typeCard(page, visa);
    expect(late.html).toContain('data-outcome="cancelled"');
    expect((await paymentsOf(id)).map(({ status }) => status)).toEqual(["C", "A"]);
  });

  test.each([
    ["paid", cheque],
    ["cancel", {}],
  ])("an open page of the channel Transaction API is no obstacle: %s", async (call, more) => {
    const { invoice_id: id, invoice_link: link } = await createInvoice(gateway, {
      plugin_info: { cart_name: "Transaction API" },
    });
    await pressPay(await visit(link));
    const reply = await gateway.call(`/payment/invoice/${call}`, { invoice_id: id, ...more });
    expect(reply.status).toBe(200);
    const status = call === "paid" ? "paid" : "cancelled";
    expect(await statusOf(gateway, id)).toMatchObject({ invoice_status: status });
    expect((await paymentsOf(id))[0]?.status).toBe("C");
  });

  test("is refused while the bank is asked", async () => {
    const { invoice_id: id, invoice_link: link } = await createInvoice(gateway);
    await typeCard(await pressPay(await visit(link)), { number: "4000000000000002", code: "123" });
    const { status, json } = await gateway.call("/payment/invoice/paid", {
      ...cheque,
      invoice_id: id,
    });
    expect([status, json.code]).toEqual([409, 2]);
    expect(json.message).toContain((await paymentsOf(id))[0]?.tran_ref);
  });

  test.each([
    ["invoice_id is required", { invoice_id: undefined }],
    ["invoice_id must be a whole number", { invoice_id: "x" }],
    ["invoice_total must be the invoice's, 88.00", { invoice_total: 87 }],
    ["invoice_total must be the invoice's, 88.00", { invoice_total: undefined }],
    ["invoice_currency must be the invoice's, SAR", { invoice_currency: "AED" }],
    ["pay_method must be one of cash, cheque, banktransfer, pointofsale", { pay_method: "gold" }],
    ["pay_method is required", { pay_method: undefined }],
    ["pay_description must have at most 255 characters", { pay_description: "x".repeat(256) }],
    ["Invoice not found", { invoice_id: 999_999_999 }],
  ])("refuses: %s", async (message, changes) => {
    const { invoice_id: id } = await createInvoice(gateway);
    const body = { ...cheque, invoice_id: id, ...changes };
    const { status, json } = await gateway.call("/payment/invoice/paid", body);
    expect([status, json.code]).toEqual([400, 2]);
    expect(json.message).toContain(message);
    expect(await statusOf(gateway, id)).toEqual({ invoice_status: "pending" });
  });
});

describe("cancelling", () => {
  test.each([
    ["POST", (id: number) => gateway.call("/payment/invoice/cancel", { invoice_id: id })],
    [
      "PUT without a body",
      (id: number) => callByKey(gateway, "PUT", `/payment/invoice/${id}/cancel`),
    ],
    [
      "PUT with a body",
      async (id: number) => {
        const reply = await fetch(`${gateway.url}/payment/invoice/${id}/cancel`, {
          method: "PUT",
          headers: { authorization: gateway.profile.serverKey },
          body: JSON.stringify({ profile_id: gateway.profile.profileId }),
        });
        return { status: reply.status, json: await reply.json() };
      },
    ],
  ])("by %s, twice", async (_name, cancel) => {
    const { invoice_id: id, invoice_link: link } = await createInvoice(gateway);
    const page = await pressPay(await visit(link));
    for (const reply of [await cancel(id), await cancel(id)]) {
      expect(reply.status).toBe(200);
      expect(reply.json).toMatchObject({ code: 0, message: "Invoice cancelled" });
    }
    expect(await statusOf(gateway, id)).toEqual({ invoice_status: "cancelled" });
    expect((await typeCard(page, visa)).html).toContain('data-outcome="cancelled"');
    const invoice = await visit(link);
    expect(invoice.html).toContain('data-stage="cancelled"');
    expect(invoice.forms).toEqual([]);
    const pressed = await fetch(link, { method: "POST", redirect: "manual" });
    expect(pressed.headers.get("location")).toBe(new URL(link).pathname);
    expect((await paymentsOf(id)).map(({ status }) => status)).toEqual(["C"]);
    const paid = await gateway.call("/payment/invoice/paid", {
      invoice_id: id,
      invoice_currency: "SAR",
      invoice_total: 88,
      pay_method: "cash",
    });
    expect(paid.json).toMatchObject({ code: 2, message: "Invoice already cancelled" });
  });

  test("a paid one is refused", async () => {
    const { invoice_id: id, invoice_link: link } = await createInvoice(gateway);
    await typeCard(await pressPay(await visit(link)), visa);
    const { status, json } = await gateway.call("/payment/invoice/cancel", { invoice_id: id });
    expect([status, json.code, json.message]).toEqual([400, 2, "Invoice already paid"]);
  });
});

describe("dates", () => {
  test("an invoice that is due is overdue, and can be paid", async () => {
    const { invoice_id: id, invoice_link: link } = await createInvoice(
      gateway,
      {},
      { due_date: at(-hour), expiry_date: at(hour) },
    );
    expect(await statusOf(gateway, id)).toEqual({ invoice_status: "overdue" });
    const invoice = await visit(link);
    expect(invoice.html).toContain('data-stage="overdue"');
    await typeCard(await pressPay(invoice), visa);
    expect(await statusOf(gateway, id)).toMatchObject({ invoice_status: "paid" });
  });

  test("an expired one cannot be paid; a payment that was begun before may be finished", async () => {
    const [late, begun] = [await createInvoice(gateway), await createInvoice(gateway)];
    const page = await pressPay(await visit(begun.invoice_link));
    await database.pool.query(
      "update invoice set expires_at = now() - interval '1 s' where invoice_id = any($1)",
      [[late.invoice_id, begun.invoice_id]],
    );
    expect(await statusOf(gateway, late.invoice_id)).toEqual({ invoice_status: "expired" });
    const invoice = await visit(late.invoice_link);
    expect(invoice.html).toContain('data-stage="expired"');
    expect(invoice.forms).toEqual([]);
    await fetch(late.invoice_link, { method: "POST", redirect: "manual" });
    expect(await paymentsOf(late.invoice_id)).toEqual([]);
    await typeCard(page, visa);
    expect(await statusOf(gateway, begun.invoice_id)).toMatchObject({ invoice_status: "paid" });
    // The merchant who was paid in cash at last may say so.
    const marked = await gateway.call("/payment/invoice/paid", {
      invoice_id: late.invoice_id,
      invoice_currency: "SAR",
      invoice_total: 88,
      pay_method: "pointofsale",
    });
    expect(marked.json).toMatchObject({ pay_method: "Point of Sale" });
  });

  test("one that is not active yet can be seen and not paid", async () => {
    const { invoice_id: id, invoice_link: link } = await createInvoice(
      gateway,
      {},
      { activation_date: at(48 * hour) },
    );
    const invoice = await visit(link);
    expect(invoice.html).toContain('data-stage="not_active"');
    expect(invoice.forms).toEqual([]);
    await fetch(link, { method: "POST", redirect: "manual" });
    expect(await paymentsOf(id)).toEqual([]);
    expect(await statusOf(gateway, id)).toEqual({ invoice_status: "pending" });
  });

  test("an amount of the shopper's choice is refused", async () => {
    const { status, json } = await gateway.call("/payment/invoice/new", {
      ...goodInvoice,
      donation_mode: true,
      cart_min: 1,
    });
    expect([status, json.message]).toEqual([400, expect.stringContaining("donation_mode")]);
  });

  test("an expiry date that has passed is refused", async () => {
    const { status, json } = await gateway.call("/payment/invoice/new", {
      ...goodInvoice,
      invoice: { ...goodInvoice.invoice, expiry_date: "2020-01-27T13:33:00+04:00" },
    });
    expect([status, json.code, json.message]).toEqual([400, 2, "Invoice expiry date has passed"]);
  });
});

describe("refusals", () => {
  test.each([
    ["invoice is required", { invoice: undefined }],
    ["invoice.line_items must be a list", { invoice: { line_items: [] } }],
    ["cart_amount must be 88.00", { cart_amount: 100 }],
    ["cart_id is required", { cart_id: undefined }],
    ["callback", { callback: "ftp://shop.example/cb" }],
    ["tran_type refund", { tran_type: "refund" }],
    ["card_details cannot wait", { card_details: { pan: "4111111111111111", cvv: "123" } }],
    ["tran_ref cannot wait", { tran_ref: "TST2600000000001" }],
  ])("%s, and nothing is written", async (message, changes) => {
    const before = await count();
    const { status, json } = await gateway.call("/payment/invoice/new", {
      ...goodInvoice,
      ...changes,
    });
    expect(status).toBe(400);
    expect(json.message).toContain(message);
    expect(JSON.stringify({ ...json, trace: "" })).not.toContain("4111");
    expect(await count()).toBe(before);
  });

  test("SMS is refused with the reason, after the request was judged", async () => {
    const { invoice_id: id } = await createInvoice(gateway);
    const sms = (invoice: number | string, body: object) =>
      gateway.call(`/payment/invoice/${invoice}/sms`, body);
    const phone = { customer_details: { phone: "+966500000001" } };
    expect((await sms(id, phone)).json).toMatchObject({
      code: 2,
      message: expect.stringMatching(/no SMS provider/),
    });
    expect((await sms(id, {})).json.message).toContain("customer_details is required");
    expect((await sms(id, { customer_details: {} })).json.message).toContain("phone is required");
    expect((await sms("7x", phone)).json.message).toBe("Invoice not found");
  });

  test("other methods and unknown invoices get JSON", async () => {
    for (const path of [
      "/payment/invoice/new",
      "/payment/invoice/status",
      "/payment/link/create",
    ]) {
      const reply = await fetch(`${gateway.url}${path}`);
      expect(reply.status).toBe(400);
      expect(await reply.json()).toMatchObject({ code: 2 });
    }
    for (const id of ["0", "x", "-1", "99999999999", "999999999"]) {
      const { status, json } = await callByKey(gateway, "GET", `/payment/invoice/${id}/status`);
      expect([status, json["code"], json["message"]]).toEqual([400, 2, "Invoice not found"]);
    }
  });

  test("an invoice's address needs its number and its secret", async () => {
    const [one, two] = [await createInvoice(gateway), await createInvoice(gateway)];
    for (const path of [
      `${one.invoice_id}/${tokenOf(two.invoice_link)}`,
      `${one.invoice_id}/${"0".repeat(32)}`,
      `${one.invoice_id}/${tokenOf(one.invoice_link).slice(0, -1)}`,
      `0/${tokenOf(one.invoice_link)}`,
    ]) {
      for (const method of ["GET", "POST"]) {
        const page = await visit(`${gateway.url}/payment/request/invoice/${path}`, { method });
        expect(page.status).toBe(404);
        expect(page.html).toContain("<!doctype html>");
      }
    }
  });
});

describe("the key", () => {
  test("alone names its profile: another profile does not see the invoice", async () => {
    const { invoice_id: id } = await createInvoice(gateway);
    const other = await ensureProfile(database.pool, {
      ...gateway.profile,
      profileId: 45_002,
      serverKey: newServerKey(),
      clientKey: newClientKey(),
    });
    const path = `/payment/invoice/${id}/status`;
    const foreign = await callByKey(gateway, "GET", path, other.serverKey);
    expect([foreign.status, foreign.json["message"]]).toEqual([400, "Invoice not found"]);
    const cancel = `/payment/invoice/${id}/cancel`;
    expect((await callByKey(gateway, "PUT", cancel, other.serverKey)).status).toBe(400);
    expect(await statusOf(gateway, id)).toEqual({ invoice_status: "pending" });
  });

  test.each(["", "SAAAAAAAAA-AAAAAAAAAA-AAAAAAAAAA", "\\x53", "Bearer x"])(
    "%s is refused",
    async (key) => {
      const { invoice_id: id } = await createInvoice(gateway);
      const path = `/payment/invoice/${id}/status`;
      const { status, json } = await callByKey(gateway, "GET", path, key);
      expect([status, json["code"]]).toEqual([401, 1]);
      const post = await gateway.callRaw("/payment/invoice/status", `{"invoice_id":${id}}`, {
        authorization: key,
      });
      expect(post.status).toBe(401);
    },
  );

  test("must be that of a profile_id in the body", async () => {
    const { invoice_id: id } = await createInvoice(gateway);
    const named = await gateway.call("/payment/invoice/status", {
      invoice_id: id,
      profile_id: 45009,
    });
    expect(named.status).toBe(401);
    const unnamed = await gateway.callRaw("/payment/invoice/status", `{"invoice_id":"${id}"}`);
    expect(unnamed.json).toEqual({ invoice_status: "pending" });
  });

  test("is of one profile only", async () => {
    const twin = { ...gateway.profile, profileId: 45_003 };
    await expect(ensureProfile(database.pool, twin)).rejects.toThrow("profile_server_key");
  });
});
