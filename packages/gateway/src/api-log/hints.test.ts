import { describe, expect, test } from "vitest";
import { ApiError, errorCatalogue, type ErrorName } from "../errors.ts";
import { readJsonObject } from "../http/json-body.ts";
import { hintOf, type RefusedCall } from "./hints.ts";
import { keyHint, keyKindOf, type KeyOwner } from "./key-hints.ts";

/** A call with this body that got this error. */
function refused(
  error: ApiError,
  body: string | Buffer = "{}",
  more: Partial<RefusedCall> = {},
): string {
  const bytes = Buffer.from(body);
  const reading = readJsonObject(bytes);
  return hintOf({
    method: "POST",
    path: "/payment/request",
    contentType: "application/json",
    bytes,
    body: reading.ok ? reading.value : undefined,
    error,
    ...more,
  });
}

describe("a body that is no JSON object", () => {
  const notJson = new ApiError("NOT_JSON", { rule: "it is not JSON at position 3" });
  test.each<[name: string, body: string | Buffer, hint: string]>([
    ["nothing", "", "The body is empty"],
    ["a form", "profile_id=45001&cart_id=x", "The body is form data, not JSON"],
    ["a form of PHP", "customer_details[name]=Sara&x=1", "The body is form data"],
    ["a multipart form", '--x\r\nContent-Disposition: form-data; name="a"\r\n', "multipart form"],
    ["XML", "<request/>", "XML or HTML"],
    ["an object's name", "[object Object]", "JSON.stringify is missing"],
    ["JSON in a text", '"{\\"profile_id\\": 45001}"', "encoded twice"],
    ["a list", '[{"profile_id": 45001}]', "The body is a list"],
    ["a comma too many", '{"profile_id": 45001, }', "a comma too many"],
    ["a Python dictionary", "{'profile_id': 45001}", "single quotes"],
    ["NaN", '{"cart_amount": NaN}', "NaN"],
    ["None", '{"return": None}', "None"],
    ["names without quotes", "{profile_id: 45001}", "no quotes around"],
    ["half of it", '{"profile_id": 45001, "cart', "ends in the middle"],
    ["gzip", Buffer.from([0x1f, 0x8b, 8, 0]), "compressed with gzip"],
    ["UTF-16", Buffer.from('{"a":1}', "utf16le"), "UTF-16"],
    ["Windows-1256", Buffer.from([0x7b, 0xc8, 0xd1, 0x7d]), "not UTF-8"],
    ["something else", "hello", "the body must be a JSON object; it is not JSON at position 3"],
  ])("%s", (_name, body, hint) => {
    expect(refused(notJson, body)).toContain(hint);
  });

  test("a multipart form, said by its content type", () => {
    expect(refused(notJson, "x", { contentType: "multipart/form-data; boundary=y" })).toContain(
      "multipart form",
    );
  });
});

const invalid = (field: string, rule: string) => new ApiError("INVALID_FIELD", { field, rule });

const amount = (value: string, code = "SAR") =>
  refused(
    invalid("cart_amount", "has more decimals than the currency"),
    `{"cart_amount": ${value}, "cart_currency": "${code}"}`,
  );

describe("a faulty member", () => {
  test("decimals are counted", () => {
    expect(amount("1.005")).toBe(
      "cart_amount has three decimals, SAR has two: round it before it is sent.",
    );
    expect(amount("1.5", "JPY")).toContain("cart_amount has one decimal, JPY has no");
    expect(amount('"1.0005"', "kwd")).toContain("cart_amount has four decimals, KWD has three");
    expect(amount("1e-9")).toBe("cart_amount has more decimals than SAR, which has two.");
  });

  test("what is no decimal number is explained", () => {
    expect(amount('"1,500.00"')).toContain("has a comma");
    expect(amount('"SAR 100"')).toContain("more than the number");
    expect(amount('"100 ريال"')).toContain("more than the number");
    expect(amount('"١٠٠"')).toContain("Arabic digits");
    expect(amount('" 100"')).toContain("blanks around");
    expect(refused(invalid("cart_amount", "must not be negative"), '{"cart_amount":-1}')).toBe(
      "cart_amount must not be negative.",
    );
  });

  test("one that is missing is looked for under other names", () => {
    const missing = invalid("cart_id", "is required");
    expect(refused(missing, '{"cartId": "x"}')).toBe(
      "cart_id is missing; there is cartId in its place: rename it.",
    );
    expect(refused(invalid("cart_currency", "is required"), '{"cart_curency": "SAR"}')).toContain(
      "there is cart_curency in its place",
    );
    expect(refused(missing, '{"data": {"cart_id": "x"}}')).toContain("inside of another member");
    expect(refused(missing, '{"cart_ie": "x"}')).toContain("cart_ie");
    expect(refused(missing, '{"order": "x"}')).toBe("cart_id is required.");
    const noProfile = new ApiError("PROFILE_ID_MISSING", { rule: "is required" });
    expect(refused(noProfile, '{"profileId": 45001}')).toContain("there is profileId in its place");
    expect(refused(noProfile, "{}")).toBe("profile_id is required.");
  });

  test("other rules are repeated", () => {
    expect(refused(invalid("callback", "must not name a port"))).toBe(
      "callback must not name a port.",
    );
  });
});

const currency = (given: string, rule: string) =>
  refused(new ApiError("CURRENCY_NOT_ENABLED", { rule }), `{"cart_currency": "${given}"}`);

describe("other refusals", () => {
  test("a currency", () => {
    expect(currency("TRY", "TRY is not enabled on this profile; SAR, AED are")).toBe(
      "Currency not enabled: TRY; SAR, AED are.",
    );
    expect(currency("SR", "is not an ISO 4217 currency")).toContain("Is SAR meant?");
    expect(currency("ZZZ", "is not an ISO 4217 currency")).toMatch(/no currency.*such as SAR\.$/);
  });

  test("a transaction", () => {
    const unknown = new ApiError("TRANSACTION_NOT_FOUND");
    expect(refused(unknown, '{"tran_ref": "TST2600000000000"}')).toContain("another profile's");
    expect(refused(unknown, '{"tran_ref": "order-7001"}')).toContain("send it as cart_id");
  });

  test("a path and a method", () => {
    const unknown = (path: string) => refused(new ApiError("UNKNOWN_PATH", { path }), "", { path });
    expect(unknown("/payment/requests")).toContain("/payment/request may be meant");
    expect(unknown("/payment/payment/query")).toContain("/payment/query may be meant");
    expect(unknown("/payment/nothing")).toContain("/payment/request creates a payment");
    expect(unknown("/payment/link/create")).toBe(
      "This version does not offer /payment/link/create.",
    );
    expect(
      refused(new ApiError("NOT_POST", { path: "/payment/request" }), "", { method: "GET" }),
    ).toContain("came by GET");
  });

  test("our own faults are called ours", () => {
    expect(refused(new ApiError("INTERNAL"))).toContain("gateway's own");
    expect(refused(new ApiError("UNAVAILABLE"))).toContain("query by cart_id");
  });

  test("every error of the catalogue has a hint of at least its own words", () => {
    for (const name of Object.keys(errorCatalogue) as ErrorName[]) {
      const error = new ApiError(name, { rule: "is wrong", field: "x", path: "/p", limit: "9" });
      expect(refused(error)).toMatch(/^[^{}]{10,}[.)]$/);
    }
    expect(refused(new ApiError("NOT_SUPPORTED", { rule: "tran_type gift is not offered" }))).toBe(
      "Method/Class/Currency combination not supported: tran_type gift is not offered. " +
        errorCatalogue.NOT_SUPPORTED.when,
    );
  });
});

describe("a wrong key", () => {
  const ours: KeyOwner = {
    profileId: 45001,
    serverKey: "SZJ6NTEST1-JKLM4TEST2-WXYZ9TEST3",
    clientKey: "CQW12E-RT34YU-IO56PA-SD78FG",
  };
  const theirs: KeyOwner = {
    profileId: 45002,
    serverKey: "SABCDTEST1-JKLM4TEST2-WXYZ9TEST3",
    clientKey: "CAA12E-RT34YU-IO56PA-SD78FG",
  };
  const hint = (presented: string, profileId: number | undefined = 45001) =>
    keyHint({ presented, profileId }, [ours, theirs]);

  test.each<[name: string, presented: string, hint: string]>([
    ["none", "", "No key came"],
    ["behind Bearer", `Bearer ${ours.serverKey}`, "A word such as Bearer came before the key"],
    ["behind Basic", `Basic ${ours.serverKey}`, "The key is right."],
    ["in quotes", `"${ours.serverKey}"`, "Quotes came around the key"],
    ["another profile's", theirs.serverKey, "This key belongs to another profile, 45002"],
    ["another's behind Bearer", `Bearer ${theirs.serverKey}`, "belongs to another profile, 45002"],
    ["the client key", ours.clientKey, "This is a client key"],
    ["some client key", "CBB12E-RT34YU-IO56PA-SD78FG", "has the shape of a client key"],
    ["in small letters", ours.serverKey.toLowerCase(), "right but for its letter case"],
    ["of somewhere else", "SAAAAAAAAA-AAAAAAAAAA-AAAAAAAAAA", "No profile here has this key"],
    ["cut", ours.serverKey.slice(0, 20), "it has 20 characters, a server key has 32"],
  ])("%s", (_name, presented, expected) => {
    expect(hint(presented)).toContain(expected);
    expect(hint(presented)).not.toContain(presented || "SZJ6N");
  });

  test("for a profile that does not exist", () => {
    expect(hint(ours.serverKey, 7)).toMatch(/^There is no profile 7 here\. This key belongs/);
  });

  test("for no profile at all", () => {
    expect(keyHint({ presented: "", profileId: undefined }, [])).toContain("No key came");
    expect(keyHint({ presented: "abc", profileId: undefined }, [])).toMatch(
      /^This is no server key/,
    );
  });

  test("is of a kind that its shape tells", () => {
    const kinds = [undefined, ours.serverKey, ours.clientKey, "Bearer x", "hello"].map(keyKindOf);
    expect(kinds).toEqual(["none", "server", "client", "scheme", "other"]);
  });
});
