import { expect, test } from "vitest";
import { type Reading, replyReaders, sdkNoticeFaults, verdictOf } from "./clients.ts";

/** Where clients disagree on the same reply, as protocol.md 4 and 4.2 say they do. */
const disagreements: readonly {
  readonly name: string;
  readonly status: number;
  readonly text: string;
  readonly seen: Readonly<Record<string, Reading["kind"]>>;
}[] = [
  {
    name: "an error with status 200",
    status: 200,
    text: '{"code":206,"message":"Invalid currency code","trace":"PMNT"}',
    seen: { SDK: "refused", CORE: "refused", GP: "refused", DEVIN: "broken", CPODOO: "broken" },
  },
  {
    name: "a code of 0",
    status: 200,
    text: '{"code":0,"tran_ref":"TST1","redirect_url":"https://x/","message":""}',
    seen: { SDK: "redirect", CORE: "refused", GP: "redirect", DEVIN: "redirect" },
  },
  {
    name: "a page in HTML",
    status: 502,
    text: "<h1>Bad Gateway</h1>",
    seen: { SDK: "broken", CORE: "broken", GP: "broken", DEVIN: "broken", CPNODE: "broken" },
  },
  {
    name: "a page without a reference",
    status: 200,
    text: '{"redirect_url":"https://x/"}',
    seen: { SDK: "broken", CORE: "redirect", DEVIN: "redirect" },
  },
  {
    name: "a code as text",
    status: 400,
    text: '{"code":"2","message":"x"}',
    seen: { SDK: "broken", CORE: "refused", DEVIN: "refused", CPNODE: "refused" },
  },
];

test.each(disagreements)("clients read $name each in their own way", ({ status, text, seen }) => {
  for (const [client, kind] of Object.entries(seen)) {
    const reading = replyReaders[client]?.({ status, contentType: null, text });
    expect([client, reading?.kind]).toEqual([client, kind]);
  }
});

test("only A is a success", () => {
  const seen = ["A", "H", "P", "V", "E", "D", "X", "C"].map(verdictOf);
  expect(seen.slice(0, 3)).toEqual(["success", "waiting", "waiting"]);
  expect(new Set(seen.slice(3))).toEqual(new Set(["failure"]));
});

test("the SDK's mapper loses a notice over a null, a float or a number in place of a text", () => {
  const faults = sdkNoticeFaults({
    tran_ref: null,
    profile_id: "45001",
    cart_amount: 5,
    payment_info: { expiryMonth: "12" },
  });
  expect(faults).toEqual(
    expect.arrayContaining([
      "tran_ref",
      "profile_id",
      "cart_amount",
      "payment_info.expiryMonth",
      "merchant_id",
    ]),
  );
});
