import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser } from "../support/browser.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { Shop } from "../support/stranger.ts";

let browser: Browser;
let gateway: TestGateway;
let shop: Shop;
let checkout: Server;
let options = "";

/** A checkout page as PT2's samples have it, on an origin of its own. */
const page = () => `<!doctype html><title>Checkout</title>
  <form id="pay" method="post" action="${shop.url}/checkout">
    <span id="errors"></span>
    <label>Card <input data-paylib="number" name="card_number"></label>
    <label>Month <input data-paylib="expmonth"></label>
    <label>Year <input data-paylib="expyear"></label>
    <label>Code <input data-paylib="cvv"></label>
    <input name="order" value="7001">
    <button>Pay</button>
  </form>
  <script src="${gateway.url}/payment/js/paylib.js"></script>
  <script>
    const form = document.getElementById("pay");
    paylib.inlineForm({ key: "${gateway.profile.clientKey}", form, ${options}
      callback: (response) => {
        document.title = JSON.stringify(response);
        paylib.handleError(document.getElementById("errors"), response);
      } });
  </script>`;

beforeAll(async () => {
  [browser, gateway, shop] = await Promise.all([
    launchBrowser(),
    startTestGateway(),
    new Shop().open(),
  ]);
  checkout = createServer((_request, response) =>
    response.setHeader("content-type", "text/html").end(page()),
  );
  await new Promise<void>((resolve) => checkout.listen(0, "127.0.0.1", resolve));
});

afterAll(async () => {
  await browser.close();
  await gateway.stop();
  await shop.close();
  checkout.close();
});

async function fill(number: string, inlineOptions = ""): Promise<Page> {
  options = inlineOptions;
  const tab = await browser.newPage();
  await tab.goto(`http://127.0.0.1:${(checkout.address() as AddressInfo).port}/`);
  await tab.getByLabel("Card").fill(number);
  await tab.getByLabel("Month").fill("12");
  await tab.getByLabel("Year").fill("2030");
  await tab.getByLabel("Code").fill("123");
  await tab.getByRole("button").click();
  return tab;
}

test("the shop's server gets a token, and nothing of the card", async () => {
  const tab = await fill("4111 1111 1111 1111", "autoSubmit: true,");
  const { body } = await shop.waitFor("/checkout");
  const fields = new URLSearchParams(body.toString());
  expect(Object.fromEntries(fields)).toEqual({
    order: "7001",
    token: expect.stringMatching(/^[A-Za-z\d]{20}$/),
  });
  await tab.close();
});

test("a wrong number is told in the page, and nothing is submitted", async () => {
  const before = shop.on("/checkout").length;
  const tab = await fill("4111 1111 1111 1112", "autoSubmit: true,");
  await tab.getByRole("alert").getByText("Invalid card number").waitFor();
  expect(JSON.parse(await tab.title())).toMatchObject({
    error: true,
    errorCode: 200,
    errorField: "number",
    errorStatus: "E",
    status: 400,
  });
  expect(await tab.getByLabel("Card").getAttribute("aria-invalid")).toBe("true");
  expect(shop.on("/checkout")).toHaveLength(before);
  await tab.close();
});

test("without autoSubmit the page decides, with the token at hand", async () => {
  const before = shop.on("/checkout").length;
  const tab = await fill("4111 1111 1111 1111", "autoSubmit: false,");
  await tab.waitForFunction('document.title.includes("token")');
  const { token } = JSON.parse(await tab.title());
  expect(await tab.locator('input[name="token"]').inputValue()).toBe(token);
  expect(shop.on("/checkout")).toHaveLength(before);
  await tab.close();
});
