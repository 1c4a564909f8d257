import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser, screenshot, seriousFindings } from "../support/browser.ts";
import { serveGallery } from "../support/gallery-server.ts";

// WASL_SCREENSHOTS=1 draws every state at 768 px, the key states at 360 and 1440; English light,
// Arabic dark. WASL_SCREENSHOTS=all draws and scans every state in every size, theme and language.
const everything = process.env["WASL_SCREENSHOTS"] === "all";
const languages = ["en", "ar"] as const;
const themes = ["light", "dark"] as const;
const sizes = [
  { width: 360, height: 640 },
  { width: 768, height: 1024 },
  { width: 1440, height: 900 },
] as const;
/** Each theme is scanned in one language; all four pairs only when everything is drawn. */
const scannedThemes = {
  en: everything ? themes : (["light"] as const),
  ar: everything ? themes : (["dark"] as const),
};
const keyStates = new Set([
  "pay",
  "pay-errors",
  "result-paid",
  "challenge",
  "invoice",
  "invoice-paid",
]);

let browser: Browser;
let gallery: Awaited<ReturnType<typeof serveGallery>>;

beforeAll(async () => {
  [browser, gallery] = await Promise.all([launchBrowser(), serveGallery()]);
}, 30_000);

afterAll(async () => {
  await browser?.close();
  await gallery?.close();
});

interface Look {
  readonly size: { readonly width: number; readonly height: number };
  readonly theme: "light" | "dark";
}

/** A page that remembers every complaint of the browser, policy violations among them. */
async function openPage({ size, theme }: Look): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({
    viewport: size,
    colorScheme: theme,
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  // The shop is never reached: a page on its way there stays to be looked at.
  await page.route(/^https?:\/\/shop\.example\//, () => undefined);
  page.on("request", (request) => {
    const elsewhere = new URL(request.url()).origin !== gallery.url;
    if (elsewhere && !request.isNavigationRequest()) complaints.push(`request: ${request.url()}`);
  });
  return { page, complaints };
}

async function show(page: Page, language: string, name: string): Promise<void> {
  await page.goto(`${gallery.url}/${language}/${name}`);
  await page.evaluate("document.fonts.ready");
}

/** The characters of a text on the page, blanks aside, from left to right as they are drawn. */
function inSight(page: Page, selector: string, text: string): Promise<string[]> {
  return page.evaluate(`(() => {
    const text = ${JSON.stringify(text)};
    for (const element of document.querySelectorAll(${JSON.stringify(selector)})) {
      const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
      const characters = [];
      while (walker.nextNode()) {
        const node = walker.currentNode;
        for (let place = 0; place < node.length; place += 1) {
          characters.push({ node, place, character: node.data[place] });
        }
      }
      const start = characters.map(({ character }) => character).join("").indexOf(text);
      if (start < 0) continue;
      return characters.slice(start, start + text.length)
        .filter(({ character }) => character.trim() !== "")
        .map(({ node, place, character }) => {
          const range = document.createRange();
          range.setStart(node, place);
          range.setEnd(node, place + 1);
          return { character, left: range.getBoundingClientRect().left };
        })
        .sort((a, b) => a.left - b.left)
        .map(({ character }) => character);
    }
    return [];
  })()`);
}

const inReadingOrder = (text: string) => Array.from(text.replaceAll(" ", ""));

/** By how many pixels the page is wider than the narrowest phone, with everything unfolded. */
async function overflowAt320(page: Page): Promise<number> {
  const size = page.viewportSize() ?? sizes[1];
  await page.setViewportSize({ width: 320, height: 640 });
  await page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))");
  const root = "document.documentElement";
  const pixels = await page.evaluate<number>(`${root}.scrollWidth - ${root}.clientWidth`);
  await page.setViewportSize(size);
  return pixels;
}

describe.each(languages)("every state in %s", (language) => {
  it.each(scannedThemes[language])(
    "is accessible, keeps its policy and fits 320 px, %s",
    async (theme) => {
      const { page, complaints } = await openPage({ size: sizes[1], theme });
      const findings: Record<string, string[]> = {};
      for (const name of gallery.names) {
        await show(page, language, name);
        for (const size of everything || keyStates.has(name) ? sizes : [sizes[1]]) {
          await page.setViewportSize(size);
          await screenshot(page, `payment-page/${name}-${language}-${theme}-${size.width}`);
        }
        await page.setViewportSize(sizes[1]);
        const serious = await seriousFindings(page);
        const tooWide = await overflowAt320(page);
        const found = tooWide > 0 ? [...serious, `${tooWide} px too wide at 320 px`] : serious;
        if (found.length > 0) findings[name] = found;
      }
      await page.context().close();
      expect(findings).toEqual({});
      expect(complaints).toEqual([]);
    },
    60_000,
  );
});

describe("the hand-off", () => {
  it.each(["result-paid-auto", "result-paid-link"])(
    "goes to the shop by itself, %s",
    async (name) => {
      const { page } = await openPage({ size: sizes[0], theme: "light" });
      const gone = page.waitForRequest(/shop\.example/);
      await show(page, "en", name);
      expect((await gone).isNavigationRequest()).toBe(true);
      await page.context().close();
    },
  );
});

describe("the pay form", () => {
  const phone = { size: sizes[0], theme: "light" } as const;

  it.each(languages)(
    "shows amount and Pay button on a small phone at once, %s",
    async (language) => {
      const { page } = await openPage(phone);
      await show(page, language, "pay");
      const button = await page.locator(".pay-button").boundingBox();
      expect((button?.y ?? 0) + (button?.height ?? 0)).toBeLessThanOrEqual(640);
      await page.context().close();
    },
  );

  it("groups digits as they are typed, whichever digits they are", async () => {
    const { page } = await openPage(phone);
    await show(page, "ar", "pay");
    await page.locator("[autocomplete=cc-number]").pressSequentially("٤۱۱1111111111111");
    await page.locator("[autocomplete=cc-exp]").pressSequentially("430");
    await page.locator("[autocomplete=cc-csc]").pressSequentially("١٢٣");
    expect(await page.locator("[autocomplete=cc-number]").inputValue()).toBe("4111 1111 1111 1111");
    expect(await page.locator("[autocomplete=cc-exp]").inputValue()).toBe("04 / 30");
    expect(await page.locator("[autocomplete=cc-csc]").inputValue()).toBe("123");
    expect(await page.locator("[data-match]").getAttribute("data-brand")).toBe("Visa");
    await page.context().close();
  });

  it("speaks of a mistake when the field is left, and takes it back when mended", async () => {
    const { page } = await openPage(phone);
    await show(page, "en", "pay");
    const number = page.locator("[autocomplete=cc-number]");
    expect(await page.locator("#announcer").textContent()).toBe("");
    await number.fill("4111 1111 1111 1112");
    expect(await number.getAttribute("aria-invalid")).toBeNull();
    await number.blur();
    expect(await number.getAttribute("aria-invalid")).toBe("true");
    expect(await page.locator("#field-number-error").textContent()).toMatch(
      /Check the card number/,
    );
    await number.fill("4111 1111 1111 1111");
    expect(await number.getAttribute("aria-invalid")).toBeNull();
    await page.context().close();
  });

  it("keeps what is not Arabic in its own order on an Arabic page", async () => {
    const { page } = await openPage(phone);
    const offer = "10% off Visa 4111";
    await show(page, "ar", "pay-discount");
    await page.evaluate(`{
      const form = document.querySelector("[data-pay]");
      document.querySelector(".drawer").open = true;
      document.querySelector("[data-discount]").hidden = false;
      document.querySelector("[data-discount-title]").textContent = ${JSON.stringify(offer)};
    }`);
    expect(await inSight(page, "[data-discount-title]", offer)).toEqual(inReadingOrder(offer));
    expect(await inSight(page, ".drawer", "3-D Secure")).toEqual(inReadingOrder("3-D Secure"));
    await screenshot(page, "payment-page/pay-discount-drawer-ar");
    await show(page, "ar", "pay-items");
    // From right to left: the sign, then the number.
    expect(await inSight(page, ".item-count", "× 3")).toEqual(["3", "×"]);
    expect(await inSight(page, ".item-more", "2 × 40.00")).toEqual(inReadingOrder("2 × 40.00"));
    await show(page, "ar", "pay-donation");
    expect(await page.locator("label[for=field-amount]").textContent()).toContain("ريال سعودي");
    await page.context().close();
  });

  it.each([
    ["Cancel", "a[href$='/confirm-cancel']"],
    ["another way to pay", "[data-way=sadad] button"],
    ["Pay", ".pay-button"],
  ])("a press on %s is no click lost, although a field is half typed", async (_name, selector) => {
    const { page } = await openPage(phone);
    await show(page, "en", "pay-other-ways");
    await page.evaluate(`addEventListener("click", ({ target }) => {
      document.documentElement.dataset.clicked = target.closest("a, button")?.className ?? "nothing";
    }, true)`);
    // What is pressed is not left: the page stays to be asked.
    await page.evaluate(`for (const way of ["submit", "click"]) {
      addEventListener(way, (event) => {
        if (way === "submit" || event.target.closest("a")) event.preventDefault();
      });
    }`);
    // Tall enough not to scroll, since scrolling could undo what moves.
    await page.setViewportSize({ width: 360, height: 1600 });
    await page.locator("[autocomplete=cc-number]").pressSequentially("4111");
    const target = page.locator(selector);
    const place = await target.boundingBox();
    if (place === null) throw new Error("there is nothing to press");
    await page.mouse.move(place.x + place.width / 2, place.y + 6);
    await page.mouse.down();
    // As long as people press.
    await page.waitForTimeout(120);
    await page.mouse.up();
    const clicked = page.locator("html").getAttribute("data-clicked");
    expect(await clicked).toBe(await target.getAttribute("class"));
    // The mistake is told all the same, once the press is over.
    await expect
      .poll(() => page.locator("[autocomplete=cc-number]").getAttribute("aria-invalid"))
      .toBe("true");
    await page.context().close();
  });

  it("a tap is a click too, although a field is half typed", async () => {
    const context = await browser.newContext({ viewport: phone.size, hasTouch: true });
    const page = await context.newPage();
    await show(page, "en", "pay");
    await page.locator("[autocomplete=cc-number]").pressSequentially("4111");
    await page.locator("a[href$='/confirm-cancel']").tap();
    await page.waitForURL(/confirm-cancel$/);
    expect(await page.locator("form").count()).toBe(1);
    await context.close();
  });

  it.each([
    ["en", "Please correct 4 fields", "Please correct 7 fields", "one field"],
    ["ar", "يرجى تصحيح 4 حقول", "يرجى تصحيح 7 حقول", "حقل واحد"],
  ])(
    "leads to the first mistake when it is sent, and tells how many there are, %s",
    async (language, four, seven, one) => {
      const { page } = await openPage(phone);
      const said = () => page.locator("#announcer").textContent();
      const focused = () =>
        page.evaluate(`(() => {
          // With its label and with what is wrong.
          const { id } = document.activeElement;
          const field = document.activeElement.closest(".field") ?? document.activeElement;
          const { top, bottom } = field.getBoundingClientRect();
          return top >= 0 && bottom <= innerHeight ? id : id + " out of sight";
        })()`);
      await show(page, language, "pay");
      await page.locator("[autocomplete=cc-csc]").pressSequentially("12");
      await page.locator(".pay-button").click();
      expect(await focused()).toBe("field-number");
      await expect.poll(said).toBe(four);
      // The field that was left for the button does not speak over it.
      await page.waitForTimeout(150);
      expect(await said()).toBe(four);
      await show(page, language, "pay-billing");
      await page.locator(".drawer-title").click();
      await page.locator(".test-card button").first().click();
      for (const name of ["name", "email", "phone", "street1", "city", "state"]) {
        await page.locator(`#field-${name}`).fill("");
      }
      await page.locator("#field-country").selectOption("");
      await page.locator(".pay-button").click();
      expect(await focused()).toBe("field-name");
      await expect.poll(said).toBe(seven);
      for (const name of ["name", "email", "phone", "street1", "city"]) {
        await page.locator(`#field-${name}`).fill("x");
      }
      await page.locator("#field-country").selectOption("SA");
      await page.locator(".pay-button").click();
      expect(await focused()).toBe("field-state");
      await expect.poll(said).toContain(one);
      await page.context().close();
    },
  );

  it("stops a real card number before it leaves the browser", async () => {
    const { page } = await openPage(phone);
    const posts: string[] = [];
    page.on("request", (request) => request.method() === "POST" && posts.push(request.url()));
    await show(page, "en", "pay");
    await page.locator("[autocomplete=cc-number]").fill("4242424242424242");
    await page.locator("[autocomplete=cc-exp]").fill("12/2030");
    await page.locator("[autocomplete=cc-csc]").fill("123");
    await page.locator("[autocomplete=cc-name]").fill("TEST CARD");
    await page.locator(".pay-button").click();
    expect(await page.locator("#field-number-error").textContent()).toMatch(/real card/);
    expect(posts).toEqual([]);
    await page.context().close();
  });

  it("is filled by a test card and sent once", async () => {
    const { page } = await openPage(phone);
    await show(page, "en", "pay");
    await page.locator("summary").click();
    await page.locator(".test-card button").first().click();
    const refused = await page.evaluate<boolean[]>(`(() => {
      const refused = [];
      document.addEventListener("submit", (event) => {
        refused.push(event.defaultPrevented);
        event.preventDefault();
      });
      const button = document.querySelector(".pay-button");
      button.click();
      button.click();
      return refused;
    })()`);
    expect(refused).toEqual([false, true]);
    expect(await page.locator(".pay-button").getAttribute("aria-busy")).toBe("true");
    expect(await page.locator(".pay-button").textContent()).toContain("Processing…");
    await page.context().close();
  });

  it("asks for more time in place, and says when there is none", async () => {
    const { page } = await openPage(phone);
    await show(page, "en", "pay");
    await page.route("**/extend", (route) =>
      route.fulfill({
        contentType: "text/html",
        body: `<div class="time-limit" data-seconds-left="2400">
          <span data-ends-at>15:05 UTC</span></div>`,
      }),
    );
    await page.locator("[autocomplete=cc-name]").fill("TEST CARD");
    await page.locator(".foot [data-extend] button").first().click();
    await expect
      .poll(() => page.locator("#announcer").textContent())
      .toBe("You have more time. This page now closes at 15:05 UTC.");
    expect(await page.locator("[autocomplete=cc-name]").inputValue()).toBe("TEST CARD");
    expect(await page.locator(".foot > .time-limit > form").count()).toBe(0);
    await page.context().close();
  });

  it("works without scripts: cards to copy from, no button that does nothing", async () => {
    const context = await browser.newContext({ viewport: phone.size, javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${gallery.url}/en/pay`);
    await page.locator("summary").click();
    expect(await page.locator(".test-card bdi").first().isVisible()).toBe(true);
    expect(await page.locator(".test-card button").first().isVisible()).toBe(false);
    expect(await page.locator(".copy-button").count()).toBe(0);
    expect(await page.locator("[data-pay]").getAttribute("method")).toBe("post");
    await context.close();
  });

  it("puts the focus on the summary of mistakes", async () => {
    const { page } = await openPage(phone);
    await show(page, "en", "pay-errors");
    const focused = () => page.evaluate("document.activeElement.id");
    expect(await page.evaluate("document.activeElement.matches('[data-error-summary]')")).toBe(
      true,
    );
    await page.locator(".error-links a").first().click();
    expect(await focused()).toBe("field-number");
    await page.context().close();
  });

  it("never shows a security code again", async () => {
    const { page } = await openPage(phone);
    await show(page, "en", "pay-errors");
    expect(await page.locator("[autocomplete=cc-csc]").inputValue()).toBe("");
    expect(await page.content()).not.toContain('value="999"');
    await page.context().close();
  });
});
