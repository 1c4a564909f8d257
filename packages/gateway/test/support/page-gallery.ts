import { brands } from "../../src/acquirers/card-facts.ts";
import { billPage } from "../../src/acquirers/simulator/bill-template.ts";
import type { Bill } from "../../src/acquirers/simulator/bills-store.ts";
import { challengePage } from "../../src/acquirers/simulator/challenge-template.ts";
import type { AssetUrls, Language, PageFrame } from "../../src/http/look/document.ts";
import { providerPage } from "../../src/acquirers/simulator/provider-template.ts";
import { confirmCancelPage } from "../../src/payment-page/templates/confirm-cancel.ts";
import { handOffPage } from "../../src/payment-page/templates/hand-off.ts";
import { payFormPage } from "../../src/payment-page/templates/pay-form.ts";
import { problemPage } from "../../src/payment-page/templates/problem.ts";
import { processingPage } from "../../src/payment-page/templates/processing.ts";
import { testCardViews } from "../../src/payment-page/test-card-views.ts";
import { invoiceDraws } from "./invoice-gallery.ts";
import type {
  HandOffView,
  OrderView,
  OutcomeName,
  PayFormView,
  ProblemName,
  ProblemView,
} from "../../src/payment-page/views.ts";

/** One screen of the payment page, by the name of its state. */
export interface GalleryPage {
  readonly name: string;
  readonly html: (language: Language, nonce: string) => string;
}

const shop = {
  en: { name: "Qamar Books", item: "Two novels and a notebook" },
  ar: { name: "مكتبة قمر", item: "روايتان ودفتر" },
} as const;

function frameFor(language: Language, nonce: string, assets: AssetUrls, name: string): PageFrame {
  return {
    language,
    nonce,
    assets,
    sandbox: true,
    requestId: "req-7f3a90",
    languagePath: `/${language === "ar" ? "en" : "ar"}/${name}`,
  };
}

function orderFor(language: Language): OrderView {
  return {
    merchantName: shop[language].name,
    cartId: "order-7001",
    description: shop[language].item,
    amount: { decimal: "115.00", currency: "SAR" },
    tranRef: "TST2632700000101",
  };
}

function payForm(frame: PageFrame, more: Partial<PayFormView> = {}): string {
  return payFormPage({
    ...frame,
    order: orderFor(frame.language),
    end: {
      at: { iso: "2026-11-23T14:45:00.000Z", text: "14:45" },
      zone: "UTC",
      secondsLeft: 1200,
      extendPath: "/extend",
    },
    payPath: "/pay",
    cancelPath: `/${frame.language}/confirm-cancel`,
    brands,
    knownBrands: brands,
    billingFields: [],
    shipping: null,
    donation: null,
    cardFilter: null,
    discounts: [],
    confirm: null,
    otherWays: [],
    values: {},
    errors: [],
    testCards: testCardViews(frame.language, new Date("2026-11-23T14:25:00Z")),
    storedCard: null,
    saveCard: null,
    registers: false,
    ...more,
  });
}

const storedCard: PayFormView["storedCard"] = {
  description: "4111 11## #### 1111",
  brand: "Visa",
  expiry: "12 / 30",
  testCode: "123",
};

const allBilling = [
  "name",
  "email",
  "phone",
  "street1",
  "city",
  "state",
  "country",
  "zip",
] as const;

const longName = {
  en: "The International Company for Household Appliances and Electronics of Riyadh",
  ar: "الشركة العالمية للأجهزة المنزلية والإلكترونيات والأثاث المكتبي في الرياض",
} as const;

type Draw = (frame: PageFrame) => string;

const sar = (decimal: string) => ({ decimal, currency: "SAR" });

const said = {
  en: {
    offer: "10% off with Qamar Bank cards",
    filter: "Cards of Qamar Bank only",
    items: ["Season of Migration to the North", "Notebook, dotted, A5", "Gift wrapping"],
    way: "SADAD bill",
  },
  ar: {
    offer: "خصم 10% ببطاقات بنك قمر",
    filter: "بطاقات بنك قمر فقط",
    items: ["موسم الهجرة إلى الشمال", "دفتر منقّط، مقاس A5", "تغليف هدية"],
    way: "فاتورة سداد",
  },
} as const;

function itemsFor(language: Language, copies = 1): NonNullable<OrderView["items"]> {
  const [novel, notebook, wrapping] = said[language].items;
  const none = { quantity: null, unitCost: null, discount: null, tax: null };
  const lines = [
    { ...none, description: novel, quantity: "2", unitCost: "40.00", total: sar("80.00") },
    {
      description: notebook,
      quantity: "1",
      unitCost: "20.00",
      discount: sar("2.00"),
      tax: sar("2.00"),
      total: sar("20.00"),
    },
    { ...none, description: wrapping, quantity: "3", total: sar("5.00") },
  ];
  return {
    lines: Array.from({ length: copies }, () => lines).flat(),
    charges: [
      { kind: "shipping", amount: sar("15.00") },
      { kind: "discount", amount: sar("5.00") },
    ],
  };
}

const discount = { prefixes: ["411111"], by: { hundredths: 1000 } };

/** What a request may add to the page. */
const optionForms: Readonly<Record<string, Draw>> = {
  "pay-items": (frame) => {
    const order = { ...orderFor(frame.language), items: itemsFor(frame.language) };
    const alternative = { decimal: "30.66", currency: "USD" };
    return payForm(frame, { order: { ...order, alternative, bookingReference: "QX7RT2" } });
  },
  "pay-many-items": (frame) =>
    payForm(frame, {
      order: { ...orderFor(frame.language), items: itemsFor(frame.language, 4) },
    }),
  "pay-shipping": (frame) =>
    payForm(frame, {
      billingFields: ["email", "zip"],
      shipping: { fields: allBilling.filter((name) => name !== "email"), optional: true },
    }),
  "pay-shipping-errors": (frame) =>
    payForm(frame, {
      shipping: { fields: ["phone", "street1", "city"], optional: false },
      values: { shipping_city: "Riyadh" },
      errors: [
        { field: "security_code", kind: "missing" },
        { field: "shipping_phone", kind: "missing" },
        { field: "shipping_street1", kind: "missing" },
      ],
    }),
  "pay-discount": (frame) =>
    payForm(frame, {
      discounts: [{ ...discount, title: said[frame.language].offer }],
      values: { number: "4111 1111 1111 1111" },
    }),
  "pay-discount-confirm": (frame) => {
    const { offer } = said[frame.language];
    return payForm(frame, {
      discounts: [{ ...discount, title: offer }],
      values: { number: "4111 1111 1111 1111", expiry: "12 / 30", holder: "TEST CARD" },
      confirm: {
        discount: { title: offer, before: sar("115.00"), total: sar("103.50") },
        total: sar("103.50"),
      },
    });
  },
  "pay-total-changed": (frame) =>
    payForm(frame, {
      discounts: [discount],
      values: { number: "5200 0000 0000 0114", expiry: "12 / 30", holder: "TEST CARD" },
      confirm: { discount: null, total: sar("115.00") },
    }),
  "pay-donation": (frame) =>
    payForm(frame, {
      donation: { min: sar("10.00"), max: sar("500.00") },
      values: { amount: "50.00" },
    }),
  "pay-donation-error": (frame) =>
    payForm(frame, {
      donation: { min: sar("10.00"), max: null },
      values: { amount: "5" },
      errors: [{ field: "amount", kind: "too_small", limit: sar("10.00") }],
    }),
  "pay-card-filter": (frame) =>
    payForm(frame, { cardFilter: { title: said[frame.language].filter, prefixes: ["4111"] } }),
  "pay-card-filter-prefixes": (frame) =>
    payForm(frame, {
      brands: brands.filter(({ name }) => name === "Visa"),
      cardFilter: { title: null, prefixes: ["411111", "5200"] },
    }),
  "pay-other-ways": (frame) =>
    payForm(frame, {
      otherWays: [{ code: "sadad", label: said[frame.language].way, path: "/way" }],
    }),
  "pay-other-ways-only": (frame) =>
    payForm(frame, {
      brands: [],
      otherWays: [{ code: "sadad", label: said[frame.language].way, path: "/way" }],
    }),
  "pay-provider-only": (frame) =>
    payForm(frame, {
      brands: [],
      otherWays: [{ code: "tabby", label: "Tabby", path: "/way" }],
    }),
  "pay-framed": (frame) => payForm({ ...frame, compact: true }),
  "pay-theme": (frame) => payForm({ ...frame, theme: { accent: "#f2b84b", monogram: "QB" } }),
  "result-framed-message": (frame) =>
    handOff({ ...frame, theme: { accent: "#7a1f5c" }, compact: true }, "paid", {
      order: {
        ...orderFor(frame.language),
        amount: sar("103.50"),
        bookingReference: "QX7RT2",
        discount: { title: null, before: sar("115.00"), total: sar("103.50") },
      },
      handOff: { way: "none" },
      message: { origin: "https://shop.example", fields: [["respStatus", "A"]] },
    }),
};

const payForms: Readonly<Record<string, Draw>> = {
  pay: (frame) => payForm(frame),
  "pay-billing": (frame) =>
    payForm(frame, { billingFields: allBilling, values: { country: "SA", city: "Riyadh" } }),
  "pay-errors": (frame) =>
    payForm(frame, {
      values: { number: "4111 1111 1111 1112", expiry: "13/21", security_code: "999" },
      errors: [
        { field: "number", kind: "invalid" },
        { field: "expiry", kind: "invalid" },
        { field: "security_code", kind: "missing" },
        { field: "holder", kind: "missing" },
      ],
    }),
  "pay-real-card": (frame) =>
    payForm(frame, {
      values: { expiry: "12 / 30", holder: "TEST CARD" },
      errors: [{ field: "number", kind: "not_a_test_card" }],
    }),
  "pay-billing-errors": (frame) =>
    payForm(frame, {
      billingFields: allBilling,
      values: { number: "4111 1111 1111 1111", email: "nobody" },
      errors: [
        { field: "expiry", kind: "past" },
        { field: "security_code", kind: "length" },
        { field: "email", kind: "invalid" },
        { field: "phone", kind: "missing" },
        { field: "country", kind: "missing" },
      ],
    }),
  "pay-long-words": (frame) =>
    payForm(frame, {
      order: {
        ...orderFor(frame.language),
        merchantName: longName[frame.language],
        cartId: "order-2026-11-23-0000000000000000000000000000000000000000000001",
        description: `${shop[frame.language].item}, `.repeat(6),
        amount: { decimal: "1234567.125", currency: "KWD" },
      },
      end: {
        at: { iso: "2026-11-24T14:45:00.000Z", text: "14:45" },
        zone: "UTC",
        secondsLeft: 80_000,
        extendPath: null,
      },
    }),
  "pay-save-card": (frame) => payForm(frame, { saveCard: { ticked: true } }),
  "pay-stored-card": (frame) => payForm(frame, { storedCard, testCards: [] }),
  "pay-stored-card-error": (frame) =>
    payForm(frame, {
      storedCard: { ...storedCard, brand: "AmericanExpress", testCode: null },
      testCards: [],
      errors: [{ field: "security_code", kind: "missing" }],
    }),
  "pay-register": (frame) => payForm(frame, { registers: true, saveCard: { ticked: false } }),
  "pay-live": (frame) => payForm({ ...frame, sandbox: false }, { testCards: [] }),
};

function handOff(frame: PageFrame, outcome: OutcomeName, more: Partial<HandOffView> = {}): string {
  return handOffPage({
    ...frame,
    order: orderFor(frame.language),
    outcome,
    finishedAt: { iso: "2026-11-23T14:31:00.000Z", text: "14:31" },
    zone: "UTC",
    cardDescription: ["cancelled", "expired"].includes(outcome) ? null : "4111 11## #### 1111",
    methodName: null,
    bill: null,
    watchPath: null,
    handOff: {
      way: "post",
      url: "https://shop.example/return",
      fields: [
        ["acquirerMessage", ""],
        ["cartId", "order-7001"],
        ["respStatus", "A"],
      ],
    },
    auto: false,
    window: "self",
    message: null,
    back: null,
    ...more,
  });
}

const outcomes: readonly OutcomeName[] = [
  "paid",
  "registered",
  "held",
  "pending",
  "declined",
  "cancelled",
  "expired",
  "error",
];

function billFor({ language }: PageFrame, payUrl: string | null): HandOffView["bill"] {
  return {
    method: language === "ar" ? "سداد" : "SADAD",
    number: "410928374655",
    until: { iso: "2026-11-23T17:31:00.000Z", text: "17:31" },
    payUrl,
  };
}

const endings: Readonly<Record<string, Draw>> = {
  ...Object.fromEntries(
    outcomes.map((name): [string, Draw] => [`result-${name}`, (frame) => handOff(frame, name)]),
  ),
  "result-method": (frame) =>
    handOff(frame, "paid", { cardDescription: null, methodName: "Apple Pay" }),
  "result-bill": (frame) =>
    handOff(frame, "pending", {
      cardDescription: null,
      bill: billFor(frame, "http://127.0.0.1:4400/simulator/bill/00"),
      watchPath: `/${frame.language}/result-bill`,
    }),
  "result-bill-paid": (frame) =>
    handOff(frame, "paid", { cardDescription: null, bill: billFor(frame, null) }),
  "result-bill-expired": (frame) => handOff(frame, "expired", { bill: billFor(frame, null) }),
  "result-paid-auto": (frame) => handOff(frame, "paid", { auto: true }),
  "result-paid-link": (frame) =>
    handOff(frame, "paid", { handOff: { way: "get", url: "http://shop.example/" }, auto: true }),
  "receipt-paid": (frame) => handOff(frame, "paid", { handOff: { way: "none" } }),
  "receipt-try-again": (frame) =>
    handOff(frame, "declined", {
      handOff: { way: "none" },
      back: { path: "/x", why: "try_again" },
    }),
  "result-paid-invoice": (frame) =>
    handOff(frame, "paid", { back: { path: "/x", why: "see_invoice" } }),
  "receipt-declined": (frame) => handOff(frame, "declined", { handOff: { way: "none" } }),
};

function problem(frame: PageFrame, name: ProblemName, more: Partial<ProblemView> = {}): string {
  return problemPage({
    ...frame,
    problem: name,
    merchantName: null,
    tranRef: null,
    againPath: null,
    ...more,
  });
}

const problems: Readonly<Record<string, Draw>> = {
  "problem-used-link": (frame) => problem(frame, "used_link", { ...known(frame), againPath: "/x" }),
  "problem-unknown-link": (frame) => problem(frame, "unknown_link"),
  "problem-not-found": (frame) => problem(frame, "not_found"),
  "problem-too-many": (frame) => problem(frame, "too_many", { againPath: "/x" }),
  "problem-server-error": (frame) => problem(frame, "server_error", { againPath: "/x" }),
};

function known({ language }: PageFrame): Pick<ProblemView, "merchantName" | "tranRef"> {
  return { merchantName: shop[language].name, tranRef: "TST2632700000101" };
}

function processing(frame: PageFrame, stage: "checking" | "unknown"): string {
  const order = orderFor(frame.language);
  return processingPage({ ...frame, order, stage, refreshPath: "/x", refreshSeconds: 600 });
}

function challenge(frame: PageFrame, error: "unknown_code" | null): string {
  const { merchantName, amount } = orderFor(frame.language);
  return challengePage({
    ...frame,
    merchantName,
    amount,
    maskedCard: "4000 00## #### 0002",
    actionPath: "/challenge",
    minutesLimit: 5,
    error,
  });
}

function provider(frame: PageFrame): string {
  const { merchantName, amount } = orderFor(frame.language);
  const view = { merchantName, amount, methodName: "Apple Pay" };
  return providerPage({ ...frame, ...view, actionPath: "/provider", minutesLimit: 15 });
}

function bill(frame: PageFrame, state: Bill["state"]): string {
  const { merchantName } = orderFor(frame.language);
  return billPage({
    ...frame,
    actionPath: "/bill",
    bill: {
      requestId: "r",
      billToken: "t",
      number: "410928374655",
      method: "sadad",
      state,
      view: { merchantName, amount: "115.00", currency: "SAR", language: frame.language },
    },
  });
}

const steps: Readonly<Record<string, Draw>> = {
  provider,
  "confirm-cancel": (frame) =>
    confirmCancelPage({
      ...frame,
      order: orderFor(frame.language),
      confirmPath: "/cancel",
      backPath: `/${frame.language}/pay`,
    }),
  processing: (frame) => processing(frame, "checking"),
  "processing-unknown": (frame) => processing(frame, "unknown"),
  challenge: (frame) => challenge(frame, null),
  bill: (frame) => bill(frame, "open"),
  "bill-closed": (frame) => bill(frame, "closed"),
  "challenge-error": (frame) => challenge(frame, "unknown_code"),
};

/** Every state of the shopper's pages and of the simulated bank, ready to be drawn. */
export function pageGallery(assets: AssetUrls): readonly GalleryPage[] {
  const draws = {
    ...payForms,
    ...optionForms,
    ...steps,
    ...endings,
    ...problems,
    ...invoiceDraws,
  };
  return Object.entries(draws).map(([name, draw]) => ({
    name,
    html: (language, nonce) => draw(frameFor(language, nonce, assets, name)),
  }));
}
