import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser, screenshot, seriousFindings } from "../support/browser.ts";
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

const sizes = [
  { width: 360, height: 740 },
  { width: 1280, height: 800 },
] as const;

const names = {
  en: {
    tabby: "Tabby",
    pay: "Pay",
    real: "SIMULATED: this is not the real Apple Pay",
    paid: "Paid",
  },
  ar: {
    tabby: "تابي",
    pay: "ادفع",
    real: "محاكاة: هذه ليست صفحة Apple Pay الحقيقية",
    paid: "تم الدفع",
  },
} as const;

interface Look {
  readonly language: "en" | "ar";
  readonly width: (typeof sizes)[number]["width"];
  readonly javaScript: boolean;
}

const looks: readonly Look[] = (["en", "ar"] as const).flatMap((language) =>
  sizes.map(({ width }) => ({ language, width, javaScript: language === "en" || width === 360 })),
);

async function open({ language, width, javaScript }: Look, methods: readonly string[]) {
  const context = await browser.newContext({
    javaScriptEnabled: javaScript,
    viewport: sizes.find((size) => size.width === width) ?? sizes[0],
  });
  const { json } = await gateway.call("/payment/request", {
    ...goodRequest,
    hide_shipping: true,
    paypage_lang: language,
    payment_methods: methods,
  });
  const page = await context.newPage();
  await page.goto(json.redirect_url);
  const status = async () => {
    const query = await gateway.call("/payment/query", { tran_ref: json.tran_ref });
    return query.json.payment_result.response_status;
  };
  return { page, status };
}

/** The page is accessible and no wider than the window. */
async function looksRight(page: Page, { javaScript }: Look, name: string): Promise<void> {
  await screenshot(page, name);
  // The scan itself needs timers, which a browser without scripts does not run.
  expect(javaScript ? await seriousFindings(page) : []).toEqual([]);
  const root = "document.documentElement";
  const overflow = await page.evaluate<number>(`${root}.scrollWidth - ${root}.clientWidth`);
  expect(overflow).toBe(0);
}

describe.each(looks)("in $language, $width px, JavaScript: $javaScript", (look) => {
  const { language, width } = look;
  const words = names[language];
  const named = (step: string) => `provider-${step}-${language}-${width}`;

  test("Apple Pay is a button, a page that says what it is, and a receipt", async () => {
    const { page, status } = await open(look, ["card", "applepay", "tabby", "tamara", "stcpay"]);
    const buttons = page.locator(".other-ways button");
    expect(await buttons.allTextContents()).toEqual(
      expect.arrayContaining(["Apple Pay", words.tabby, "stc pay"]),
    );
    await looksRight(page, look, named("form"));
    await page.getByRole("button", { name: "Apple Pay" }).click();
    await page.waitForURL(/\/simulator\/provider\//);
    expect(await page.locator(".band").textContent()).toContain(words.real);
    expect(await page.locator("html").getAttribute("dir")).toBe(language === "ar" ? "rtl" : "ltr");
    await looksRight(page, look, named("page"));
    expect(await status()).toBe("P");
    await page.getByRole("button", { name: words.pay, exact: true }).click();
    await page.waitForURL(/\/result/);
    expect(await page.locator(".result-title").textContent()).toBe(words.paid);
    expect(await page.locator(".rows").textContent()).toContain("Apple Pay");
    await looksRight(page, look, named("receipt"));
    expect(await status()).toBe("A");
    await page.context().close();
  });

  test("an answer that is late shows the waiting page, then the receipt by itself", async () => {
    const { page, status } = await open(look, ["tabby"]);
    await looksRight(page, look, named("only"));
    await page.getByRole("button", { name: words.tabby }).click();
    await page.locator('[value="approve_late"]').click();
    await page.waitForURL(/\/result/);
    await page.locator('[data-page="processing"]').waitFor({ timeout: 2000 });
    await page.locator('[data-page="receipt"]').waitFor({ timeout: 20_000 });
    expect(await status()).toBe("A");
    await page.context().close();
  });
});
