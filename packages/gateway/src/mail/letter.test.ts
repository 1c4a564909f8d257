import { expect, test } from "vitest";
import { type Letter, writeLetter } from "./letter.ts";

const letter: Letter = {
  language: "en",
  title: "Payment approved",
  paragraphs: ["This is about your payment to Shop."],
  rows: [
    { label: "Amount", value: "SAR 500.00" },
    { label: "Reference", value: "TST2609100000101", leftToRight: true },
  ],
  button: { label: "Pay", url: "https://pay.example/invoice/7" },
  footer: "Sent by Wasl.",
};

test("text and HTML say the same", () => {
  const { text, html } = writeLetter(letter);
  const said = [
    letter.title,
    "Shop",
    "SAR 500.00",
    "TST2609100000101",
    "https://pay.example/invoice/7",
  ];
  for (const part of [...said, letter.footer]) {
    expect(text).toContain(part);
    expect(html).toContain(part);
  }
});

test("Arabic runs from right to left, references within it from left to right", () => {
  const { text, html } = writeLetter({ ...letter, language: "ar", title: "عملية الدفع مقبولة" });
  expect(html).toMatch(/<html lang="ar" dir="rtl">/);
  expect(html).toContain('<bdi dir="ltr">TST2609100000101</bdi>');
  expect(text).toContain(": TST2609100000101\n");
  const card = { label: "Card", value: "4111 11## #### 1111", leftToRight: true };
  expect(writeLetter({ ...letter, language: "ar", rows: [card] }).text).toContain(
    "\u20664111 11## #### 1111\u2069",
  );
});

test("what came from outside stays text, on its own line", () => {
  const hostile = `<img src=x onerror=alert(1)>"'\r\nTotal: 0\u2069\u202E`;
  const { text, html } = writeLetter({ ...letter, rows: [{ label: "Order", value: hostile }] });
  expect(html).not.toContain("<img");
  expect(text).not.toMatch(/^Total/m);
  expect(text).toContain("Total: 0\u2069");
  expect(`${text}${html}`).not.toContain("\u202E");
});

test("nothing is loaded from anywhere, and no script is there", () => {
  const { html } = writeLetter(letter);
  expect(html).not.toMatch(/<script|<link|<img|url\(|@import|\son\w+=/i);
  expect(() =>
    writeLetter({ ...letter, button: { label: "x", url: "javascript:alert(1)" } }),
  ).toThrow(/Only http/);
});
