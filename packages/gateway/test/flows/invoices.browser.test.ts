import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser, screenshot, seriousFindings } from "../support/browser.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { createInvoice, goodInvoice, statusOf } from "../support/invoices.ts";

let browser: Browser;
let gateway: TestGateway;

beforeAll(async () => {
  [browser, gateway] = await Promise.all([launchBrowser(), startTestGateway()]);
});

afterAll(async () => {
  await browser.close();
  await gateway.stop();
});

const details: Readonly<Record<string, string>> = {
  name: "Sara Ali",
  email: "sara@example.com",
  tel: "+966500000001",
  "address-line1": "King Rd 1",
  "address-level2": "Riyadh",
  "address-level1": "Riyadh",
  "postal-code": "12345",
};

/** What the page asks for that the invoice did not say. */
async function fillBilling(page: Page): Promise<void> {
  for (const [token, value] of Object.entries(details)) {
    const field = page.locator(`[autocomplete="billing ${token}"]`);
    if ((await field.count()) > 0) await field.fill(value);
  }
  const country = page.locator('[autocomplete="billing country"]');
  if ((await country.count()) > 0) await country.selectOption("SA");
}

async function fillCard(page: Page, code: string): Promise<void> {
  await page.locator('[autocomplete="cc-number"]').fill("4111111111111111");
  await page.locator('[autocomplete="cc-exp"]').fill("12/30");
  await page.locator('[autocomplete="cc-csc"]').fill(code);
  await fillBilling(page);
  await page.locator('[autocomplete="cc-name"]').fill("Sara Ali");
  await page.locator("form:has([autocomplete='cc-number']) button[type=submit]").click();
}

const manners = ["en", "ar"].flatMap((language) =>
  [true, false].map((javaScript) => ({ language, javaScript })),
);

describe.each(manners)("in $language, JavaScript: $javaScript", ({ language, javaScript }) => {
  let context: BrowserContext;

  beforeAll(async () => {
    context = await browser.newContext({
      javaScriptEnabled: javaScript,
      viewport: { width: 390, height: 844 },
      locale: "en",
    });
  });

  afterAll(() => context.close());

  const prefix = `invoice-${language}-${javaScript ? "js" : "nojs"}`;

  async function look(page: Page, state: string): Promise<void> {
    await screenshot(page, `${prefix}-${state}`);
    const html = page.locator("html");
    expect(await html.getAttribute("lang")).toBe(language);
    expect(await html.getAttribute("dir")).toBe(language === "ar" ? "rtl" : "ltr");
    const root = "document.documentElement";
    expect(await page.evaluate<number>(`${root}.scrollWidth - ${root}.clientWidth`)).toBe(0);
    // The scan itself needs timers, which a browser without scripts does not run.
    const findings = javaScript ? await seriousFindings(page) : [];
    expect(findings.map((finding) => `${state}: ${finding}`)).toEqual([]);
  }

  test("an invoice: declined, then paid, with the page's language all the way", async () => {
    const violations: string[] = [];
    const arabic = language === "ar";
    const { invoice_id: id, invoice_link: link } = await createInvoice(gateway, {
      cart_description: arabic ? "طلبية الربيع" : "Spring order",
      customer_details: { name: arabic ? "سارة علي" : "Sara Ali" },
      invoice: {
        ...goodInvoice.invoice,
        lang: language,
        due_date: new Date(Date.now() + 864_000_000).toISOString(),
      },
    });
    const page = await context.newPage();
    page.on("console", (message) => {
      if (/Content.Security.Policy/i.test(message.text())) violations.push(message.text());
    });
    await page.goto(link);
    await look(page, "payable");
    await page.locator(".pay-button").click();
    await page.locator('[autocomplete="cc-number"]').waitFor();
    await fillCard(page, "999");
    await page.locator('[data-outcome="declined"]').waitFor();
    await look(page, "declined");
    await page.locator("a.button-primary").click();
    await page.locator(".pay-button").click();
    await page.locator('[autocomplete="cc-number"]').waitFor();
    await fillCard(page, "123");
    await page.locator('[data-outcome="paid"]').waitFor();
    await look(page, "result");
    await page.locator("a.button-primary").click();
    await page.locator('[data-stage="paid"]').waitFor();
    await look(page, "paid");
    expect(await statusOf(gateway, id)).toMatchObject({ invoice_status: "paid" });
    expect(violations).toEqual([]);
    await page.close();
  });

  test("a payment link", async () => {
    const { json } = await gateway.call("/payment/link/create", {
      link_title: language === "ar" ? "روايتان ودفتر" : "Two novels and a notebook",
      cart_currency: "SAR",
      cart_amount: 115,
      paypage_lang: language,
    });
    const page = await context.newPage();
    await page.goto(json.link_url);
    await look(page, "link");
    await page.locator(".pay-button").dblclick();
    await page.locator('[autocomplete="cc-number"]').waitFor();
    await fillCard(page, "123");
    await page.locator('[data-outcome="paid"]').waitFor();
    const { rows } = await gateway.database.pool.query(
      "select count(*)::int as made from transaction where cart_id = $1",
      [`link-${json.link_id}`],
    );
    expect(rows[0].made).toBe(1);
    await page.close();
  });
});

test("the language switch of an invoice leads on to its payment", async () => {
  const context = await browser.newContext({ locale: "en" });
  const { invoice_link: link } = await createInvoice(gateway);
  const page = await context.newPage();
  await page.goto(link);
  await page.locator("a.language").click();
  expect(await page.locator("html").getAttribute("lang")).toBe("ar");
  await page.locator(".pay-button").click();
  await page.locator('[autocomplete="cc-number"]').waitFor();
  expect(await page.locator("html").getAttribute("lang")).toBe("ar");
  await fillCard(page, "123");
  await page.locator('[data-outcome="paid"]').waitFor();
  await page.locator("a.button-primary").click();
  await page.locator('[data-stage="paid"]').waitFor();
  expect(await page.locator("html").getAttribute("lang")).toBe("ar");
  await context.close();
});
