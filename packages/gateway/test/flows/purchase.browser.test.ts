import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser, screenshot, seriousFindings } from "../support/browser.ts";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";
import { Shop, verifyCallback, verifyReturn } from "../support/stranger.ts";

let browser: Browser;
let gateway: TestGateway;
let shop: Shop;
let carts = 0;

beforeAll(async () => {
  [browser, gateway, shop] = await Promise.all([
    launchBrowser(),
    startTestGateway(),
    new Shop().open(),
  ]);
});

afterAll(async () => {
  await browser.close();
  await gateway.stop();
  await shop.close();
});

interface Visit {
  readonly page: Page;
  readonly shot: (state: string) => Promise<void>;
}

async function fillCard({ page, shot }: Visit, number: string, code: string): Promise<void> {
  await page.locator('[autocomplete="cc-number"]').fill(number);
  await page.locator('[autocomplete="cc-exp"]').fill("12/30");
  await page.locator('[autocomplete="cc-csc"]').fill(code);
  await page.locator('[autocomplete="cc-name"]').fill("Sara Ali");
  await shot("form-filled");
  await page.locator("form:has([autocomplete='cc-number']) button[type=submit]").click();
}

async function decide({ page, shot }: Visit, decision: string): Promise<void> {
  await page.locator('[autocomplete="one-time-code"]').waitFor();
  await shot("challenge");
  await page.locator(`button[name=decision][value=${decision}]`).click();
}

async function cancel({ page, shot }: Visit): Promise<void> {
  await page.locator('a[href*="/cancel"]').click();
  await page.locator('form[action*="/cancel"]').waitFor();
  await shot("confirm-cancel");
  await page.locator('form[action*="/cancel"] button').click();
}

const cases: readonly {
  readonly name: string;
  readonly status: string;
  readonly act: (visit: Visit) => Promise<void>;
}[] = [
  { name: "paid", status: "A", act: (visit) => fillCard(visit, "4111111111111111", "123") },
  { name: "declined", status: "D", act: (visit) => fillCard(visit, "5200000000000114", "111") },
  { name: "held", status: "H", act: (visit) => fillCard(visit, "4000000000001208", "123") },
  { name: "cancelled", status: "C", act: cancel },
  {
    name: "challenge-passed",
    status: "A",
    act: async (visit) => {
      await fillCard(visit, "4000000000000002", "123");
      await decide(visit, "approve");
    },
  },
  {
    name: "challenge-rejected",
    status: "D",
    act: async (visit) => {
      await fillCard(visit, "4000000000000002", "123");
      await decide(visit, "reject");
    },
  },
  {
    name: "expired",
    status: "X",
    act: async ({ page }) => {
      const token = new URL(page.url()).pathname.split("/").at(-1);
      await gateway.database.pool.query(
        `update transaction set expires_at = now() - interval '1 s', due_at = now()
         where page_token = $1`,
        [token],
      );
      await page.reload();
      await page.locator("form[action*='/return']").waitFor();
    },
  },
];

async function open(
  context: BrowserContext,
  { language, javaScript }: { language: string; javaScript: boolean },
  prefix: string,
): Promise<Visit> {
  carts += 1;
  const { json } = await gateway.call("/payment/request", {
    ...goodRequest,
    cart_id: `browser-${carts}`,
    cart_description: language === "ar" ? "روايتان ودفتر" : "Two novels and a notebook",
    paypage_lang: language,
    callback: `${shop.url}/callback/${carts}`,
    return: `${shop.url}/return/${carts}`,
    customer_details: {
      name: "Sara Ali",
      email: "sara@example.com",
      phone: "+966500000001",
      street1: "King Rd 1",
      city: "Riyadh",
      state: "Riyadh",
      country: "SA",
      zip: "12345",
    },
  });
  const page = await context.newPage();
  await page.goto(json.redirect_url);
  const shot = async (state: string): Promise<void> => {
    await screenshot(page, `${prefix}-${state}`);
    // The scan itself needs timers, which a browser without scripts does not run. What these pages
    // look like in Arabic is scanned state by state in page-look.
    const findings = javaScript && language === "en" ? await seriousFindings(page) : [];
    expect(findings.map((finding) => `${state}: ${finding}`)).toEqual([]);
  };
  return { page, shot };
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
      locale: language,
    });
  });

  afterAll(() => context.close());

  test.each(cases)("a payment that is $name", async ({ name, status, act }) => {
    const prefix = `purchase-${language}-${javaScript ? "js" : "nojs"}-${name}`;
    const violations: string[] = [];
    const visit = await open(context, { language, javaScript }, prefix);
    const { page, shot } = visit;
    const cart = carts;
    page.on("console", (message) => {
      if (/Content.Security.Policy/i.test(message.text())) violations.push(message.text());
    });
    expect(await page.locator("html").getAttribute("dir")).toBe(language === "ar" ? "rtl" : "ltr");
    await shot("form");
    const arrived = page.waitForURL(`${shop.url}/**`);
    await act(visit);
    // With JavaScript the browser goes on by itself, except from an expired page.
    if (!javaScript || name === "expired") {
      const form = page.locator("form[action*='/return']");
      await form.waitFor();
      await shot("result");
      await form.locator("button").click();
    }
    await arrived;

    const [returned] = shop.on(`/return/${cart}`);
    const fields = new URLSearchParams(returned?.body.toString());
    expect(returned?.method).toBe("POST");
    expect(fields.get("respStatus")).toBe(status);
    expect(verifyReturn(fields, gateway.profile.serverKey)).toBe(true);
    const callback = await shop.waitFor(`/callback/${cart}`);
    expect(verifyCallback(callback, gateway.profile.serverKey)).toBe(true);
    expect(JSON.parse(callback.body.toString()).payment_result.response_status).toBe(status);
    expect(violations).toEqual([]);
    await page.close();
  });

  test("mistakes, and then a payment", async () => {
    const prefix = `purchase-${language}-${javaScript ? "js" : "nojs"}-mistakes`;
    const visit = await open(context, { language, javaScript }, prefix);
    const { page, shot } = visit;
    // With JavaScript the form says so itself, without it the server does.
    const mistakes = () => page.locator("[aria-invalid=true]").count();
    await page.locator("form:has([autocomplete='cc-number']) button[type=submit]").click();
    await expect.poll(mistakes).toBe(4);
    await shot("empty");
    await fillCard(visit, "4242424242424242", "987");
    await expect.poll(mistakes).toBe(1);
    await shot("not-a-test-card");
    // A page that came from the server does not show the code again.
    const code = await page.locator('[autocomplete="cc-csc"]').inputValue();
    expect(code).toBe(javaScript ? "987" : "");
    await fillCard(visit, "4111111111111111", "123");
    await page.waitForURL(/\/result|\/return/);
    await page.close();
  });
});

test("closing the tab right after paying still brings the Callback", async () => {
  const context = await browser.newContext();
  const { page, shot } = await open(
    context,
    { language: "en", javaScript: true },
    "purchase-closed-tab",
  );
  const cart = carts;
  await page.route(`${shop.url}/return/**`, (route) => route.abort());
  await fillCard({ page, shot }, "4111111111111111", "123");
  await context.close();
  const callback = await shop.waitFor(`/callback/${cart}`);
  expect(JSON.parse(callback.body.toString()).payment_result.response_status).toBe("A");
  expect(shop.on(`/return/${cart}`)).toEqual([]);
});

test.each([true, false])(
  "a shop may redirect the Return to another origin, JavaScript: %s",
  async (javaScriptEnabled) => {
    const context = await browser.newContext({ javaScriptEnabled });
    const manner = { language: "en", javaScript: javaScriptEnabled };
    const { page, shot } = await open(context, manner, "purchase-redirecting-shop");
    // The same server under another name is another origin.
    const thanks = `${shop.url.replace("127.0.0.1", "localhost")}/thanks/${carts}`;
    shop.redirects.set(`/return/${carts}`, thanks);
    await fillCard({ page, shot }, "4111111111111111", "123");
    if (!javaScriptEnabled) await page.locator("form[action*='/return'] button").click();
    await page.waitForURL(thanks);
    expect(shop.on(`/return/${carts}`)).toHaveLength(1);
    await context.close();
  },
);

test.each(["en", "ar"])(
  "the page of a bill says by itself that it is paid, in %s",
  async (language) => {
    const context = await browser.newContext({ viewport: { width: 360, height: 740 } });
    const { page, shot } = await open(context, { language, javaScript: true }, `bill-${language}`);
    await page.locator("[data-way=sadad] button").click();
    await page.locator("main[data-outcome=pending]").waitFor();
    await shot("open");
    const number = await page.locator(".amount .mono").textContent();
    const { pool } = gateway.database;
    const { rows } = await pool.query<{ tran_ref: string; challenge_url: string }>(
      "select tran_ref, challenge_url from transaction where cart_id = $1",
      [`browser-${carts}`],
    );
    const [bill] = rows;
    await fetch(bill?.challenge_url ?? "", { method: "POST" });
    await pool.query("update transaction set due_at = now() where tran_ref = $1", [bill?.tran_ref]);
    await page.locator("main[data-outcome=paid]").waitFor({ timeout: 15_000 });
    expect(await page.locator(".rows").textContent()).toContain(number);
    await shot("paid");
    await context.close();
  },
);

test("long words do not push the form aside on a phone", async () => {
  const context = await browser.newContext({ viewport: { width: 360, height: 640 } });
  const page = await context.newPage();
  for (const language of ["en", "ar"]) {
    const { json } = await gateway.call("/payment/request", {
      ...goodRequest,
      cart_id: "W".repeat(64),
      cart_description: "W".repeat(128),
      cart_amount: language === "en" ? 500 : 501,
      paypage_lang: language,
    });
    await page.goto(json.redirect_url);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);
  }
  await context.close();
});
