import { type Currency, parseAmount } from "@wasl/protocol";
import { array, assert, integer, property, record } from "fast-check";
import { describe, expect, test } from "vitest";
import { readJsonObject } from "../http/json-body.ts";
import { readInvoiceObject } from "./invoice-object.ts";

/** Through the gateway's own JSON reader, so that numbers are what they are on the wire. */
function read(invoice: unknown, charged: string, currency = "SAR") {
  const json = readJsonObject(Buffer.from(JSON.stringify({ invoice })));
  const amount = parseAmount(charged, currency as Currency);
  if (!json.ok || !amount.ok) throw new Error("a faulty test");
  return readInvoiceObject(json.value["invoice"], amount.money);
}

const published = {
  unit_cost: 50,
  quantity: 2,
  net_total: 100,
  discount_rate: 20,
  discount_amount: 20,
  tax_rate: 10,
  tax_total: 8,
  total: 88,
};

describe("accepted", () => {
  test("everything given, and the sums are shown", () => {
    const { content } = read(
      {
        lang: "AR",
        shipping_charges: 10,
        extra_charges: "1.5",
        extra_discount: 0.5,
        total: 99,
        line_items: [
          { sku: "a-1", description: "Novel", url: "https://shop.example/a", ...published },
        ],
      },
      "99.00",
    );
    expect(content).toEqual({
      lines: [
        {
          sku: "a-1",
          description: "Novel",
          url: "https://shop.example/a",
          quantity: "2",
          unitCost: "50.00",
          discount: "20.00",
          tax: "8.00",
          taxRate: "10",
          total: "88.00",
        },
      ],
      subtotal: "100.00",
      discount: "20.00",
      tax: "8.00",
      shipping: "10.00",
      extraCharges: "1.50",
      extraDiscount: "0.50",
      total: "99.00",
    });
  });

  test("the published sample: zeros for what is not used, a total of 0", () => {
    const zeros = { discount_rate: 0, discount_amount: 0, tax_rate: 0, tax_total: 0 };
    const item = { sku: "sku", description: "desc", unit_cost: 950, quantity: 1, net_total: 950 };
    const charges = { shipping_charges: 0, extra_charges: 0, extra_discount: 0, total: 0 };
    const { content } = read(
      { ...charges, line_items: [{ ...item, ...zeros, total: 950 }] },
      "950",
    );
    expect(content).toEqual({
      lines: [
        { sku: "sku", description: "desc", quantity: "1", unitCost: "950.00", total: "950.00" },
      ],
      total: "950.00",
    });
  });

  test("members that are null, as the SDK sends them", () => {
    const item = { sku: "sku", url: null, quantity: 1, unit_cost: 10, net_total: 10, total: null };
    const reading = read(
      {
        lang: null,
        total: null,
        activation_date: null,
        due_date: null,
        expiry_date: "2036-01-27T13:33:00+04:00",
        line_items: [item, { sku: "item-02", quantity: 1, unit_cost: 10, net_total: 10 }],
      },
      "20",
    );
    expect(reading.content.total).toBe("20.00");
    expect(reading.expiresAt?.toISOString()).toBe("2036-01-27T09:33:00.000Z");
    expect(reading.language).toBeUndefined();
  });

  test.each([
    ["a total alone", { total: 12.5 }, "12.5"],
    ["a total with its tax", { total: 11.5, tax_total: 1.5 }, "11.5"],
    ["a net total alone", { net_total: 7 }, "7"],
    ["a unit cost alone", { unit_cost: 7 }, "7"],
    [
      "a fixed discount beside a rate of 0",
      { net_total: 7, discount_rate: 0, discount_amount: 2 },
      "5",
    ],
    ["rates alone", { unit_cost: 100, discount_rate: 10, tax_rate: 15 }, "103.5"],
    ["a third, rounded down", { unit_cost: 0.333333, quantity: 100, net_total: 33.33 }, "33.33"],
    ["a half, rounded up", { unit_cost: 0.005, quantity: 1, net_total: 0.01 }, "0.01"],
    ["a half, rounded down", { unit_cost: 0.015, quantity: 1, net_total: 0.01 }, "0.01"],
    ["half a kilogram", { unit_cost: 9, quantity: 0.5, total: 4.5 }, "4.5"],
    ["an exponent", { unit_cost: "1e2", quantity: 1 }, "100"],
  ])("%s", (_name, item, charged) => {
    expect(read({ line_items: [item] }, charged).content.lines).toHaveLength(1);
  });

  test("three decimals where the currency has them", () => {
    expect(read({ line_items: [{ total: 1.125 }] }, "1.125", "KWD").content.total).toBe("1.125");
  });
});

describe("refused, naming the member", () => {
  const item = (changes: object) => ({ line_items: [{ ...published, ...changes }] });
  test.each([
    [
      "invoice.line_items.0.net_total must be 100.00, which is unit_cost × quantity",
      item({ net_total: 99.99 }),
    ],
    ["invoice.line_items.0.net_total must be 100.00", item({ net_total: 100.01 })],
    [
      "invoice.line_items.0.discount_amount must be 20.00, which is 20 % of 100.00",
      item({ discount_amount: 19.99 }),
    ],
    [
      "invoice.line_items.0.discount_amount must be at most 100.00",
      item({ discount_rate: 0, discount_amount: 101 }),
    ],
    [
      "invoice.line_items.0.tax_total must be 8.00, which is 10 % of 80.00",
      item({ tax_total: 10 }),
    ],
    [
      "invoice.line_items.0.total must be 88.00, which is 100.00 − 20.00 + 8.00",
      item({ total: 88.01 }),
    ],
    ["invoice.line_items.1.total is required", { line_items: [published, { sku: "x" }] }],
    [
      "invoice.line_items.0.tax_total must be at most 1.00",
      { line_items: [{ total: 1, tax_total: 2 }] },
    ],
    ["invoice.line_items.0.total has more decimals than the currency", item({ total: 88.001 })],
    ["invoice.line_items.0.unit_cost must have at most 6 decimals", item({ unit_cost: 0.1234567 })],
    ["invoice.line_items.0.quantity must not be negative", item({ quantity: -1 })],
    ["invoice.line_items.0.quantity must be a decimal number", item({ quantity: "two" })],
    ["invoice.line_items.0.quantity must be a decimal number", item({ quantity: true })],
    ["invoice.line_items.0.unit_cost is too large", item({ unit_cost: 1e20 })],
    ["invoice.line_items.0.url must be a URL", item({ url: "javascript:alert(1)" })],
    ["invoice.total must be 88.00", { total: 87, ...item({}) }],
    ["invoice.extra_discount must be at most 88.00", { extra_discount: 90, ...item({}) }],
    ["cart_amount must be 89.00, the total of", { shipping_charges: 1, ...item({}) }],
    ["invoice.line_items must be a list of 1 to 100", { line_items: [] }],
    ["invoice.line_items must be a list of 1 to 100", {}],
    [
      "invoice.line_items must be a list of 1 to 100",
      { line_items: Array.from({ length: 101 }, () => published) },
    ],
    ["invoice.line_items.0 must be an object", { line_items: ["x"] }],
    [
      "invoice.due_date must be a date and time with an offset",
      { due_date: "2036-01-27", ...item({}) },
    ],
    ["invoice.due_date must be a date and time", { due_date: "2036-02-30T10:00:00Z", ...item({}) }],
    ["invoice.due_date must be a date and time", { due_date: "2036-01-27T10:00:00", ...item({}) }],
    [
      "invoice.expiry_date must be after activation_date",
      {
        activation_date: "2036-01-02T00:00:00Z",
        expiry_date: "2036-01-02T03:00:00+04:00",
        ...item({}),
      },
    ],
    ["invoice is required", undefined],
    ["invoice must be an object", "x"],
  ])("%s", (message, invoice) => {
    expect(() => read(invoice, "88.00")).toThrow(message);
  });

  test("sums beyond every bound", () => {
    const vast = { unit_cost: "999999999999999", quantity: "999999999999999" };
    expect(() => read({ line_items: [vast] }, "1.00")).toThrow("cart_amount must be");
  });
});

const cents = (max: number) => integer({ min: 0, max });
const text = (value: bigint) =>
  value
    .toString()
    .padStart(3, "0")
    .replace(/(\d\d)$/, ".$1");

test("whatever adds up is accepted, and a minor unit more is not", () => {
  const line = record({
    cost: cents(100_000),
    count: integer({ min: 1, max: 50 }),
    tax: cents(20),
  });
  assert(
    property(array(line, { minLength: 1, maxLength: 8 }), (lines) => {
      const items = lines.map(({ cost, count, tax }) => ({
        unit_cost: (BigInt(cost) * 10_000n)
          .toString()
          .padStart(7, "0")
          .replace(/(\d{6})$/, ".$1"),
        quantity: count,
        tax_rate: tax,
      }));
      const minor = lines.reduce((sum, { cost, count, tax }) => {
        const net = BigInt(cost) * BigInt(count);
        return sum + net + (net * BigInt(tax) * 2n + 100n) / 200n;
      }, 0n);
      if (minor === 0n) return;
      expect(read({ line_items: items }, text(minor)).content.total).toBe(text(minor));
      expect(() => read({ line_items: items }, text(minor + 1n))).toThrow("cart_amount must be");
    }),
    { numRuns: 300 },
  );
});
