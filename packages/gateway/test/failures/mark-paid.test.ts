import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { type DatabaseProxy, startDatabaseProxy } from "../support/database-proxy.ts";
import { until } from "../support/dispatching.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { createInvoice, statusOf } from "../support/invoices.ts";
import { MovingClock } from "../support/moving-clock.ts";
import { Shop, submit, typeCard, visit } from "../support/stranger.ts";

const operatorToken = "an-operators-token-for-tests";
const leaseMs = 1500;
const clock = new MovingClock();
let database: TestDatabase;
let proxy: DatabaseProxy;
let gateway: TestGateway;
let shop: Shop;

beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await startDatabaseProxy(database.url);
  shop = await new Shop().open();
  gateway = await startTestGateway({
    database: { ...database, url: proxy.url },
    config: { operatorToken },
    clock,
    deliveries: { limits: { leaseMs, pollMsMin: 20, pollMsMax: 50 } },
  });
  const { profileId } = gateway.profile;
  const ipn = await fetch(`${gateway.url}/operators/profiles/${profileId}/ipn-configurations`, {
    method: "POST",
    headers: { authorization: `Bearer ${operatorToken}` },
    body: JSON.stringify({ name: "ERP", url: `${shop.url}/ipn` }),
  });
  if (ipn.status !== 201) throw new Error(`no IPN could be configured: ${await ipn.text()}`);
  // A profile is remembered for five seconds.
  clock.forgetProfiles();
});

afterAll(async () => {
  await gateway.stop();
  await shop.close();
  await proxy.close();
  await database.drop();
});

const sql = async (text: string, values: unknown[] = []) =>
  (await database.pool.query(text, values)).rows;

/** Everything that is stored of an invoice, its payments and what was to be sent of them. */
async function storedOf(id: number) {
  const of = "(details ->> 'invoiceId')::int = $1";
  const paymentsOf = `select tran_ref from transaction where ${of}`;
  return {
    invoice: await sql("select * from invoice where invoice_id = $1", [id]),
    history: await sql("select * from invoice_event where invoice_id = $1 order by event_id", [id]),
    payments: await sql(`select * from transaction where ${of} order by tran_ref`, [id]),
    events: await sql(
      `select * from transaction_event where tran_ref in (${paymentsOf}) order by event_id`,
      [id],
    ),
    deliveries: await sql(
      `select delivery_id from delivery where subject in (${paymentsOf}) order by delivery_id`,
      [id],
    ),
  };
}

/** What arrived about a payment: the paths, in their order. */
const arrived = (tranRef: string): string[] =>
  shop.received
    .filter(({ body }) => body.toString().includes(tranRef))
    .map(({ path }) => path)
    .toSorted();

const press = async (link: string) => {
  const { forms } = await visit(link);
  const form = forms.find(({ action }) => action.includes("/invoice/"));
  if (form === undefined) throw new Error(`no way to pay on ${link}`);
  return submit(form);
};

const before = {
  held: async (link: string) => {
    await typeCard(await press(link), { number: "4000 0000 0000 1208", code: "123" });
  },
  nothing: async () => undefined,
};

const markPaid = (id: number) =>
  gateway.call("/payment/invoice/paid", {
    invoice_id: id,
    invoice_currency: "SAR",
    invoice_total: 88,
    pay_method: "cash",
  });

const faults = {
  "the outcome": `create trigger refuse before update on transaction for each row
    when (new.state = 'completed') execute function refuse()`,
  "the commit": `create constraint trigger refuse after update on invoice
    deferrable initially deferred for each row when (new.state = 'paid')
    execute function refuse()`,
};

test.each(
  (["held", "nothing"] as const).flatMap((first) =>
    (["the outcome", "the commit"] as const).map((fault) => ({ first, fault })),
  ),
)("with $first before: $fault fails, nothing has changed, and the retry pays", async (row) => {
  const { first, fault } = row;
  const path = `/callback/${first}-${fault.replace(" ", "-")}`;
  const created = await createInvoice(gateway, { callback: `${shop.url}${path}` });
  const { invoice_id: id, invoice_link: link } = created;
  await before[first](link);
  const stored = await storedOf(id);
  await sql(`create function refuse() returns trigger language plpgsql as
    $$ begin raise exception 'the database goes away' using errcode = '57P01'; end $$`);
  await sql(faults[fault]);
  const failed = await markPaid(id);
  await sql("drop function refuse cascade");
  expect(failed.status).toBe(503);
  expect(await storedOf(id)).toEqual(stored);

  const { status, json } = await markPaid(id);
  expect([status, json]).toEqual([200, expect.objectContaining({ pay_method: "Cash" })]);
  const paid = { invoice_status: "paid", tran_ref: json.tran_ref, tran_status: "A" };
  expect(await statusOf(gateway, id)).toMatchObject(paid);
  expect((await storedOf(id)).payments).toHaveLength(stored.payments.length + 1);
  await until(async () => arrived(json.tran_ref).length === 2);
  await sleep(300);
  expect(arrived(json.tran_ref)).toEqual([path, "/ipn"]);
});

test("a lease lasts as long as the node reckons, however long the invoice was locked", async () => {
  const lockedMs = 400;
  const { invoice_id: id } = await createInvoice(gateway, {
    callback: `${shop.url}/callback/lock`,
  });
  await sql(`create table lease (lasts_ms float8);
    create function note_lease() returns trigger language plpgsql as $$ begin
      insert into lease select extract(epoch from new.lease_until - now()) * 1000; return new;
    end $$;
    create trigger note_lease before insert on delivery_queue for each row
      execute function note_lease()`);
  const locker = await database.pool.connect();
  await locker.query("begin");
  await locker.query("select from invoice where invoice_id = $1 for update", [id]);
  const marking = markPaid(id);
  await sleep(lockedMs + 100);
  await locker.query("commit");
  locker.release();
  expect((await marking).status).toBe(200);
  // now() is when the transaction began.
  const [{ shortest }] = await sql("select min(lasts_ms) as shortest from lease");
  await sql("drop function note_lease cascade");
  expect(shortest).toBeGreaterThanOrEqual(leaseMs + lockedMs);
});

test("a commit of which nobody knows hands nothing over; what it wrote is sent once, later", async () => {
  const path = "/callback/unknown";
  const { invoice_id: id } = await createInvoice(gateway, { callback: `${shop.url}${path}` });
  await sql(`create function linger() returns trigger language plpgsql as
    $$ begin perform pg_sleep(1); return null; end $$`);
  await sql(`create constraint trigger linger after update on invoice
    deferrable initially deferred for each row when (new.state = 'paid')
    execute function linger()`);
  const failing = markPaid(id);
  await until(async () => {
    const [row] = await sql(`select count(*)::int as n from pg_stat_activity
      where datname = current_database() and state = 'active' and query = 'commit'`);
    return row.n === 1;
  });
  const hidden = await storedOf(id);
  expect([hidden.payments, hidden.invoice[0].payment_ref]).toEqual([[], null]);
  proxy.cut();
  expect((await failing).status).toBe(503);
  await until(
    async () =>
      (await sql("select paid_ref from invoice where invoice_id = $1", [id]))[0].paid_ref !== null,
  );
  await sql("drop function linger cascade");
  const [payment] = (await storedOf(id)).payments;
  expect(arrived(payment.tran_ref)).toEqual([]);
  await until(async () => arrived(payment.tran_ref).length === 2);
  await sleep(300);
  expect(arrived(payment.tran_ref)).toEqual([path, "/ipn"]);
  const again = await markPaid(id);
  expect([again.status, again.json.message]).toEqual([400, "Invoice already paid"]);
  expect((await storedOf(id)).payments).toHaveLength(1);
});
