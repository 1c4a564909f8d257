import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isCardNumber } from "@wasl/protocol";
import { asKept, mask, maskWord } from "./mask.ts";

const json = (text: string) => mask(text, { isJson: true, lengthMax: 16_384 });
const anything = (text: string) => mask(text, { isJson: false, lengthMax: 16_384 });

/** The digit that makes a number pass the Luhn check. */
function withCheckDigit(digits: string): string {
  const check = Array.from({ length: 10 }, (_, digit) => digit.toString()).find((digit) =>
    isCardNumber(digits + digit),
  );
  return digits + (check ?? "");
}

const digitsOf = (length: number) =>
  fc
    .array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length })
    .map((digits) => digits.join(""));

/** Card numbers of every length there is. */
const cards = fc.integer({ min: 11, max: 18 }).chain(digitsOf).map(withCheckDigit);

/** Those of the great schemes, which are recognised inside of longer numbers too. */
const usualCards = fc
  .constantFrom("4", "51", "55", "2221", "2720", "60", "34", "37", "36")
  .chain((prefix) =>
    digitsOf((/^3[47]/.test(prefix) ? 14 : 15) - prefix.length).map((rest) => prefix + rest),
  )
  .map(withCheckDigit);

const grouped = (separator: string, size: number) => (card: string) =>
  (card.match(new RegExp(`.{1,${size}}`, "g")) ?? []).join(separator);

const inDigitsFrom = (zero: number) => (card: string) =>
  card.replaceAll(/\d/g, (digit) => String.fromCodePoint(zero + Number.parseInt(digit, 10)));

const escaped = (prefix: string) => (card: string) =>
  card.replaceAll(/\d/g, (digit) => `${prefix}003${digit}`);

/** One card number, and how it may be written; `/` in place of a separator where one is drawn. */
const writings = fc
  .tuple(
    fc.constantFrom(
      " ",
      "-",
      " - ",
      ".",
      "_",
      "/",
      "\u00A0",
      "\u2011",
      "\u200B",
      "\u202F",
      "  ",
      "+",
      "%20",
      "\\n",
      "\\u0020",
      "&#32;",
      "\r\n",
    ),
    fc.integer({ min: 1, max: 6 }),
  )
  .chain(([separator, size]) =>
    fc.constantFrom<(card: string) => string>(
      (card) => card,
      grouped(separator, size),
      inDigitsFrom(0x660),
      inDigitsFrom(0x6f0),
      inDigitsFrom(0xff10),
      escaped("\\u"),
      escaped("\\\\u"),
      (card) => card.replaceAll(/\d/g, (digit) => `%3${digit}`),
      (card) => card.replaceAll(/\d/g, (digit) => `%253${digit}`),
      (card) => card.replaceAll(/\d/g, (digit) => `&#${48 + Number.parseInt(digit, 10)};`),
      (card) => `${card[0]}.${card.slice(1)}e${card.length - 1}`,
      (card) => `${card}.0`,
      (card) => card.split("").join("\u200E"),
    ),
  );

/** Where it may stand. */
const places = fc.constantFrom<(card: string) => string>(
  (card) => card,
  (card) => `{"cart_id": "${card}"}`,
  (card) => `{"x": ${card}}`,
  (card) => `{"${card}": 1}`,
  (card) => `{"a": {"b": [1, "${card}", true]}}`,
  (card) => `{"note": "paid with ${card}, thanks"}`,
  (card) => `{"card_details": {"pan": "${card}", "cvv": "123"`,
  (card) => `{'pan': '${card}'`,
  (card) => `pan=${card}&cvv=123`,
  (card) => `cart_description=${card}`,
  (card) => `<x>${card}</x>`,
  (card) => `{"x": "{\\"y\\": \\"${card}\\"}"}`,
  (card) => `{"callback": "https://shop.example/cb?c=${card}"}`,
  (card) => `order${card}x`,
);

const plainDigits = (text: string): string =>
  text.replaceAll(/[\u0660-\u0669]|[\u06F0-\u06F9]|[\uFF10-\uFF19]/g, (digit) =>
    String.fromCharCode(0x30 + ((digit.codePointAt(0) ?? 0) % 16)),
  );

describe("a card number never survives", () => {
  test("in any writing, at any place, taken for JSON or not", () => {
    fc.assert(
      fc.property(cards, writings, places, fc.boolean(), (card, write, place, isJson) => {
        const written = write(card);
        const kept = mask(place(written), { isJson, lengthMax: 16_384 });
        expect(kept).not.toContain(written);
        expect(kept).toContain(maskWord);
        expect(plainDigits(kept).replaceAll(/\D/g, "")).not.toContain(card.slice(0, -3));
      }),
      { numRuns: 5000 },
    );
  });

  test("glued to other digits, such as its own security code and expiry", () => {
    fc.assert(
      fc.property(usualCards, digitsOf(3), digitsOf(4), (card, before, after) => {
        for (const text of [card + after, before + card, before + card + after]) {
          expect(json(`{"x":"${text}"}`)).not.toContain(card);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("cut in two by the bound of what is kept", () => {
    fc.assert(
      fc.property(usualCards, writings, fc.integer({ min: 0, max: 100 }), (card, write, before) => {
        const kept = mask(`${"x".repeat(before)}${write(card)}${"y".repeat(3000)}`, {
          isJson: false,
          lengthMax: 60,
        });
        const digits = plainDigits(kept.split("\n…")[0] ?? "").replaceAll(/\D/g, "");
        expect(digits.length).toBeLessThan(12);
      }),
      { numRuns: 2000 },
    );
  });

  test("among others, in a text of nothing but digits", () => {
    const kept = json("4111111111111111".repeat(1000));
    expect(kept).toBe(maskWord);
  });
});

describe("card data, tokens and keys are masked by their names", () => {
  const secret = fc
    .stringMatching(/^[A-Za-z0-9]{3,20}$/)
    .filter((value) => !/^(?:null|true|false|True|False|None|undefined)$/.test(value));
  const names = fc.constantFrom(
    "cvv",
    "CVV2",
    "card_cvv",
    "cvc",
    "securityCode",
    "security_code",
    "pan",
    "cardNumber",
    "card_number",
    "expiry_month",
    "expiry",
    "expYear",
    "exp_month",
    "token",
    "payment_token",
    "paymentToken",
    "cardToken",
    "apple_pay_token",
    "server_key",
    "serverKey",
    "client_key",
    "Authorization",
    "password",
    "api_key",
    "\\u0063vv",
    "c\\u0076v",
  );
  const shapes = fc.constantFrom<(name: string, value: string) => string>(
    (name, value) => `{"${name}": "${value}"}`,
    (name, value) => `{"a": {"${name}" : "${value}"}, "cart_id": "c"}`,
    (name, value) => `{"${name}": ["${value}"]}`,
    (name, value) => `{"${name}": {"x": {"y": "${value}"}}}`,
    (name, value) => `{"${name}": ${value}, "cart_id": "c"}`,
    (name, value) => `{'${name}': '${value}', }`,
    (name, value) => `{${name}: "${value}"`,
    (name, value) => `{"${name}": "${value}`,
    (name, value) => `{"udf": "{\\"${name}\\": \\"${value}\\"}"}`,
    (name, value) => `{"callback": "https://shop.example/?${name}=${value}&a=b"}`,
    (name, value) => `${name}=${value}&a=b`,
    (name, value) => `a=b&card[${name}]=${value}`,
    (name, value) => `[${name}] => ${value}`,
  );

  test("in JSON, broken JSON, forms and what languages print", () => {
    fc.assert(
      fc.property(names, secret, shapes, fc.boolean(), (name, value, shape, isJson) => {
        const text = shape(name, value);
        // The value may be a part of the text around it.
        fc.pre(!shape(name, "").includes(value));
        expect(mask(text, { isJson, lengthMax: 999 })).not.toContain(value);
      }),
      { numRuns: 5000 },
    );
  });

  test("in card_details whatever they are called, and names stay", () => {
    expect(
      json('{"card_details": {"number": "4111", "kode": 123, "when": "12/28", "ok": true}}'),
    ).toBe(
      '{"card_details": {"number": "[masked]", "kode": [masked], "when": "[masked]", "ok": true}}',
    );
  });

  test("form fields of card_details", () => {
    expect(anything("cart_id=x&card_details%5Bcvv%5D=abc&card_details[name]=Sara")).toBe(
      "cart_id=x&card_details%5Bcvv%5D=[masked]&card_details[name]=[masked]",
    );
  });

  test("a text that is no JSON and speaks of a card loses its digits", () => {
    expect(anything("<cvv>123</cvv><amount>950</amount>")).toBe(
      "<cvv>[masked]</cvv><amount>[masked]</amount>",
    );
    expect(anything('{"cart_amount": 950,, }')).toBe('{"cart_amount": 950,, }');
  });

  test("keys by their shape and by what was presented", () => {
    const serverKey = "SZJ6NTEST1-JKLM4TEST2-WXYZ9TEST3";
    expect(json(`{"x": "is ${serverKey} right?"}`)).toBe('{"x": "is [masked] right?"}');
    expect(json(`{"x": "${serverKey.toLowerCase()}"}`)).toBe('{"x": "[masked]"}');
    expect(json(`{"x": "${serverKey.replaceAll("-", "\\u002d")}"}`)).toBe('{"x": "[masked]"}');
    expect(json('{"x": "CQW12E-RT34YU-IO56PA-SD78FG"}')).toBe('{"x": "[masked]"}');
    expect(mask("a hunter22b", { isJson: true, lengthMax: 99, secrets: ["hunter22"] })).toBe(
      "a [masked]b",
    );
    expect(json('{"callback": "https://me:pw@shop.example/"}')).toBe(
      '{"callback": "https://[masked]@shop.example/"}',
    );
  });
});

describe("everything else stays as it was", () => {
  test.each([
    '{"profile_id": 45001, "tran_type": "sale", "cart_id": "order-7001", "cart_amount": 500.00}',
    '{"tokenise": 2, "show_save_card": true, "token": null, "payment_token": "", "token_info": {"counter": 1}}',
    '{"invoice": {"expiry_date": "2026-12-01T00:00:00+03:00"}}',
    '{"customer_details": {"name": "سارة علي", "ip": "203.0.113.9", "phone": "+966500000002"}}',
    '{"callback": "https://shop.example/cb?order=7001", "company": "span", "payment_methods": ["card"]}',
    '{"card_filter": "4111,5200", "payment_info": {"card_scheme": "Visa", "payment_description": "4111 11## #### 1111"}}',
  ])("%s", (text) => {
    expect(json(text)).toBe(text);
  });

  test("references that the gateway gave out, though their digits could be a card's", () => {
    const tranRef = `TST${withCheckDigit("261090000010")}`;
    expect(json(tranRef)).not.toBe(tranRef);
    const own = { isJson: true, lengthMax: 99, references: [tranRef] };
    expect(mask(`{"tran_ref":"${tranRef}"}`, own)).toBe(`{"tran_ref":"${tranRef}"}`);
    expect(mask(`{"tran_ref":"${tranRef}", "x": 4111111111111111}`, own)).toContain(maskWord);
  });

  test("long texts are cut with a note, characters whole", () => {
    const kept = mask("😀".repeat(50), { isJson: false, lengthMax: 11 });
    expect(kept).toBe(`${"😀".repeat(5)}\uFFFD\n… cut here: 11 of 100 characters are kept`);
  });

  test("masking twice is masking once", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        expect(asKept(asKept(text).slice(0, 200))).toBe(asKept(text).slice(0, 200));
      }),
    );
  });
});

test("hostile texts cost time in proportion to their length", () => {
  const texts = [
    '"',
    "{",
    "[",
    "\\",
    "\\u",
    "%",
    "&#",
    "1",
    "1 ",
    "a:",
    "a=",
    "'",
    ":",
    "://",
    "card{",
    "-",
  ];
  for (const text of texts) {
    const long = text.repeat(20_000 / text.length);
    const begin = performance.now();
    anything(long);
    json(long);
    // No measure of speed: a quadratic one would take minutes.
    expect(performance.now() - begin).toBeLessThan(2000);
  }
});

test("a long run of backslashes takes no longer than other text", () => {
  const began = performance.now();
  json("\\".repeat(300_000));
  anything("\\".repeat(300_000));
  expect(performance.now() - began).toBeLessThan(60);
});
