import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser, screenshot, seriousFindings } from "../support/browser.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { startReceiver } from "../support/receiver.ts";

const sizes = { phone: 360, tablet: 768, desktop: 1440 } as const;

let gateway: TestGateway;
let browser: Browser;

beforeAll(async () => {
  gateway = await startTestGateway();
  browser = await launchBrowser();
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

interface Look {
  readonly width: number;
  readonly dark?: boolean;
  readonly scripts?: boolean;
}

/** A browser that remembers every complaint and every request that leaves the gateway. */
async function openBrowser({ width, dark, scripts }: Look) {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: dark ? "dark" : "light",
    javaScriptEnabled: scripts ?? true,
    reducedMotion: "reduce",
    locale: "en-US",
  });
  const complaints: string[] = [];
  context.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  context.on("weberror", (error) => complaints.push(String(error.error())));
  context.on("request", (request) => {
    if (new URL(request.url()).origin !== gateway.url) complaints.push(`asked ${request.url()}`);
  });
  return { context, complaints };
}

async function createPayment(page: Page, fill: (page: Page) => Promise<void> = async () => {}) {
  await page.goto(gateway.url);
  await fill(page);
  await page.getByRole("button", { name: "Create the payment" }).click();
  await page.waitForURL(/\/sandbox\/payments\/TST\d+$/);
}

async function openPaymentPage(page: Page, context: BrowserContext): Promise<Page> {
  const opened = context.waitForEvent("page");
  await page.getByRole("link", { name: "Open the payment page" }).click();
  const shopper = await opened;
  await shopper.waitForLoadState();
  return shopper;
}

async function pay(shopper: Page, number = "4111111111111111", code = "123"): Promise<void> {
  await shopper.locator('[autocomplete~="cc-number"]').fill(number);
  await shopper.locator('[autocomplete~="cc-exp"]').fill("12 / 30");
  await shopper.locator('[autocomplete~="cc-csc"]').fill(code);
  await shopper.locator('[autocomplete~="cc-name"]').fill("Sara Ali");
  const form = shopper.locator('form:has([autocomplete~="cc-number"])');
  await form.locator('button[type="submit"], button:not([type])').first().click();
}

/** Sends the card and is gone before the browser can be sent on. */
async function payAndVanish(shopper: Page): Promise<void> {
  await shopper.evaluate(`{
    const form = document.querySelector('form:has([autocomplete~="cc-number"])');
    const card = { number: "4111111111111111", exp: "12 / 30", csc: "123", name: "Sara Ali" };
    for (const [token, value] of Object.entries(card)) {
      form.querySelector('[autocomplete~="cc-' + token + '"]').value = value;
    }
    const body = new URLSearchParams(new FormData(form));
    fetch(form.action, { method: "POST", body, redirect: "manual" });
  }`);
}

const leg = (page: Page, kind: "return" | "callback") => page.locator(`[data-leg="${kind}"]`);

async function waitFor(page: Page, kind: "return" | "callback", stage: string): Promise<void> {
  await page.locator(`[data-leg="${kind}"][data-stage="${stage}"]`).waitFor({ timeout: 10_000 });
}

const overflow = (page: Page): Promise<number> =>
  page.evaluate<number>(
    "document.documentElement.scrollWidth - document.documentElement.clientWidth",
  );

async function expectGood(page: Page): Promise<void> {
  expect(await seriousFindings(page)).toEqual([]);
  expect(await overflow(page)).toBe(0);
}

describe("a newcomer without code", () => {
  test("sees the Callback and the Return of a payment arrive side by side", async () => {
    const { context, complaints } = await openBrowser({ width: sizes.desktop });
    const page = await context.newPage();
    await createPayment(page);
    expect(await leg(page, "callback").textContent()).toContain("Waiting");
    await screenshot(page, "sandbox-waiting-desktop");
    await expectGood(page);

    const shopper = await openPaymentPage(page, context);
    await pay(shopper);
    await shopper.waitForURL(/\/sandbox\/payments\/TST\d+$/);
    await page.bringToFront();
    await waitFor(page, "callback", "arrived");
    await waitFor(page, "return", "arrived");
    expect(await leg(page, "callback").textContent()).toContain("Signature valid");
    expect(await leg(page, "return").textContent()).toContain("Signature valid");
    expect(await leg(page, "return").textContent()).toContain("respStatus");
    await expectGood(page);
    await screenshot(page, "sandbox-paid-desktop");
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("sees the Callback arrive although the shopper's tab was closed", async () => {
    const { context } = await openBrowser({ width: sizes.tablet });
    const page = await context.newPage();
    await createPayment(page);
    const shopper = await openPaymentPage(page, context);
    await payAndVanish(shopper);
    await page.bringToFront();
    await waitFor(page, "callback", "arrived");
    await shopper.close();
    expect(await leg(page, "return").textContent()).toContain("Not collected");
    await screenshot(page, "sandbox-tab-closed-tablet");
    await expectGood(page);
    await context.close();
  });

  test("keeps what was opened while the page is brought up to date", async () => {
    const { context } = await openBrowser({ width: sizes.desktop });
    const page = await context.newPage();
    await createPayment(page);
    const shopper = await openPaymentPage(page, context);
    await pay(shopper);
    await shopper.waitForURL(/\/sandbox\/payments\/TST\d+$/);
    await page.bringToFront();
    await waitFor(page, "return", "arrived");
    await leg(page, "callback").getByText("Signature valid").click();
    await leg(page, "return").getByText("Signature valid").click();
    await page.locator("[data-key=return-headers] summary").click();
    const before = await page.locator("#live").getAttribute("data-version");
    await gateway.call("/payment/query", { tran_ref: page.url().split("/").at(-1) });
    await page.locator(`#live:not([data-version="${before}"])`).waitFor();
    expect(await page.locator("details[data-key][open]").count()).toBe(3);
    expect(await page.locator("[data-key=return-headers] summary:focus").count()).toBe(1);
    await expectGood(page);
    await screenshot(page, "sandbox-signatures-desktop");
    await context.close();
  });

  test("does all of it without JavaScript", async () => {
    const { context } = await openBrowser({ width: sizes.phone, scripts: false });
    const page = await context.newPage();
    await createPayment(page);
    const shopper = await openPaymentPage(page, context);
    await pay(shopper);
    await shopper.locator('form[action*="/sandbox/inbox/"] button').click();
    await shopper.waitForURL(/\/sandbox\/payments\/TST\d+$/);
    await page.getByRole("link", { name: "Refresh" }).click();
    expect(await leg(page, "callback").textContent()).toContain("Signature valid");
    expect(await leg(page, "return").textContent()).toContain("Signature valid");
    await context.close();
  });
});

describe("other ends", () => {
  test("a server that refuses shows the verdict, what to do, and the live rules", async () => {
    const server = await startReceiver({
      behaviour: (response) => {
        response.writeHead(419, { "content-type": "text/html" });
        response.end("<title>Page Expired</title>");
      },
    });
    const { context } = await openBrowser({ width: sizes.desktop });
    const page = await context.newPage();
    await createPayment(page, async (door) => {
      const callback = door.getByRole("group", { name: "Callback" });
      await callback.getByRole("radio", { name: "My address" }).check();
      await door.locator("#callback_url").fill(`${server.url}/pay/callback`);
      await screenshot(door, "sandbox-door-own-address-desktop");
    });
    const shopper = await openPaymentPage(page, context);
    await pay(shopper, "4111111111111111", "999");
    await page.bringToFront();
    await waitFor(page, "callback", "failing");
    await waitFor(page, "return", "arrived");
    expect(await leg(page, "callback").textContent()).toContain("CSRF");
    await screenshot(page, "sandbox-refused-desktop");
    await expectGood(page);
    await context.close();
    await server.close();
  });

  test("a mistake is told at its field and nothing typed is lost", async () => {
    const { context } = await openBrowser({ width: sizes.phone });
    const page = await context.newPage();
    await page.goto(gateway.url);
    await page.locator("#amount").fill("1.005");
    await page.locator("#cart_id").fill("kept-1");
    await page.getByRole("button", { name: "Create the payment" }).click();
    await page.locator("#amount-error").waitFor();
    expect(await page.locator("#cart_id").inputValue()).toBe("kept-1");
    expect(await page.locator("#amount").getAttribute("aria-invalid")).toBe("true");
    await screenshot(page, "sandbox-door-error-phone");
    await expectGood(page);
    await context.close();
  });

  test("the server key is masked until it is asked for, and can be copied", async () => {
    const { context } = await openBrowser({ width: sizes.desktop });
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    const page = await context.newPage();
    await page.goto(gateway.url);
    const key = gateway.profile.serverKey;
    expect(await page.getByText(key).isVisible()).toBe(false);
    await page.getByRole("button", { name: "Copy the server key" }).click();
    await page.getByText("Copied").first().waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(key);
    await page.getByText("Reveal").click();
    expect(await page.getByText(key).isVisible()).toBe(true);
    await context.close();
  });
});

describe("in every size and both themes", () => {
  test.each(
    Object.entries(sizes).flatMap(([name, width]) =>
      [false, true].map((dark) => ({ name, width, dark })),
    ),
  )("it is accessible and keeps its width: $name, dark $dark", async ({ name, width, dark }) => {
    const { context, complaints } = await openBrowser({ width, dark });
    const page = await context.newPage();
    const theme = dark ? "-dark" : "";
    await page.goto(gateway.url);
    await screenshot(page, `sandbox-door-${name}${theme}`);
    await expectGood(page);
    await page.locator(".recent-row").last().click();
    await page.waitForURL(/\/sandbox\/payments\//);
    await screenshot(page, `sandbox-payment-${name}${theme}`);
    await expectGood(page);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("nothing overflows at 320 pixels", async () => {
    const { context } = await openBrowser({ width: 320 });
    const page = await context.newPage();
    await page.goto(gateway.url);
    expect(await overflow(page)).toBe(0);
    await page.locator(".recent-row").last().click();
    await page.waitForURL(/\/sandbox\/payments\//);
    for (const fold of await page.locator("details[data-key] > summary").all()) await fold.click();
    expect(await overflow(page)).toBe(0);
    await screenshot(page, "sandbox-payment-320");
    await context.close();
  });
});
