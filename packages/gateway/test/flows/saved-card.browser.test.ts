import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser, screenshot, seriousFindings } from "../support/browser.ts";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";
import { Shop } from "../support/stranger.ts";

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

const customer = {
  name: "Sara Ali",
  email: "sara@example.com",
  phone: "+966500000001",
  street1: "King Rd 1",
  city: "Riyadh",
  state: "Riyadh",
  country: "SA",
  zip: "12345",
};

async function fillCard(page: Page): Promise<void> {
  await page.locator('[autocomplete="cc-number"]').fill("4111111111111111");
  await page.locator('[autocomplete="cc-exp"]').fill("12/30");
  await page.locator('[autocomplete="cc-csc"]').fill("123");
  await page.locator('[autocomplete="cc-name"]').fill("Sara Ali");
}

const payButton = (page: Page) => page.locator(".pay-form button[type=submit]");

const tokenOf = async (tranRef: string) =>
  (await gateway.call("/payment/query", { tran_ref: tranRef })).json.token;

const manners = ["en", "ar"].flatMap((language) =>
  [true, false].map((javaScript) => ({ language, javaScript })),
);

describe.each(manners)("in $language, JavaScript: $javaScript", ({ language, javaScript }) => {
  let context: BrowserContext;
  const prefix = `saved-card-${language}-${javaScript ? "js" : "nojs"}`;

  beforeAll(async () => {
    context = await browser.newContext({
      javaScriptEnabled: javaScript,
      viewport: { width: 390, height: 844 },
      locale: language,
    });
  });

  afterAll(() => context.close());

  async function open(changes: object): Promise<{ page: Page; cart: number; tranRef: string }> {
    carts += 1;
    const { json } = await gateway.call("/payment/request", {
      ...goodRequest,
      cart_id: `saved-${carts}`,
      cart_description: language === "ar" ? "روايتان ودفتر" : "Two novels and a notebook",
      paypage_lang: language,
      return: `${shop.url}/return/${carts}/`,
      customer_details: customer,
      ...changes,
    });
    const page = await context.newPage();
    await page.goto(json.redirect_url);
    return { page, cart: carts, tranRef: json.tran_ref };
  }

  async function shot(page: Page, state: string): Promise<void> {
    await screenshot(page, `${prefix}-${state}`);
    const findings = javaScript ? await seriousFindings(page) : [];
    expect(findings.map((finding) => `${state}: ${finding}`)).toEqual([]);
  }

  /** On to the shop; the result waits for a click where no script runs. */
  async function back(page: Page, state: string): Promise<URLSearchParams> {
    const arrived = page.waitForURL(`${shop.url}/**`);
    if (!javaScript) {
      await page.locator("form[action*='/return']").waitFor();
      await shot(page, state);
      await page.locator("form[action*='/return'] button").click();
    }
    await arrived;
    const returned = shop.on("/return/").at(-1);
    await page.close();
    return new URLSearchParams(returned?.body.toString());
  }

  test("a ticked box makes a token, and the next payment asks for the code only", async () => {
    const { page, tranRef } = await open({ tokenise: 2, show_save_card: true });
    const box = page.locator("#save-card");
    expect(await box.isChecked()).toBe(false);
    await fillCard(page);
    await page.locator("label[for=save-card]").click();
    expect(await box.isChecked()).toBe(true);
    await shot(page, "ticked");
    await payButton(page).click();
    const fields = await back(page, "saved");
    const token = await tokenOf(tranRef);
    expect(fields.get("respStatus")).toBe("A");
    expect(fields.get("token")).toBe(token);
    expect(token).toMatch(/^[0-9A-F]{32}$/);

    const { page: next } = await open({ token, customer_details: undefined });
    expect(await next.locator(".pay-form input:not([type=hidden])").count()).toBe(1);
    expect(await next.locator(".stored-card").innerText()).toContain("•••• 1111");
    await shot(next, "code-only");
    await payButton(next).click();
    await expect.poll(() => next.locator("[aria-invalid=true]").count()).toBe(1);
    await shot(next, "code-missing");
    await next.locator('[autocomplete="cc-csc"]').fill("123");
    await payButton(next).click();
    expect((await back(next, "paid-again")).get("respStatus")).toBe("A");
  });

  test("a discount of a stored card is charged once it was seen", async () => {
    const { json } = await gateway.call("/payment/request", {
      ...goodRequest,
      tokenise: 2,
      card_details: { pan: "4111111111111111", cvv: "123", expiry_month: 12, expiry_year: 2030 },
    });
    const { page, tranRef } = await open({
      token: json.token,
      card_discounts: [{ discount_cards: "4111111111", discount_percent: "10" }],
    });
    await page.locator('[autocomplete="cc-csc"]').fill("123");
    await payButton(page).click();
    await page.locator("#confirm-title").waitFor();
    expect(await payButton(page).innerText()).toContain("450");
    await shot(page, "discount");
    await page.locator('[autocomplete="cc-csc"]').fill("123");
    await payButton(page).click();
    expect((await back(page, "discounted")).get("respStatus")).toBe("A");
    const { json: paid } = await gateway.call("/payment/query", { tran_ref: tranRef });
    expect(paid.tran_total).toBe("450.00");
  });

  test("a box that is not ticked makes none; a mistake keeps the tick", async () => {
    const { page, tranRef } = await open({ tokenise: 2, show_save_card: true });
    await page.locator("#save-card").check();
    await payButton(page).click();
    await expect.poll(() => page.locator("[aria-invalid=true]").count()).toBe(4);
    expect(await page.locator("#save-card").isChecked()).toBe(true);
    await page.locator("#save-card").uncheck();
    await fillCard(page);
    await payButton(page).click();
    const fields = await back(page, "not-saved");
    expect([fields.get("respStatus"), fields.get("token")]).toEqual(["A", ""]);
    expect(await tokenOf(tranRef)).toBeUndefined();
  });

  test("a registration says that nothing is taken", async () => {
    const { page, tranRef } = await open({ tran_type: "register", tokenise: 2 });
    await shot(page, "register");
    await fillCard(page);
    await payButton(page).click();
    expect((await back(page, "registered")).get("respStatus")).toBe("A");
    expect(await tokenOf(tranRef)).toMatch(/^[0-9A-F]{32}$/);
  });
});
