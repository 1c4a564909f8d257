import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser, screenshot, seriousFindings } from "../support/browser.ts";
import { until } from "../support/dispatching.ts";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";

let gateway: TestGateway;
let browser: Browser;

const pageCalls = 25;

beforeAll(async () => {
  gateway = await startTestGateway();
  browser = await launchBrowser();
  for (let index = 0; index < pageCalls; index += 1) {
    await gateway.call("/payment/query", { cart_id: `older-${index}` });
  }
  await gateway.call("/payment/request", { ...goodRequest, cart_id: "order-7001" });
  await gateway.call("/payment/request", { ...goodRequest, cart_currency: "TRY" });
  await gateway.call("/payment/request", { ...goodRequest, profile_id: 45009 });
  await gateway.callRaw("/payment/request", "profile_id=45001&cart_id=<b>x</b>");
  await until(async () => {
    const { rows } = await gateway.database.pool.query("select from api_call");
    return rows.length === pageCalls + 4;
  });
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

async function expectGood(page: Page): Promise<void> {
  expect(await seriousFindings(page)).toEqual([]);
  const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
  expect(await page.evaluate<number>(overflow)).toBe(0);
}

test.each([
  ["phone", 360, "light"],
  ["desktop", 1440, "dark"],
] as const)("a newcomer finds out why a call was refused: %s", async (name, width, colorScheme) => {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme,
  });
  const page = await context.newPage();
  await page.goto(gateway.url);
  await page.getByRole("link", { name: "API calls" }).click();
  await page.waitForURL(/\/sandbox\/api-calls$/);
  const calls = page.locator(".call");
  expect(await calls.count()).toBe(pageCalls);
  const texts = await calls.allTextContents();
  expect(texts[0]).toContain("The body is form data, not JSON");
  expect(texts[1]).toContain("There is no profile 45009 here");
  expect(texts[2]).toMatch(/Currency not enabled: TRY; SAR, AED.*are/);
  expect(texts[3]).toContain("Served: 200");
  await calls.nth(2).getByText("Request (").click();
  await calls.nth(2).getByText("Reply", { exact: true }).click();
  expect(await calls.nth(2).getByLabel("Request body").textContent()).toContain('"TRY"');
  await expectGood(page);
  await screenshot(page, `sandbox-api-calls-${name}`);
  await page.getByRole("link", { name: "Older calls" }).click();
  expect(await calls.count()).toBe(4);
  expect(await calls.last().textContent()).toContain("older-0");
  await page.getByRole("link", { name: "Newest API calls" }).click();
  await calls.nth(3).getByRole("link").click();
  await page.waitForURL(/\/sandbox\/payments\/TST\d+$/);
  await context.close();
});

test.each([
  ["phone", 360],
  ["desktop", 1280],
])("the trace of a reply finds its call: %s", async (name, width) => {
  const { json } = await gateway.call("/payment/request", { ...goodRequest, cart_currency: "EUR" });
  await until(async () => {
    const { rows } = await gateway.database.pool.query("select from api_call where trace = $1", [
      json.trace,
    ]);
    return rows.length === 1;
  });
  const context = await browser.newContext({ viewport: { width, height: 900 } });
  const page = await context.newPage();
  await page.goto(`${gateway.url}/sandbox/api-calls`);
  await page.getByLabel("Trace of a reply").fill(`  ${json.trace} `);
  await page.getByRole("button", { name: "Find" }).click();
  await page.waitForURL(/\?trace=/);
  const calls = page.locator(".call");
  expect(await calls.count()).toBe(1);
  expect(await calls.first().getAttribute("data-trace")).toBe(json.trace);
  expect(await page.getByLabel("Trace of a reply").inputValue()).toBe(json.trace);
  await expectGood(page);
  await screenshot(page, `sandbox-api-calls-trace-${name}`);
  for (const trace of [`${json.trace}x`, "%00", "<b>x</b>".repeat(20)]) {
    const address = `${gateway.url}/sandbox/api-calls?trace=${encodeURIComponent(trace)}`;
    expect((await page.goto(address))?.status()).toBe(200);
    expect(await calls.count()).toBe(0);
    expect(await page.locator(".nothing").textContent()).toContain("No call has the trace");
  }
  await expectGood(page);
  await page.goto(`${gateway.url}/sandbox/api-calls?trace=%00`);
  expect(await calls.count()).toBeGreaterThan(1);
  await page.getByRole("link", { name: "Sandbox", exact: true }).waitFor();
  await context.close();
});

test("calls of another profile are not shown, nor is the page to strangers", async () => {
  const { pool } = gateway.database;
  await pool.query(
    `insert into profile select 45002, merchant_id, name, mode, currencies, 'k', 'k'
     from profile where profile_id = 45001`,
  );
  await gateway.call("/payment/request", { ...goodRequest, profile_id: 45002, cart_id: "theirs" });
  await until(async () => {
    const { rows } = await pool.query("select from api_call where profile_id = 45002");
    return rows.length === 1;
  });
  const own = await (await fetch(`${gateway.url}/sandbox/api-calls`)).text();
  expect(own).toContain("45009");
  expect(own).not.toContain("theirs");
  const { rows } = await pool.query("select trace from api_call where profile_id = 45002");
  const found = await fetch(`${gateway.url}/sandbox/api-calls?trace=${rows[0].trace}`);
  expect(await found.text()).toContain("No call has the trace");
  const tunnel = { headers: { "x-forwarded-for": "203.0.113.9" } };
  expect((await fetch(`${gateway.url}/sandbox/api-calls`, tunnel)).status).toBe(403);
});
