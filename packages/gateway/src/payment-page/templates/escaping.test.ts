import { describe, expect, it } from "vitest";
import type { AssetUrls } from "../../http/look/document.ts";
import type { HandOffView, OrderView, PageFrame } from "../views.ts";
import { handOffPage } from "./hand-off.ts";
import { payFormPage } from "./pay-form.ts";
import { problemPage } from "./problem.ts";

const attack = `"><script>alert(1)</script><p title='`;
const assets: AssetUrls = { url: (name) => `/assets/${name}` };

const frame: PageFrame = {
  language: "en",
  nonce: "bm9uY2U=",
  assets,
  sandbox: true,
  requestId: attack,
  languagePath: "/x?lang=ar",
};

const order: OrderView = {
  merchantName: attack,
  cartId: attack,
  description: attack,
  amount: { decimal: "1.00", currency: "SAR" },
  tranRef: attack,
  alternative: { decimal: "0.27", currency: "USD" },
  bookingReference: attack,
  items: {
    lines: [
      {
        description: attack,
        quantity: "2",
        unitCost: attack,
        discount: { decimal: "1.00", currency: "SAR" },
        tax: { decimal: "1.00", currency: "SAR" },
        total: { decimal: "1.00", currency: "SAR" },
      },
    ],
    charges: [{ kind: "shipping", amount: { decimal: "1.00", currency: "SAR" } }],
  },
  discount: {
    title: attack,
    before: { decimal: "2.00", currency: "SAR" },
    total: { decimal: "1.00", currency: "SAR" },
  },
};

const moment = { iso: "2026-11-23T14:45:00.000Z", text: "14:45" };

function handOff(more: Partial<HandOffView>): string {
  return handOffPage({
    ...frame,
    order,
    outcome: "paid",
    finishedAt: moment,
    zone: "UTC",
    cardDescription: attack,
    methodName: attack,
    bill: { method: attack, number: attack, until: moment, payUrl: "https://bank.example/bill" },
    watchPath: null,
    handOff: { way: "none" },
    auto: true,
    window: "self",
    message: null,
    back: { path: "/x", why: "see_invoice" },
    ...more,
  });
}

function payForm(securityCode: string): string {
  return payFormPage({
    ...frame,
    order,
    end: { at: moment, zone: attack, secondsLeft: 60, extendPath: "/extend" },
    payPath: "/pay",
    cancelPath: "/cancel",
    brands: [{ name: attack, prefixes: [attack] }],
    knownBrands: [{ name: attack, prefixes: [attack] }],
    theme: { accent: "#7a1f5c", monogram: "<b>" },
    billingFields: ["name", "country"],
    shipping: { fields: ["name", "street1"], optional: true },
    donation: { min: { decimal: "1.00", currency: "SAR" }, max: null },
    cardFilter: { title: attack, prefixes: [attack] },
    discounts: [{ prefixes: ["4111"], by: { hundredths: 1000 }, title: attack }],
    confirm: {
      discount: order.discount ?? null,
      total: { decimal: "1.00", currency: "SAR" },
    },
    otherWays: [{ code: attack, label: attack, path: "/other" }],
    storedCard: null,
    saveCard: { ticked: false },
    registers: false,
    values: {
      number: attack,
      holder: attack,
      name: attack,
      shipping_street1: attack,
      amount: attack,
      security_code: securityCode,
    },
    errors: [{ field: "number", kind: "invalid" }],
    testCards: [
      {
        label: attack,
        brand: attack,
        number: attack,
        expiry: attack,
        securityCode: attack,
        outcome: "",
      },
    ],
  });
}

describe("text from outside", () => {
  it.each([
    ["the pay form", () => payForm("123")],
    ["the receipt", () => handOff({})],
    [
      "the hand-off",
      () =>
        handOff({
          window: "top",
          message: { origin: "https://shop.example", fields: [["cartId", attack]] },
          handOff: {
            way: "post",
            url: 'https://shop.example/?a="><i>',
            fields: [[attack, attack]],
          },
        }),
    ],
    [
      "a problem",
      () =>
        problemPage({
          ...frame,
          problem: "used_link",
          merchantName: attack,
          tranRef: attack,
          againPath: "/again",
        }),
    ],
  ])("stays text in %s", (_name, page) => {
    expect(page()).not.toMatch(/<script>|<p title='/);
    expect(page()).toContain("&lt;script&gt;");
  });

  it("cannot make a link that runs code", () => {
    const url = "javascript:alert(1)";
    expect(() => handOff({ handOff: { way: "get", url } })).toThrow(/Only http/);
    expect(() => handOff({ handOff: { way: "post", url, fields: [] } })).toThrow(/Only http/);
  });
});

describe("the pay form", () => {
  it("never shows a security code again", () => {
    expect(payForm("987123")).not.toContain("987123");
  });
});

describe("the hand-off", () => {
  it("sends every field, the empty ones too, and names no button", () => {
    const url = "https://shop.example/return?order=1";
    const page = handOff({
      order: { ...order, merchantName: "Shop" },
      handOff: {
        way: "post",
        url,
        fields: [
          ["acquirerMessage", ""],
          ["respStatus", "A"],
        ],
      },
    });
    expect(page).toContain('<input type="hidden" name="acquirerMessage" value="" />');
    expect(page).toContain('<input type="hidden" name="respStatus" value="A" />');
    expect(page).not.toMatch(/<button[^>]*name=/);
  });
});
