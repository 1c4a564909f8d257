import { expect } from "vitest";
import { testCards } from "../../src/acquirers/simulator/test-cards.ts";
import { until } from "./dispatching.ts";
import {
  type About,
  bodyOf,
  type EveryWay,
  ipnsOf,
  isAbout,
  mailsOf,
  shopperAddress,
} from "./every-way.ts";
import { disagreements, type Telling, tellingOfJson, tellingOfMail } from "./five-ways.ts";
import { goodRequest } from "./gateway.ts";
import { verifyCallback } from "./stranger.ts";

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
  direct: [...basicMembers, "card"],
  queryByCart: [...basicMembers, "card"],
  return: returnMembers,
  mail: [...mailMembers, "status", "code", "message"],
  shopperMail: mailMembers,
};

let carts = 0;

/** A request whose cart, amount and addresses are its own. */
export function wish({ shop }: EveryWay) {
  carts += 1;
  const cart = `five-${carts}`;
  const { url } = shop;
  return {
    ...goodRequest,
    cart_id: cart,
    cart_amount: 115.5 + carts,
    callback: `${url}/callback/${cart}`,
    return: `${url}/return/${cart}`,
    customer_details: { name: "Sara Ali", email: shopperAddress },
  };
}

export const ownForm = (number: string, cvv: string) => ({
  card_details: { pan: number, cvv, expiry_month: 12, expiry_year: 2030 },
});

/** Pays at once, without a page, and returns the reply. */
export async function payDirectly(every: EveryWay, changes: object) {
  const request = { ...wish(every), ...changes };
  const { json } = await every.gateway.call("/payment/request", request);
  return { cart: request.cart_id, ref: json.tran_ref as string, direct: tellingOfJson(json) };
}

/** All that servers and people are told of a payment, however it was made; the signatures hold. */
export async function told(every: EveryWay, { cart, ...about }: About & { cart: string }) {
  const { gateway, shop } = every;
  const { ref } = about;
  const { whole, basic } = await ipnsOf(every, about);
  const { mail, shopperMail } = await mailsOf(every, about);
  const called = () => shop.on(`/callback/${cart}`).find((message) => isAbout(about, message));
  await until(() => called() !== undefined, 20_000);
  const callback = called();
  if (callback === undefined) throw new Error(`no Callback of ${ref}`);
  const { json: query } = await gateway.call("/payment/query", { tran_ref: ref });
  const { json: byCart } = await gateway.call("/payment/query", { cart_id: cart });
  for (const message of [callback, whole, basic]) {
    expect(verifyCallback(message, gateway.profile.serverKey)).toBe(true);
  }
  expect(whole.body).toEqual(callback.body);
  // The shopper is told in words (protocol.md 12.2), and nobody of a card beyond its mask.
  for (const { headers, text, html } of [mail, shopperMail]) {
    const shown = `${headers.get("subject")} ${text} ${html}`.replaceAll(/\s/g, "");
    expect(testCards.filter(({ number }) => shown.includes(number))).toEqual([]);
  }
  return {
    callback: tellingOfJson(bodyOf(callback)),
    ipn: tellingOfJson(bodyOf(whole)),
    basicIpn: tellingOfJson(bodyOf(basic)),
    query: tellingOfJson(query),
    queryByCart: tellingOfJson(
      byCart.find(({ tran_ref }: { tran_ref: string }) => tran_ref === ref),
    ),
    mail: tellingOfMail(mail),
    shopperMail: tellingOfMail(shopperMail),
  };
}

export function expectAlike(ways: Readonly<Record<string, Telling>>, { ref, status }: Ending) {
  expect(ways["callback"]).toMatchObject({ status, tranRef: ref });
  expect(ways["shopperMail"]).toMatchObject({ code: undefined, status: undefined });
  expect(disagreements(ways)).toEqual([]);
  const silent = Object.entries(ways).flatMap(([way, telling]) =>
    (carried[way] ?? []).filter((member) => !telling[member]).map((member) => `${way}: ${member}`),
  );
  expect(silent).toEqual([]);
}

interface Ending {
  readonly ref: string;
  readonly status: string;
}
