import { responseCode, type StatusLetter } from "@wasl/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Behaviour,
  isRefusal,
  refusals,
  testCards,
} from "../../src/acquirers/simulator/test-cards.ts";
import { bodyOf, type EveryWay, startEveryWay } from "../support/every-way.ts";
import { disagreements, tellingOfJson, tellingOfReturn } from "../support/five-ways.ts";
import {
  cancel,
  chooseMethod,
  decideAtProvider,
  goBackToShop,
  type Page,
  passChallenge,
  typeCard,
  verifyReturn,
  visit,
} from "../support/stranger.ts";
import { expectAlike, ownForm, payDirectly, told, wish } from "../support/told.ts";

let every: EveryWay;

beforeAll(async () => {
  every = await startEveryWay();
});

afterAll(async () => {
  await every.stop();
});

interface Case {
  readonly name: string;
  readonly steps: readonly ((page: Page) => Promise<Page>)[];
  readonly status: string;
  /** Members of the request. */
  readonly request?: object;
  /** The page's time ends unpaid. */
  readonly expires?: true;
}

const statusOf = {
  approve: "A",
  late_answer: "A",
  late_refund: "A",
  no_refund: "A",
  no_recurring: "A",
  hold: "H",
  no_answer: "E",
} as const;

const statusFor = (behaviour: Behaviour): StatusLetter =>
  isRefusal(behaviour) ? responseCode(refusals[behaviour]).status : statusOf[behaviour];

const pay = (number: string, code: string) => (page: Page) => typeCard(page, { number, code });

const cases: readonly Case[] = [
  ...testCards.map(({ number, brand, securityCode, threeDs, behaviour }) => ({
    name: `${brand} ${number.slice(-4)}, ${behaviour}${threeDs ? " after 3-D Secure" : ""}`,
    steps: [pay(number, securityCode), ...(threeDs ? [passChallenge("approve")] : [])],
    status: statusFor(behaviour),
  })),
  { name: "a wrong code", steps: [pay("4111111111111111", "999")], status: "D" },
  {
    name: "a rejected challenge",
    steps: [pay("4000000000000002", "123"), passChallenge("reject")],
    status: "D",
  },
  ...(["approve", "reject", "cancel"] as const).map((decision) => ({
    name: `Tabby: ${decision}`,
    request: { payment_methods: ["tabby"] },
    steps: [chooseMethod("tabby"), decideAtProvider(decision)],
    status: { approve: "A", reject: "D", cancel: "C" }[decision],
  })),
  { name: "a cancellation", steps: [cancel], status: "C" },
  { name: "an expiry", steps: [], status: "X", expires: true },
];

async function start(usingGet: boolean, changes: object = {}) {
  const request = { ...wish(every), return_using_get: usingGet, ...changes };
  const { json } = await every.gateway.call("/payment/request", request);
  return { cart: request.cart_id, ref: json.tran_ref as string, url: json.redirect_url as string };
}

async function finish({ url, ref }: { url: string; ref: string }, { steps, expires }: Case) {
  let page = await visit(url);
  for (const step of steps) page = await step(page);
  if (expires) {
    await every.gateway.database.pool.query(
      `update transaction set expires_at = now() - interval '1 s', due_at = now()
       where tran_ref = $1`,
      [ref],
    );
  }
}

describe.each(cases)("$name", (one) => {
  test("is told alike by Return, Callback, IPN, query and e-mail", async () => {
    const payment = await start(false, one.request);
    await finish(payment, one);
    const others = await told(every, payment);
    await goBackToShop(await visit(`${payment.url}/result`), every.shop.url);
    const returned = await every.shop.waitFor(`/return/${payment.cart}`);
    const fields = new URLSearchParams(returned.body.toString());
    expect(verifyReturn(fields, every.gateway.profile.serverKey)).toBe(true);
    const ways = { ...others, return: tellingOfReturn(fields) };
    expectAlike(ways, { ref: payment.ref, status: one.status });
  });
});

const directCases = [
  ...testCards.filter(({ threeDs }) => !threeDs),
  ...testCards
    .filter(({ number }) => number === "4111111111111111")
    .map((card) => ({
      ...card,
      securityCode: "999",
      behaviour: "a wrong code" as const,
    })),
].map(({ brand, number, securityCode, behaviour }) => ({
  name: `${brand} ${number.slice(-4)}, ${behaviour}`,
  card: ownForm(number, securityCode),
  status: behaviour === "a wrong code" ? "D" : statusFor(behaviour),
  /** Nobody knows yet how it ends when the reply is given (protocol.md 3.3). */
  pendingAtFirst: behaviour === "no_answer" || behaviour === "late_answer",
}));

describe.each(directCases)("directly, $name", ({ card, status, pendingAtFirst }) => {
  test("is told alike by the reply, Callback, IPN, query and e-mail", async () => {
    const { direct, ...payment } = await payDirectly(every, card);
    const ways = await told(every, payment);
    if (!pendingAtFirst) {
      expectAlike({ ...ways, direct }, { ref: payment.ref, status });
      return;
    }
    expectAlike(ways, { ref: payment.ref, status });
    expect(direct).toMatchObject({ status: "P", code: "600" });
    const { status: _p, code: _c, message: _m, time: _t, ...facts } = direct;
    expect(disagreements({ ...ways, direct: facts })).toEqual([]);
  });
});

const visa = ownForm("4111111111111111", "123");
const lateRefund = ownForm("4000000000005126", "123");
const noRefund = ownForm("4000000000003055", "123");

describe.each([
  { name: "a refund", of: "sale", kind: "refund", card: visa, status: "A" },
  { name: "a refund that is refused", of: "sale", kind: "refund", card: noRefund, status: "D" },
  { name: "a capture", of: "auth", kind: "capture", card: visa, status: "A" },
  { name: "a void", of: "auth", kind: "void", card: visa, status: "A" },
  { name: "a release", of: "auth", kind: "release", card: visa, status: "A" },
])("$name", ({ of, kind, card, status }) => {
  test("is told alike by the reply, Callback, IPN, query and e-mail", async () => {
    const original = await payDirectly(every, { tran_type: of, ...card });
    const { ref, cart, direct } = await payDirectly(every, {
      tran_type: kind,
      tran_ref: original.ref,
      cart_amount: 12.5,
    });
    expect(direct).toMatchObject({ previousTranRef: original.ref, total: "12.50" });
    expectAlike({ ...(await told(every, { ref, cart })), direct }, { ref, status });
  });
});

test("a refund that takes its time is pending in the reply, and then told alike", async () => {
  const original = await payDirectly(every, lateRefund);
  const wished = { tran_type: "refund", tran_ref: original.ref, cart_amount: 12.5 };
  const { direct, ...refund } = await payDirectly(every, wished);
  expect(direct).toMatchObject({ status: "P", previousTranRef: original.ref });
  expectAlike(await told(every, refund), { ref: refund.ref, status: "A" });
});

test("a disagreement is noticed, and so is each member of it", () => {
  const telling = { status: "A", total: "1.00", time: "2026-04-01T12:05:49Z" };
  expect(disagreements({ callback: telling, ipn: { ...telling } })).toEqual([]);
  expect(disagreements({ callback: telling, mail: { status: "A" } })).toEqual([]);
  expect(
    disagreements({ callback: telling, ipn: { ...telling, total: "2.00", status: "D" } }),
  ).toEqual(["status: callback says A, ipn says D", "total: callback says 1.00, ipn says 2.00"]);
});

test("the Return by GET says the same", async () => {
  const payment = await start(true);
  const page = await pay("4111111111111111", "123")(await visit(payment.url));
  const target = /href="(http:\/\/[^"]*\/return\/[^"]*)"/.exec(page.html)?.[1] ?? "";
  const { searchParams } = new URL(target.replaceAll("&amp;", "&"));
  const callback = await every.shop.waitFor(`/callback/${payment.cart}`);
  const ways = {
    callback: tellingOfJson(bodyOf(callback)),
    return: tellingOfReturn(searchParams),
  };
  expect(disagreements(ways)).toEqual([]);
  expect(ways.return).toMatchObject({ tranRef: payment.ref, status: "A" });
});
