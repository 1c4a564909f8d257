import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";
import { type Page, Shop, submit, typeCard, visit } from "../support/stranger.ts";

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

const visa = { number: "4111 1111 1111 1111", code: "123" };

/** The same page on either node, as a load balancer would serve it. */
async function openOnBoth(): Promise<{ ref: string; pages: [Page, Page] }> {
  const { json } = await nodes[0].call("/payment/request", {
    ...goodRequest,
    callback: `${shop.url}/callback`,
    return: `${shop.url}/return`,
  });
  const path = new URL(json.redirect_url).pathname;
  const pages = await Promise.all(nodes.map((node) => visit(`${node.url}${path}`)));
  return { ref: json.tran_ref, pages: pages as [Page, Page] };
}

async function outcomesOf(ref: string) {
  const { rows } = await database.pool.query(
    "select count(*)::int as n from transaction_event where tran_ref = $1 and kind = 'completed'",
    [ref],
  );
  const { rows: deliveries } = await database.pool.query(
    "select count(*)::int as n from delivery where subject = $1",
    [ref],
  );
  const { rows: asked } = await database.pool.query(
    "select count(*)::int as n from transaction_event where tran_ref = $1 and kind = 'card_submitted'",
    [ref],
  );
  return { outcomes: rows[0].n, deliveries: deliveries[0].n, submissions: asked[0].n };
}

test("double clicks in two tabs on two nodes ask the acquirer once", async () => {
  const { ref, pages } = await openOnBoth();
  const clicks = Array.from({ length: 5 }, () => pages.map((page) => typeCard(page, visa))).flat();
  for (const page of await Promise.all(clicks)) expect(page.url).toContain("/result");
  expect(await outcomesOf(ref)).toEqual({ outcomes: 1, deliveries: 1, submissions: 1 });
});

test("paying in one tab while cancelling in the other gives one outcome", async () => {
  const refs = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const { ref, pages } = await openOnBoth();
      const confirm = await visit(`${pages[1].url}/cancel`);
      const cancelForm = confirm.forms.find(({ action }) => action.includes("/cancel"));
      if (cancelForm === undefined) throw new Error("no form to cancel");
      await Promise.all([typeCard(pages[0], visa), submit(cancelForm)]);
      return ref;
    }),
  );
  for (const ref of refs) {
    const counts = await outcomesOf(ref);
    expect(counts).toMatchObject({ outcomes: 1, deliveries: 1 });
    const { json } = await nodes[1].call("/payment/query", { tran_ref: ref });
    expect(json.payment_result.response_status).toBe(counts.submissions === 1 ? "A" : "C");
  }
});

test("expiry and payment at the same moment give one outcome", async () => {
  const { ref, pages } = await openOnBoth();
  await database.pool.query(
    "update transaction set expires_at = now() + interval '20 ms', due_at = now() where tran_ref = $1",
    [ref],
  );
  await Promise.all([typeCard(pages[0], visa), visit(pages[1].url)]);
  await expect.poll(async () => (await outcomesOf(ref)).outcomes).toBe(1);
});

test("a used link says so, and reload and back are harmless", async () => {
  const { ref, pages } = await openOnBoth();
  const result = await typeCard(pages[0], visa);
  const again = await visit(pages[1].url);
  expect(again.html).toContain(ref);
  expect(again.forms.some(({ tokens }) => tokens.has("cc-number"))).toBe(false);
  const resubmitted = await typeCard(pages[0], visa);
  expect(resubmitted.url).toBe(result.url);
  expect((await visit(result.url)).status).toBe(200);
  expect(await outcomesOf(ref)).toEqual({ outcomes: 1, deliveries: 1, submissions: 1 });
});

test("more time can be had ten times, each time the page's own time anew", async () => {
  const { ref, pages } = await openOnBoth();
  let page = pages[0];
  for (let times = 0; times < 10; times += 1) {
    const form = page.forms.find(({ action }) => action.includes("/extend"));
    if (form === undefined) throw new Error(`no way to extend after ${times}`);
    page = await submit(form);
  }
  expect(page.forms.some(({ action }) => action.includes("/extend"))).toBe(false);
  const { rows } = await database.pool.query(
    `select extensions, expires_at > created_at + interval '20 min' as later,
       expires_at <= now() + interval '20 min' as bounded, due_at = expires_at as due
     from transaction where tran_ref = $1`,
    [ref],
  );
  expect(rows[0]).toEqual({ extensions: 10, later: true, bounded: true, due: true });
});

test("mistakes are shown beside their fields, and the security code is never shown again", async () => {
  const { ref, pages } = await openOnBoth();
  const refused = await typeCard(pages[0], { number: "4242 4242 4242 4242", code: "987" });
  expect(refused.status).toBe(422);
  expect(refused.html).toContain("4242 4242 4242 4242");
  // A page token or the milliseconds of a time may hold these three figures.
  expect(refused.html).not.toMatch(/(?<![\w.])987(?!\w)/);
  expect(refused.html).toMatch(/aria-invalid="true"/);
  expect(await outcomesOf(ref)).toMatchObject({ outcomes: 0, submissions: 0 });
  await typeCard(refused, visa);
  expect(await outcomesOf(ref)).toMatchObject({ outcomes: 1, submissions: 1 });
});

test("an unknown or broken link is a plain page with a request id", async () => {
  for (const path of [
    `/payment/page/${"0".repeat(56)}`,
    `/payment/page/${"F".repeat(56)}`,
    `/simulator/3-d-secure/${"F".repeat(56)}`,
    `//evil.example/payment`,
    "/payment/page/x",
    "/payment/wr/ABC/result",
  ]) {
    const page = await visit(`${nodes[0].url}${path}`);
    expect(page.status).toBe(404);
    expect(page.html).toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(page.html).not.toMatch(/ at .*\.ts/);
    expect(page.html).not.toContain('"//evil');
  }
});

test("pages are served so that nothing leaks and nothing foreign runs", async () => {
  const { pages } = await openOnBoth();
  const reply = await fetch(pages[0].url);
  expect(Object.fromEntries(reply.headers)).toMatchObject({
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  });
  const policy = reply.headers.get("content-security-policy") ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("form-action 'self';");
  expect(policy).not.toContain("unsafe");
  const result = await typeCard(pages[0], visa);
  const handOff = await fetch(result.url);
  expect(handOff.headers.get("content-security-policy")).toContain(
    `form-action 'self' ${shop.url} https: http:;`,
  );
});

test("a live profile's page shows no test cards and no sandbox ribbon", async () => {
  const { pages } = await openOnBoth();
  expect(pages[0].html).toContain("4111 1111 1111 1111");
  await database.pool.query("update profile set mode = 'live'");
  const live = await startTestGateway({ database });
  const page = await visit(`${live.url}${new URL(pages[0].url).pathname}`);
  await live.stop();
  await database.pool.query("update profile set mode = 'test'");
  expect(page.forms.some(({ tokens }) => tokens.has("cc-number"))).toBe(true);
  expect(page.html).not.toMatch(/4111 1111|class="ribbon"/);
});
