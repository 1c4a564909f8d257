import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "../support/dispatching.ts";
import { bodyOf, type EveryWay, startEveryWay } from "../support/every-way.ts";
import { submit, visit } from "../support/stranger.ts";
import { expectAlike, ownForm, payDirectly, told, wish } from "../support/told.ts";

let every: EveryWay;

beforeAll(async () => {
  every = await startEveryWay();
});

afterAll(async () => {
  await every.stop();
});

const visa = ownForm("4111111111111111", "123");
const moto = { card_details: { ...visa.card_details, cvv: undefined } };
const discount = { discount_cards: "4111", discount_percent: "10", discount_title: "Ten off" };

describe.each([
  { name: "a card that the filter refuses", changes: { card_filter: "520000" }, status: "D" },
  { name: "a discount", changes: { card_discounts: [discount] }, status: "A" },
  { name: "a card by telephone", changes: { tran_class: "moto", ...moto }, status: "A" },
  { name: "a registration", changes: { tran_type: "register" }, status: "A" },
])("$name", ({ changes, status }) => {
  test("is told alike by the reply, Callback, IPN, query and e-mail", async () => {
    const { direct, ...payment } = await payDirectly(every, { ...visa, ...changes });
    expectAlike({ ...(await told(every, payment)), direct }, { ref: payment.ref, status });
    expect(direct.total === direct.cartAmount).toBe(!("card_discounts" in changes));
  });
});

test("a stored card that is charged without the shopper is told alike", async () => {
  const request = { ...wish(every), ...visa, tokenise: 2 };
  const { json } = await every.gateway.call("/payment/request", request);
  const { direct, ...charge } = await payDirectly(every, {
    tran_class: "recurring",
    token: json.token,
    tran_ref: json.tran_ref,
  });
  expect(direct.status).toBe("A");
  expectAlike({ ...(await told(every, charge)), direct }, { ref: charge.ref, status: "A" });
});

const heldCard = ownForm("4000000000001208", "123");

describe.each([
  { name: "an extension", of: visa, kind: "authext", ends: ["A", "G"] },
  { name: "a capture of a held authorisation", of: heldCard, kind: "capture", ends: ["E", "120"] },
])("$name", ({ of, kind, ends: [status = "", code] }) => {
  test("is told alike by the reply, Callback, IPN, query and e-mail", async () => {
    const original = await payDirectly(every, { tran_type: "auth", ...of });
    const { direct, ...after } = await payDirectly(every, {
      tran_type: kind,
      tran_ref: original.ref,
      cart_amount: 12.5,
    });
    expect(direct).toMatchObject({ status, previousTranRef: original.ref });
    expect(direct.code?.startsWith(code ?? "")).toBe(true);
    expectAlike({ ...(await told(every, after)), direct }, { ref: after.ref, status });
  });
});

/** A bill whose number the shopper has seen, and been told of. */
async function billed() {
  const request = wish(every);
  const { json } = await every.gateway.call("/payment/request", request);
  const page = await visit(json.redirect_url);
  const form = page.forms.find(({ action }) => action.endsWith("/method/sadad"));
  if (form === undefined) throw new Error("the page offers no SADAD");
  await submit(form);
  const bill = { cart: request.cart_id, ref: String(json.tran_ref) };
  const pending = await told(every, { ...bill, status: "P" });
  expectAlike(pending, { ref: bill.ref, status: "P" });
  expect(pending.callback.tranType).toBe("Payment Request");
  return bill;
}

const query = (sql: string, ref: string) => every.gateway.database.pool.query(sql, [ref]);

describe("a bill", () => {
  test("is told alike while it waits, and when it is paid by a sale of its own", async () => {
    const { cart, ref } = await billed();
    const { rows } = await query("select challenge_url from transaction where tran_ref = $1", ref);
    await fetch(rows[0].challenge_url, { method: "POST" });
    await query("update transaction set due_at = now() where tran_ref = $1", ref);
    const path = `/callback/${cart}`;
    await until(() => every.shop.on(path).length === 2, 20_000);
    const sale = every.shop
      .on(path)
      .map(bodyOf)
      .find(({ tran_ref: other }) => other !== ref);
    const ways = await told(every, { cart, ref: sale.tran_ref });
    expectAlike(ways, { ref: sale.tran_ref, status: "A" });
    expect(ways.callback).toMatchObject({ tranType: "Sale", previousTranRef: ref });
  });

  test("is told alike when its time is over", async () => {
    const { cart, ref } = await billed();
    await query(
      "update transaction set expires_at = now(), due_at = now() where tran_ref = $1",
      ref,
    );
    const ways = await told(every, { cart, ref, status: "X" });
    expectAlike(ways, { ref, status: "X" });
    expect(ways.callback).toMatchObject({ tranType: "Payment Request", code: "355" });
  });
});
