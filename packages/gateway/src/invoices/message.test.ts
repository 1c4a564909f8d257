import { expect, test } from "vitest";
import { invoiceMessage, linkMessage } from "./message.ts";

const attack = `"><script>alert(1)</script>`;
const link = "https://pay.example/payment/request/invoice/7/0000AFC9AAAAAAAAAAAAAAAAAAAAAAAA";
const amount = { decimal: "1150.00", currency: "SAR" };
const dueAt = new Date("2026-11-23T14:45:00Z");

test("an invoice in English", () => {
  const message = invoiceMessage({
    language: "en",
    merchantName: "Qamar Books",
    number: "7",
    amount,
    link,
    dueAt,
  });
  expect(message.subject).toBe("Invoice 7 from Qamar Books: SAR\u00A01,150.00");
  expect(message.text.split("\n").filter((line) => line !== "")).toEqual([
    "Invoice 7 from Qamar Books: SAR\u00A01,150.00",
    "Qamar Books has sent you invoice 7 of SAR\u00A01,150.00.",
    "It is due on 23 Nov 2026, 14:45 UTC.",
    "See and pay:",
    link,
    "-- ",
    "If you did not expect this, please ask Qamar Books before you pay.",
  ]);
  expect(message.html).toContain(`href="${link}"`);
  expect(message.html).toContain('dir="ltr"');
});

test("an invoice in Arabic, without a due date", () => {
  const message = invoiceMessage({
    language: "ar",
    merchantName: "مكتبة قمر",
    number: "7",
    amount,
    link,
    dueAt: undefined,
  });
  expect(message.subject).toMatch(/فاتورة رقم 7 من مكتبة قمر/);
  expect(message.text).not.toContain("موعد السداد");
  expect(message.text).toContain(link);
  expect(message.html).toContain('lang="ar" dir="rtl"');
});

test.each(["en", "ar"] as const)(
  "a link, %s, and nothing of a merchant becomes HTML",
  (language) => {
    const message = linkMessage({ language, merchantName: attack, title: attack, amount, link });
    expect(message.subject).toContain(attack);
    expect(message.html).not.toContain("<script>");
    expect(message.text).toContain(link);
  },
);
