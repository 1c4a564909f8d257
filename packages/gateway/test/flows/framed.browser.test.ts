import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext, Frame, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser, screenshot } from "../support/browser.ts";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";
import { captureRequest } from "../support/response-check.ts";
import { verifyReturn } from "../support/stranger.ts";

// The shop is another site than the gateway: localhost and 127.0.0.1 are two.
let browser: Browser;
let gateway: TestGateway;
let shop: ShopPages;

beforeAll(async () => {
  [browser, gateway, shop] = await Promise.all([
    launchBrowser(),
    startTestGateway(),
    new ShopPages().open(),
  ]);
});

afterAll(async () => {
  await browser.close();
  await gateway.stop();
  await shop.close();
});

/** A shop with a page around a frame, and a Return that says it has come. */
class ShopPages {
  readonly returns: URLSearchParams[] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { method = "", url: path = "/" } = request;
        const { pathname, searchParams } = new URL(path, "http://shop");
        const body = Buffer.concat(chunks);
        const headers = request.headers as Record<string, string>;
        captureRequest({ method, path, headers, body });
        if (pathname === "/return") this.returns.push(new URLSearchParams(body.toString()));
        response.setHeader("content-type", "text/html; charset=utf-8");
        response.end(pageOf(pathname, searchParams.get("src") ?? ""));
      });
    });
  }

  async open(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://localhost:${this.port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function pageOf(path: string, source: string): string {
  if (path === "/return") return "<h1>Thank you</h1>";
  return `<!doctype html><h1>Shop ${path}</h1>
    <iframe name="inner" width="400" height="700" src="${source.replaceAll("&", "&amp;")}"></iframe>
    <script>
      window.messages = [];
      addEventListener("message", ({ data, origin }) => window.messages.push({ data, origin }));
    </script>`;
}

const patient = { timeout: 10_000 };

async function create(changes: object): Promise<string> {
  const { json } = await gateway.call("/payment/request", {
    ...goodRequest,
    framed: true,
    hide_shipping: true,
    paypage_lang: "en",
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
    ...changes,
  });
  return json.redirect_url;
}

const around = (source: string, path = "/checkout", base = shop.url) =>
  `${base}${path}?src=${encodeURIComponent(source)}`;

/** The innermost frame, once it shows what is looked for. */
async function paymentFrame(page: Page, selector: string): Promise<Frame> {
  const frame = () => page.frames().at(-1);
  await expect
    .poll(
      () =>
        frame()
          ?.locator(selector)
          .count()
          .catch(() => 0),
      patient,
    )
    .toBeGreaterThan(0);
  return frame() as Frame;
}

async function payIn(page: Page, number: string, code: string): Promise<void> {
  const frame = await paymentFrame(page, '[autocomplete="cc-number"]');
  await frame.locator('[autocomplete="cc-number"]').fill(number);
  await frame.locator('[autocomplete="cc-exp"]').fill("12/30");
  await frame.locator('[autocomplete="cc-csc"]').fill(code);
  await frame.locator('[autocomplete="cc-name"]').fill("Sara Ali");
  await screenshot(page, `framed-${expect.getState().currentTestName?.replaceAll(/\W+/g, "-")}`);
  await frame.locator(".pay-button").click();
}

async function withContext(
  javaScriptEnabled: boolean,
  act: (context: BrowserContext) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({ javaScriptEnabled });
  try {
    await act(context);
  } finally {
    await context.close();
  }
}

function lastReturn(): URLSearchParams {
  const fields = shop.returns.at(-1);
  if (fields === undefined) throw new Error("no Return arrived");
  expect(verifyReturn(fields, gateway.profile.serverKey)).toBe(true);
  return fields;
}

describe.each([true, false])("with JavaScript: %s", (javaScript) => {
  /** Without a script the shopper presses the button. */
  async function goBack(page: Page): Promise<void> {
    if (javaScript) return;
    const frame = await paymentFrame(page, "form[action*='/return'] button");
    await frame.locator("form[action*='/return'] button").click();
  }

  test("framed_return_top leaves all frames", () =>
    withContext(javaScript, async (context) => {
      const page = await context.newPage();
      // Both flags, as a client sends them: the topmost window wins.
      const source = await create({
        return: `${shop.url}/return`,
        framed_return_top: true,
        framed_return_parent: true,
      });
      await page.goto(around(around(source), "/outer"));
      await payIn(page, "4111111111111111", "123");
      await goBack(page);
      await page.waitForURL(`${shop.url}/return`);
      expect(lastReturn().get("respStatus")).toBe("A");
    }));

  test("framed_return_parent leaves the frame", () =>
    withContext(javaScript, async (context) => {
      const page = await context.newPage();
      const source = await create({ return: `${shop.url}/return`, framed_return_parent: true });
      await page.goto(around(source));
      await payIn(page, "5200000000000114", "111");
      await goBack(page);
      await page.waitForURL(`${shop.url}/return`);
      expect(lastReturn().get("respCode")).toBe("305");
    }));

  test("without a flag the frame itself goes to the shop", () =>
    withContext(javaScript, async (context) => {
      const page = await context.newPage();
      await page.goto(around(await create({ return: `${shop.url}/return` })));
      await payIn(page, "4111111111111111", "123");
      await goBack(page);
      await expect.poll(() => page.frames().at(1)?.url(), patient).toBe(`${shop.url}/return`);
      expect(page.url()).toContain("/checkout");
    }));

  test("3-D Secure stays in the frame, and the result leaves it", () =>
    withContext(javaScript, async (context) => {
      const page = await context.newPage();
      const source = await create({ return: `${shop.url}/return`, framed_return_top: true });
      await page.goto(around(source));
      await payIn(page, "4000000000000002", "123");
      const bank = await paymentFrame(page, '[autocomplete="one-time-code"]');
      expect(page.url()).toContain("/checkout");
      await bank.locator("button[name=decision][value=approve]").click();
      await goBack(page);
      await page.waitForURL(`${shop.url}/return`);
      expect(lastReturn().get("respStatus")).toBe("A");
    }));
});

test("where browsers forbid a frame to move its parent, it goes to the shop itself", () =>
  withContext(true, async (context) => {
    const page = await context.newPage();
    const source = await create({ return: `${shop.url}/return`, framed_return_parent: true });
    await page.goto(around(around(source), "/outer"));
    await payIn(page, "4111111111111111", "123");
    await expect.poll(() => page.frames().at(2)?.url(), patient).toBe(`${shop.url}/return`);
    expect(page.url()).toContain("/outer");
  }));

test("framed_message_target gets the result as a message, signed, and nobody is redirected", () =>
  withContext(true, async (context) => {
    const page = await context.newPage();
    await page.goto(around(await create({ framed_message_target: shop.url, return: "none" })));
    await payIn(page, "4111111111111111", "123");
    const frame = await paymentFrame(page, "[data-message]");
    await expect.poll(() => page.evaluate("window.messages.length"), patient).toBe(1);
    const [message] =
      await page.evaluate<{ data: Record<string, string>; origin: string }[]>("window.messages");
    expect(message?.origin).toBe(gateway.url);
    const fields = new URLSearchParams(message?.data);
    expect([...fields.keys()]).toEqual([
      "acquirerMessage",
      "acquirerRRN",
      "cartId",
      "customerEmail",
      "respCode",
      "respMessage",
      "respStatus",
      "signature",
      "token",
      "tranRef",
    ]);
    expect(verifyReturn(fields, gateway.profile.serverKey)).toBe(true);
    expect(fields.get("respStatus")).toBe("A");
    expect(frame.url()).toContain("/result");
    await screenshot(page, "framed-message");
  }));

test("the message is for that origin alone", () =>
  withContext(true, async (context) => {
    const page = await context.newPage();
    // The frame may stand in the return's page too, which is not who the message is for.
    const elsewhere = shop.url.replace("localhost", "127.0.0.1");
    const source = await create({
      framed_message_target: shop.url,
      return: `${elsewhere}/return`,
    });
    await page.goto(around(source, "/checkout", elsewhere));
    await payIn(page, "4111111111111111", "123");
    await paymentFrame(page, "[data-message]");
    await page.waitForTimeout(500);
    expect(await page.evaluate("window.messages")).toEqual([]);
  }));

test.each([
  ["a payment that is not framed", { framed: false }],
  ["another origin than the request named", { return: "https://shop.example/return" }],
])("%s does not show in a frame", (_name, changes) =>
  withContext(true, async (context) => {
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    await page.goto(around(await create(changes)));
    await expect
      .poll(() => complaints.join("\n"), patient)
      .toMatch(/frame-ancestors|X-Frame-Options/);
    expect(await page.frames().at(1)?.locator("form").count()).toBe(0);
  }),
);

test("the frame shows the amount without repeating the shop, unless the full page is asked for", () =>
  withContext(true, async (context) => {
    const page = await context.newPage();
    const returned = { return: `${shop.url}/return` };
    await page.goto(around(await create(returned)));
    const compact = await paymentFrame(page, ".pay-button");
    expect(await compact.locator(".shop").count()).toBe(0);
    expect(await compact.locator(".summary .amount").isVisible()).toBe(true);
    expect(await compact.locator(".summary-description").isVisible()).toBe(false);
    await page.goto(around(await create({ ...returned, force_full_ui: true })));
    const full = await paymentFrame(page, ".shop");
    expect(await full.locator(".summary-description").isVisible()).toBe(true);
  }));
