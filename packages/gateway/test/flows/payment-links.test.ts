import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { type Page, Shop, submit, typeCard, visit } from "../support/stranger.ts";

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
const goodLink = { link_title: "Two novels", cart_currency: "SAR", cart_amount: 25.5 };

async function create(changes: object = {}): Promise<{ link_id: number; link_url: string }> {
  const { json } = await gateway.call("/payment/link/create", { ...goodLink, ...changes });
  if (typeof json.link_url !== "string") throw new Error(JSON.stringify(json));
  return json;
}

function formOf(page: Page) {
  const form = page.forms.find(({ action }) => action.includes("/payment/link/"));
  if (form === undefined) throw new Error(`no way to pay on ${page.url}: ${page.html}`);
  return form;
}

async function paymentsOf(linkId: number) {
  const { rows } = await database.pool.query<{ tran_ref: string; status: string | null }>(
    `select tran_ref, outcome ->> 'status' as status from transaction
     where details ->> 'backPath' like '/payment/link/' || $1 || '/%' order by created_at`,
    [linkId],
  );
  return rows;
}

test("a link is paid again and again, each time by a new payment", async () => {
  const { status, json } = await gateway.call("/payment/link/create", {
    ...goodLink,
    callback: `${shop.url}/callback/link`,
    customer_details: { name: "Sara Ali" },
  });
  expect(status).toBe(200);
  expect(json).toEqual({
    link_id: expect.any(Number),
    link_url: expect.stringMatching(
      new RegExp(`^${gateway.url}/payment/link/${json.link_id}/[0-9A-F]{32}$`),
    ),
    trace: expect.stringMatching(/^PMNT/),
  });
  for (let times = 1; times <= 2; times += 1) {
    const page = await visit(json.link_url);
    expect(page.html).toContain("Two novels");
    expect(page.html).toContain("25.50");
    const result = await typeCard(await submit(formOf(page)), visa);
    expect(result.html).toContain('data-outcome="paid"');
    await expect.poll(() => shop.on("/callback/link").length).toBe(times);
  }
  const payments = await paymentsOf(json.link_id);
  expect(payments.map(({ status: letter }) => letter)).toEqual(["A", "A"]);
  const callbacks = shop.on("/callback/link").map(({ body }) => JSON.parse(body.toString()));
  expect(new Set(callbacks.map(({ tran_ref }) => tran_ref)).size).toBe(2);
  for (const callback of callbacks) {
    expect(callback).toMatchObject({ cart_id: `link-${json.link_id}`, cart_amount: "25.50" });
    expect(callback).not.toHaveProperty("invoice_id");
  }
  const { json: list } = await gateway.call("/payment/query", { cart_id: `link-${json.link_id}` });
  expect(list).toHaveLength(2);
});

test("twenty clicks on one form make one payment, another form another", async () => {
  const { link_id: id, link_url: url } = await create();
  const pages = [await visit(url), await visit(url)] as const;
  const form = formOf(pages[0]);
  const replies = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      fetch(form.action.replace(gateway.url, index % 2 === 0 ? gateway.url : second.url), {
        method: "POST",
        redirect: "manual",
        body: new URLSearchParams([...form.fields]),
      }),
    ),
  );
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([303]));
  expect(new Set(replies.map(({ headers }) => headers.get("location"))).size).toBe(1);
  expect(await paymentsOf(id)).toHaveLength(1);
  await submit(formOf(pages[1]));
  expect(await paymentsOf(id)).toHaveLength(2);
});

test("after a decline the shopper is led back to the link", async () => {
  const { link_url: url } = await create();
  const page = await submit(formOf(await visit(url)));
  const declined = await typeCard(page, { ...visa, code: "999" });
  expect(declined.html).toContain("Try again");
  expect(declined.html).toContain(new URL(url).pathname);
  const paid = await typeCard(await submit(formOf(await visit(url))), visa);
  expect(paid.html).not.toContain("Try again");
});

test("a link ends with its expiry date", async () => {
  const expiry = new Date(Date.now() + 3_600_000).toISOString();
  const { link_id: id, link_url: url } = await create({ expiry_date: expiry });
  const page = await visit(url);
  await database.pool.query("update payment_link set expires_at = now() where link_id = $1", [id]);
  const ended = await visit(url);
  expect([ended.status, ended.forms.length]).toEqual([410, 0]);
  await submit(formOf(page));
  expect(await paymentsOf(id)).toEqual([]);
});

describe("refused", () => {
  test.each([
    ["link_title is required", { link_title: undefined }],
    ["link_title must have at most 128 characters", { link_title: "x".repeat(129) }],
    ["cart_currency", { cart_currency: undefined }],
    ["cart_amount is required", { cart_amount: undefined }],
    ["expiry_date must be a date and time", { expiry_date: "tomorrow" }],
    ["Payment link expiry date has passed", { expiry_date: "2020-01-01T00:00:00Z" }],
    ["token cannot wait", { token: "0123456789ABCDEF0123456789ABCDEF" }],
  ])("%s", async (message, changes) => {
    const before = await database.pool.query("select count(*) as n from payment_link");
    const { status, json } = await gateway.call("/payment/link/create", {
      ...goodLink,
      ...changes,
    });
    expect(status).toBe(400);
    expect(json.message).toContain(message);
    const after = await database.pool.query("select count(*) as n from payment_link");
    expect(after.rows).toEqual(before.rows);
  });

  test("a form without its number, or with another's", async () => {
    const { link_id: id, link_url: url } = await create();
    for (const body of ["", "once=", "once=abc", `once=${"g".repeat(32)}`, "once=a&once=b"]) {
      const reply = await fetch(url, {
        method: "POST",
        redirect: "manual",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body,
      });
      expect(reply.headers.get("location")).toBe(new URL(url).pathname);
    }
    expect(await paymentsOf(id)).toEqual([]);
  });

  test("an address that is not one", async () => {
    const { link_id: id } = await create();
    const page = await visit(`${gateway.url}/payment/link/${id}/${"0".repeat(32)}`);
    expect(page.status).toBe(404);
    // A person who lost half of the address gets a page too.
    const half = await visit(`${gateway.url}/payment/link/${id}/`);
    expect(half.status).toBe(404);
    expect(half.html).toContain("<!doctype html>");
  });
});
