import { responseCode, type StatusLetter } from "@wasl/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Behaviour,
  isRefusal,
  refusals,
  testCards,
} from "../../src/acquirers/simulator/test-cards.ts";
import { until } from "../support/dispatching.ts";
import {
  disagreements,
  type Telling,
  tellingOfJson,
  tellingOfMail,
  tellingOfReturn,
} from "../support/five-ways.ts";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";
import { type MailServer, startMailServer } from "../support/mail-server.ts";
import { MovingClock } from "../support/moving-clock.ts";
import {
  cancel,
  chooseMethod,
  decideAtProvider,
  goBackToShop,
  type Page,
  passChallenge,
  Shop,
  typeCard,
  verifyCallback,
  verifyReturn,
  visit,
} from "../support/stranger.ts";

const operatorToken = "an-operators-token-for-tests";
const clock = new MovingClock();
let gateway: TestGateway;
let shop: Shop;
let mailServer: MailServer;

beforeAll(async () => {
  shop = await new Shop().open();
  mailServer = await startMailServer();
  gateway = await startTestGateway({
    config: {
      operatorToken,
      smtpUrl: `smtp://127.0.0.1:${mailServer.port}`,
      mailFrom: "Wasl <pay@wasl.example>",
    },
    clock,
  });
  const operate = async (method: string, path: string, body: object) => {
    const reply = await fetch(`${gateway.url}/operators/profiles/45001${path}`, {
      method,
      headers: { authorization: `Bearer ${operatorToken}` },
      body: JSON.stringify(body),
    });
    if (!reply.ok) throw new Error(await reply.text());
  };
  const ipns = "/ipn-configurations";
  await operate("POST", ipns, { name: "whole", url: `${shop.url}/ipn/whole` });
  await operate("POST", ipns, { name: "basic", url: `${shop.url}/ipn/basic`, format: "basic_web" });
  await operate("PUT", "/mail", {
    merchant: { address: "orders@shop.example" },
    shopper: { statuses: ["A", "H", "P", "V", "E", "D", "X", "C"] },
  });
  clock.forgetProfiles();
});

afterAll(async () => {
  await gateway.stop();
  await shop.close();
  await mailServer.close();
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

const returnMembers = ["tranRef", "cartId", "status", "code", "message"] as const;
const mailMembers = ["tranRef", "tranType", "cartId", "total", "currency", "card", "time"] as const;
const basicMembers = [
  ...returnMembers,
  "tranType",
  "cartAmount",
  "total",
  "currency",
  "time",
] as const;

/** What each way must carry at least: a way that falls silent disagrees with nobody. */
const carried: Readonly<Record<string, readonly (keyof Telling)[]>> = {
  callback: [...basicMembers, "card", "ipnTrace"],
  ipn: [...basicMembers, "card", "ipnTrace"],
  basicIpn: [...basicMembers, "ipnTrace"],
  query: [...basicMembers, "card"],
  queryByCart: [...basicMembers, "card"],
  return: returnMembers,
  mail: [...mailMembers, "status", "code", "message"],
  shopperMail: mailMembers,
};

let carts = 0;

async function start(usingGet: boolean, request: object = {}) {
  carts += 1;
  const cart = `five-${carts}`;
  const { json } = await gateway.call("/payment/request", {
    ...goodRequest,
    cart_id: cart,
    cart_amount: 115.5 + carts,
    callback: `${shop.url}/callback/${cart}`,
    return: `${shop.url}/return/${cart}`,
    return_using_get: usingGet,
    customer_details: { name: "Sara Ali", email: "sara@example.com" },
    ...request,
  });
  return { cart, ref: json.tran_ref as string, url: json.redirect_url as string };
}

const bodyOf = (message: { body: Buffer }) => JSON.parse(message.body.toString());

/** Both IPNs of a payment, once they have come. */
async function ipnsOf(ref: string) {
  const of = (path: string) => shop.on(path).find((message) => bodyOf(message).tran_ref === ref);
  await until(() => of("/ipn/whole") !== undefined && of("/ipn/basic") !== undefined, 20_000);
  const found = [of("/ipn/whole"), of("/ipn/basic")];
  return found.filter((message) => message !== undefined);
}

/** The mails to the merchant and to the shopper. */
async function mailsOf(ref: string) {
  const of = (to: string) =>
    mailServer.mails.filter((mail) => mail.to.includes(to) && mail.text.includes(ref));
  await until(() => of("orders@shop.example").length > 0 && of("sara@example.com").length > 0);
  expect(of("orders@shop.example")).toHaveLength(1);
  expect(of("sara@example.com")).toHaveLength(1);
  return [...of("orders@shop.example"), ...of("sara@example.com")];
}

async function finish({ url, ref }: { url: string; ref: string }, { steps, expires }: Case) {
  let page = await visit(url);
  for (const step of steps) page = await step(page);
  if (expires) {
    await gateway.database.pool.query(
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
    const callback = await shop.waitFor(`/callback/${payment.cart}`, 20_000);
    await goBackToShop(await visit(`${payment.url}/result`), shop.url);
    const returned = await shop.waitFor(`/return/${payment.cart}`);
    const [whole, basic] = await ipnsOf(payment.ref);
    const [mail, shopperMail] = await mailsOf(payment.ref);
    const { json: query } = await gateway.call("/payment/query", { tran_ref: payment.ref });
    const { json: byCart } = await gateway.call("/payment/query", { cart_id: payment.cart });
    if (!whole || !basic || !mail || !shopperMail) throw new Error("a message is missing");

    const fields = new URLSearchParams(returned.body.toString());
    const { serverKey } = gateway.profile;
    expect(verifyReturn(fields, serverKey)).toBe(true);
    for (const message of [callback, whole, basic]) {
      expect(verifyCallback(message, serverKey)).toBe(true);
    }
    const ways: Record<string, Telling> = {
      callback: tellingOfJson(bodyOf(callback)),
      ipn: tellingOfJson(bodyOf(whole)),
      basicIpn: tellingOfJson(bodyOf(basic)),
      query: tellingOfJson(query),
      queryByCart: tellingOfJson(byCart[0]),
      return: tellingOfReturn(fields),
      mail: tellingOfMail(mail),
      shopperMail: tellingOfMail(shopperMail),
    };
    expect(ways["callback"]).toMatchObject({ status: one.status, tranRef: payment.ref });
    expect(disagreements(ways)).toEqual([]);
    const silent = Object.entries(carried).flatMap(([way, members]) =>
      members.filter((member) => !ways[way]?.[member]).map((member) => `${way}: ${member}`),
    );
    expect(silent).toEqual([]);
    expect(whole.body).toEqual(callback.body);
    // The shopper is told in words (protocol.md 12.2), and nobody of a card beyond its mask.
    expect(ways["shopperMail"]).toMatchObject({ code: undefined, status: undefined });
    for (const { headers, text, html } of [mail, shopperMail]) {
      const shown = `${headers.get("subject")} ${text} ${html}`.replaceAll(/\s/g, "");
      expect(testCards.filter(({ number }) => shown.includes(number))).toEqual([]);
    }
  });
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
  const callback = await shop.waitFor(`/callback/${payment.cart}`);
  const ways = {
    callback: tellingOfJson(bodyOf(callback)),
    return: tellingOfReturn(searchParams),
  };
  expect(disagreements(ways)).toEqual([]);
  expect(ways.return).toMatchObject({ tranRef: payment.ref, status: "A" });
});
