import { describe, expect, it } from "vitest";
import { attribute, html, isolate, leftToRight, raw, safeAddress } from "./html.ts";

const attack = `"><script>alert('1')</script>\``;

describe("html", () => {
  it("escapes text in content and in attributes", () => {
    const page = html`<p title="${attack}">${attack}</p>`.toString();
    expect(page).not.toContain("<script>");
    const escaped = "&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&#96;";
    expect(page).toBe(`<p title="${escaped}">${escaped}</p>`);
  });

  it("keeps HTML made by itself, also in lists and nested", () => {
    const items = ["a", "<b>"].map((text) => html`<i>${text}</i>`);
    expect(html`<b>${items}</b>`.toString()).toBe("<b><i>a</i><i>&lt;b&gt;</i></b>");
  });

  it("escapes plain strings inside lists", () => {
    expect(html`${["<", ["&", raw("<i>")]]}`.toString()).toBe("&lt;&amp;<i>");
  });

  it("leaves nothing for null, undefined and false, and keeps zero", () => {
    expect(html`[${null}${undefined}${false}${0}${""}${10n}]`.toString()).toBe("[010]");
  });

  it("is not fooled by an object that looks safe", () => {
    const forged = { toString: () => "<script>" } as unknown as string;
    expect(html`${forged}`.toString()).toBe("&lt;script&gt;");
  });

  it("does not escape twice and does not unescape", () => {
    expect(html`${html`${"&lt;"}`}`.toString()).toBe("&amp;lt;");
  });

  it("replaces NUL", () => {
    expect(html`${"a\0b"}`.toString()).toBe("a\uFFFDb");
  });

  it("refuses attribute values without quotes", () => {
    expect(() => html`<a href=${"/x"}>x</a>`).toThrow(/needs quotes/);
    expect(() => html`<a class="${"a"}" href=${"/x"}>x</a>`).toThrow(/needs quotes/);
    expect(html`<p>1 + 1 =${2}</p>`.toString()).toBe("<p>1 + 1 =2</p>");
  });
});

describe("attribute", () => {
  it("writes value, bare name or nothing", () => {
    expect(attribute("value", `"'<`).toString()).toBe(' value="&quot;&#39;&lt;"');
    expect(attribute("required", true).toString()).toBe(" required");
    expect([false, null, undefined].map((value) => attribute("a", value).toString())).toEqual(
      Array.from({ length: 3 }, () => ""),
    );
    expect(attribute("value", "").toString()).toBe(' value=""');
  });
});

describe("safeAddress", () => {
  it.each(["https://shop.example/a?b=c", "http://localhost:3000/", "/pay/1", "HTTPS://A.example"])(
    "lets %s through",
    (address) => expect(safeAddress(address)).toBe(address),
  );

  it.each([
    "javascript:alert(1)",
    "//evil.example",
    "/\\evil.example",
    "data:text/html,x",
    "",
    "x",
  ])("refuses %j", (address) => expect(() => safeAddress(address)).toThrow(/Only http/));
});

describe("isolates", () => {
  it("wrap text in bdi", () => {
    expect(isolate("<Ali>").toString()).toBe("<bdi>&lt;Ali&gt;</bdi>");
    expect(leftToRight("+966 1").toString()).toBe('<bdi dir="ltr">+966 1</bdi>');
  });
});
