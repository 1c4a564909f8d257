import { describe, expect, it } from "vitest";
import { amountHtml, amountText, dateTimeText, groupedCardNumber, timeText } from "./format.ts";

const space = "\u00A0";

describe("amountText", () => {
  it("shows the digits given, grouped, with Western figures in both languages", () => {
    expect(amountText("115.00", "SAR", "en")).toBe(`SAR${space}115.00`);
    expect(amountText("115.00", "SAR", "ar")).toBe(`115.00${space}ريال سعودي`);
    expect(amountText("1234.500", "KWD", "en")).toBe(`KWD${space}1,234.500`);
    expect(amountText("1234", "JPY", "en")).toBe(`JPY${space}1,234`);
  });

  it("loses nothing that a float would lose", () => {
    expect(amountText("9007199254740993.01", "SAR", "en")).toBe(
      `SAR${space}9,007,199,254,740,993.01`,
    );
  });
});

describe("amountHtml", () => {
  it("keeps number and unit apart from the text around", () => {
    expect(amountHtml("5.00", "AED", "en").toString()).toBe(
      `<span class="money"><bdi>AED</bdi>${space}<bdi dir="ltr">5.00</bdi></span>`,
    );
  });
});

describe("times", () => {
  const moment = new Date("2026-09-20T21:05:00Z");

  it("are in UTC unless told otherwise", () => {
    expect(timeText(moment)).toBe("21:05");
    expect(timeText(moment, "Asia/Riyadh")).toBe("00:05");
  });

  it("carry a date in the page's language", () => {
    expect(dateTimeText(moment, "en")).toMatch(/^20 Sept? 2026, 21:05$/);
    expect(dateTimeText(moment, "ar")).toBe("20 سبتمبر 2026، 21:05");
  });
});

describe("groupedCardNumber", () => {
  it("groups as printed on the card", () => {
    expect(groupedCardNumber("4111111111111111")).toBe("4111 1111 1111 1111");
    expect(groupedCardNumber("378282246310005")).toBe("3782 822463 10005");
    expect(groupedCardNumber("")).toBe("");
  });
});
