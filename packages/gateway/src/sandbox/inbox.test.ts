import { describe, expect, test } from "vitest";
import { curlOf } from "./curl.ts";
import {
  inboxOfUrl,
  inboxUrl,
  keptHeaders,
  newInboxId,
  profileOfInbox,
  tranRefOf,
} from "./inbox.ts";

describe("an inbox", () => {
  test("names its profile and is found again in its address", () => {
    const inboxId = newInboxId(45_001);
    expect(inboxId).toMatch(/^0000afc9[0-9a-f]{32}$/);
    expect(profileOfInbox(inboxId)).toBe(45_001);
    const url = inboxUrl("http://127.0.0.1:4400", inboxId, "return");
    expect(inboxOfUrl("http://127.0.0.1:4400", url)).toBe(inboxId);
    expect(inboxOfUrl("http://127.0.0.1:4401", url)).toBeUndefined();
    expect(inboxOfUrl("http://127.0.0.1:4400", undefined)).toBeUndefined();
  });

  test.each(["", "x", "ffffffff".padEnd(40, "0"), "0000AFC9".padEnd(40, "0")])(
    "is not named by %j",
    (inboxId) => {
      expect(profileOfInbox(inboxId)).toBeUndefined();
    },
  );

  test("keeps headers as they came, without cookies and keys", () => {
    const raw = ["Host", "a", "Cookie", "s=1", "AUTHORIZATION", "S1", "X-A", "1", "x-a", "2"];
    expect(keptHeaders(raw)).toEqual([
      ["Host", "a"],
      ["X-A", "1"],
      ["x-a", "2"],
    ]);
  });

  test.each([
    ["callback", "/x", '{"tran_ref":"TST1"}', "TST1"],
    ["callback", "/x", '{"tran_ref":7}', undefined],
    ["callback", "/x", "not json", undefined],
    ["callback", "/x", '{"tran_ref":"../admin"}', undefined],
    ["return", "/x", "tranRef=TST2&cartId=1", "TST2"],
    ["return", "/x?tranRef=TST3", "", "TST3"],
    ["return", "/x", "", undefined],
  ] as const)("knows what a %s to %s with %j is about", (kind, url, body, tranRef) => {
    expect(tranRefOf(kind, { url, body: Buffer.from(body) })).toBe(tranRef);
  });
});

test("a curl command survives quotes in its texts", () => {
  const command = curlOf("http://127.0.0.1:4400", { cart_id: "it's" }, "SKEY");
  expect(command).toContain(String.raw`"it'\''s"`);
  expect(command).toContain("-H 'authorization: SKEY'");
  expect(curlOf("http://x", {})).toContain('-H "authorization: $WASL_SERVER_KEY"');
});
