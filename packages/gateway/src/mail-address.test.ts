import { expect, test } from "vitest";
import { isMailAddress, readMailSender } from "./mail-address.ts";

test.each([
  "sara@example.com",
  "sara+test@example.com",
  "a@b.co",
  "o'brien@xn--mgbh0fb.example",
  `${"x".repeat(64)}@example.com`,
])("%s is an address", (text) => {
  expect(isMailAddress(text)).toBe(true);
});

test.each([
  "",
  "sara",
  "sara@localhost",
  "sara@example.com,eve@example.com",
  "sara@example.com\r\nBcc: eve@example.com",
  "sara@example.com\n",
  " sara@example.com",
  "Sara <sara@example.com>",
  '"sara"@example.com',
  "sara@@example.com",
  "sara@-example.com",
  "sara@example..com",
  ".sara@example.com",
  "sara@[127.0.0.1]",
  "سارة@example.com",
  "sara@example.com>",
  "sara\0@example.com",
  `${"x".repeat(65)}@example.com`,
  `x@${"y".repeat(60)}.${"y".repeat(60)}.${"y".repeat(60)}.${"y".repeat(60)}.${"y".repeat(60)}`,
])("%j is none", (text) => {
  expect(isMailAddress(text)).toBe(false);
});

test.each([
  ["pay@example.com", { name: "", address: "pay@example.com" }],
  ["Wasl <pay@example.com>", { name: "Wasl", address: "pay@example.com" }],
  ['"Wasl, pay" <pay@example.com>', { name: "Wasl, pay", address: "pay@example.com" }],
  ["وصل <pay@example.com>", { name: "وصل", address: "pay@example.com" }],
])("the sender %s", (text, sender) => {
  expect(readMailSender(text)).toEqual(sender);
});

test.each([
  "Wasl",
  "Wasl <pay>",
  "Wasl\r\nBcc: x@example.com <pay@example.com>",
  "<a@b.co> <c@d.co>",
])("no sender: %j", (text) => {
  expect(readMailSender(text)).toBeUndefined();
});
