import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser, screenshot } from "../support/browser.ts";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";

let browser: Browser;
let gateway: TestGateway;

beforeAll(async () => {
  [browser, gateway] = await Promise.all([launchBrowser(), startTestGateway()]);
});

afterAll(async () => {
  await browser.close();
  await gateway.stop();
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

const discounts = {
  cart_amount: 115,
  card_discounts: [
    { discount_cards: "4111", discount_percent: 10, discount_title: "10% off with our bank" },
  ],
};

interface Manner {
  readonly language: string;
  readonly javaScript: boolean;
}

async function open({ language, javaScript }: Manner, changes: object) {
  const context = await browser.newContext({
    javaScriptEnabled: javaScript,
    viewport: { width: 360, height: 740 },
  });
  const { json } = await gateway.call("/payment/request", {
    ...goodRequest,
    hide_shipping: true,
    customer_details: customer,
    paypage_lang: language,
    ...changes,
  });
  const page = await context.newPage();
  await page.goto(json.redirect_url);
  const query = async () =>
    (await gateway.call("/payment/query", { tran_ref: json.tran_ref })).json;
  return { page, query };
}

async function typeCard(page: Page, number: string, code: string): Promise<void> {
  await page.locator('[autocomplete="cc-number"]').fill(number);
  await page.locator('[autocomplete="cc-exp"]').fill("12/30");
  await page.locator('[autocomplete="cc-csc"]').fill(code);
  await page.locator('[autocomplete="cc-name"]').fill("Sara Ali");
}

const payButton = (page: Page) => page.locator(".pay-button");
const result = /\/result/;

describe.each(["en", "ar"])("in %s", (language) => {
  test("a discount is shown while the card is typed, and charged at the first press", async () => {
    const { page, query } = await open({ language, javaScript: true }, discounts);
    await expect.poll(() => payButton(page).textContent()).toContain("115.00");
    await typeCard(page, "4111111111111111", "123");
    await expect.poll(() => payButton(page).textContent()).toContain("103.50");
    expect(await page.locator("[data-discount]").isVisible()).toBe(true);
    await screenshot(page, `discount-${language}-js`);
    await page.locator('[autocomplete="cc-number"]').fill("5200000000000114");
    await expect.poll(() => payButton(page).textContent()).toContain("115.00");
    expect(await page.locator("[data-discount]").isVisible()).toBe(false);
    await typeCard(page, "4111111111111111", "123");
    await payButton(page).click();
    await page.waitForURL(result);
    expect(await query()).toMatchObject({ tran_total: "103.50", cart_amount: "115.00" });
    await page.context().close();
  });

  test("a card that the shop does not take is told at its field, and not sent", async () => {
    const filter = { card_filter: "5200,4111" };
    const { page, query } = await open({ language, javaScript: true }, filter);
    const number = page.locator('[autocomplete="cc-number"]');
    const error = page.locator("#field-number-error");
    const notTaken = language === "ar" ? "ليست من البطاقات المقبولة" : "not one of those accepted";
    // Its beginning says enough.
    await number.fill("4000 0000");
    await number.blur();
    expect(await error.textContent()).toContain(notTaken);
    await number.fill("41");
    await number.blur();
    expect(await error.textContent()).not.toContain(notTaken);
    await typeCard(page, "4000000000000002", "123");
    await payButton(page).click();
    expect(await error.textContent()).toContain(notTaken);
    expect(await page.evaluate("document.activeElement.id")).toBe("field-number");
    await screenshot(page, `card-filter-${language}`);
    expect(await query()).toMatchObject({ payment_result: { response_status: "P" } });
    await number.fill("4111111111111111");
    expect(await number.getAttribute("aria-invalid")).toBeNull();
    await payButton(page).click();
    await page.waitForURL(result);
    expect(await query()).toMatchObject({ payment_result: { response_status: "A" } });
    await page.context().close();
  });

  test.each([
    ["a Visa on a page for mada", { payment_methods: ["mada"] }, "4111111111111111"],
    [
      "a Visa where credit cards are excluded",
      { payment_methods: ["-creditcard"] },
      "4111111111111111",
    ],
    ["a mada in a currency it does not take", { cart_currency: "USD" }, "4464040000000007"],
  ])("a test card of a kind that is not taken: %s", async (_name, changes, number) => {
    const { page, query } = await open({ language, javaScript: true }, changes);
    await typeCard(page, number, "123");
    await payButton(page).click();
    const notTaken =
      language === "ar" ? "هذا النوع من البطاقات غير مقبول" : "This kind of card is not";
    expect(await page.locator("#field-number-error").textContent()).toContain(notTaken);
    expect(await query()).toMatchObject({ payment_result: { response_status: "P" } });
    await page.context().close();
  });

  test("without a script the total is confirmed first", async () => {
    const { page, query } = await open({ language, javaScript: false }, discounts);
    await typeCard(page, "4111111111111111", "123");
    await payButton(page).click();
    await page.locator("#confirm-title").waitFor();
    expect(await payButton(page).textContent()).toContain("103.50");
    expect(await page.locator('[autocomplete="cc-csc"]').inputValue()).toBe("");
    expect(await query()).toMatchObject({ payment_result: { response_status: "P" } });
    await screenshot(page, `discount-${language}-nojs`);
    await page.locator('[autocomplete="cc-csc"]').fill("123");
    await payButton(page).click();
    await page.waitForURL(result);
    await screenshot(page, `discount-${language}-result`);
    expect((await query()).tran_total).toBe("103.50");
    await page.context().close();
  });

  test.each([true, false])("the shopper chooses the amount, JavaScript: %s", async (javaScript) => {
    const donation = { donation_mode: true, cart_min: 10, cart_max: 1000, cart_amount: 50 };
    const { page, query } = await open({ language, javaScript }, donation);
    const currency = language === "ar" ? "ريال سعودي" : "SAR";
    expect(await page.locator("label[for=field-amount]").textContent()).toContain(currency);
    // No button promises what the server would refuse.
    await page.locator("#field-amount").fill("5");
    await expect.poll(() => payButton(page).textContent()).not.toMatch(/\d/);
    await page.locator("#field-amount").fill("٧٥٫٥");
    const label = javaScript ? "75.50" : language === "ar" ? "ادفع" : "Pay";
    await expect.poll(() => payButton(page).textContent()).toContain(label);
    await typeCard(page, "4111111111111111", "123");
    await screenshot(page, `donation-${language}-${javaScript ? "js" : "nojs"}`);
    await payButton(page).click();
    await page.waitForURL(result);
    expect(await query()).toMatchObject({ cart_amount: "75.50", tran_total: "75.50" });
    await page.context().close();
  });

  test.each([true, false])("all mistakes come at once, JavaScript: %s", async (javaScript) => {
    const given = { ...customer, email: "nope", phone: "12", zip: "" };
    const { page, query } = await open({ language, javaScript }, { customer_details: given });
    await payButton(page).click();
    const wrong = page.locator("[aria-invalid=true]");
    // The whole card too; the country is known, and has postal codes.
    await expect.poll(() => wrong.count()).toBe(7);
    const names = await wrong.evaluateAll((inputs) => inputs.map((input) => input.id));
    expect(names).toEqual(expect.arrayContaining(["field-email", "field-phone", "field-zip"]));
    const email = page.locator("#field-email-error");
    expect(await email.textContent()).toContain("name@example.com");
    await screenshot(page, `all-mistakes-${language}-${javaScript ? "js" : "nojs"}`);
    for (const name of ["email", "phone"] as const) {
      await page.locator(`#field-${name}`).fill(customer[name]);
    }
    await page.locator("#field-zip").fill("١٢٣٤٥");
    await typeCard(page, "4111111111111111", "123");
    await payButton(page).click();
    await page.waitForURL(result);
    expect((await query()).customer_details).toMatchObject({ email: customer.email });
    await page.context().close();
  });

  test.each([true, false])("what is missing is asked for, JavaScript: %s", async (javaScript) => {
    const changes = { customer_details: { name: "Sara Ali", zip: "12345" }, hide_shipping: false };
    const { page, query } = await open({ language, javaScript }, changes);
    await typeCard(page, "4111111111111111", "123");
    await payButton(page).click();
    // E-mail, phone, street, city, state, country; the second address may stay empty.
    await expect.poll(() => page.locator("[aria-invalid=true]").count()).toBe(6);
    await screenshot(page, `missing-${language}-${javaScript ? "js" : "nojs"}`);
    const typed = { email: customer.email, phone: customer.phone, street1: customer.street1 };
    for (const [name, value] of Object.entries({ ...typed, city: "Riyadh", state: "Riyadh" })) {
      await page.locator(`#field-${name}`).fill(value);
    }
    await page.locator("#field-country").selectOption("SA");
    // A code that a server has seen is not shown again.
    await page.locator('[autocomplete="cc-csc"]').fill("123");
    await payButton(page).click();
    await page.waitForURL(result);
    expect((await query()).customer_details).toMatchObject(typed);
    await page.context().close();
  });
});

test("a test card brings details for the sandbox with it", async () => {
  const manner = { language: "en", javaScript: true };
  const { page, query } = await open(manner, { customer_details: {} });
  await page.locator(".drawer-title").click();
  await page.locator("[data-number='4111111111111111'] button").click();
  await payButton(page).click();
  await page.waitForURL(result);
  expect((await query()).customer_details).toMatchObject({ country: "SA", zip: "12211" });
  await page.context().close();
});
