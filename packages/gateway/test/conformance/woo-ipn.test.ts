import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../support/dispatching.ts";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";
import { Shop, submit, visit } from "../support/stranger.ts";
import { wooIpn, type WooOrder } from "./clients.ts";

let gateway: TestGateway;
let shop: Shop;
let carts = 0;

beforeAll(async () => {
  [gateway, shop] = await Promise.all([startTestGateway(), new Shop().open()]);
});

afterAll(async () => {
  await gateway.stop();
  await shop.close();
});

const order: WooOrder = { total: "310.5", currency: "sar" };

const card_details = { pan: "4111111111111111", cvv: "123", expiry_month: 12, expiry_year: 2030 };

/** An IPN has the bytes of the Callback; it reaches this path of the shop. */
async function ask(changes: object) {
  carts += 1;
  const path = `/woo-${carts}`;
  const { json } = await gateway.call("/payment/request", {
    ...goodRequest,
    cart_amount: 310.5,
    callback: `${shop.url}${path}`,
    ...changes,
  });
  return { ref: String(json.tran_ref), page: String(json.redirect_url), path };
}

async function notice(path: string, nth = 0) {
  await until(() => shop.on(path).length > nth, 15_000);
  return JSON.parse(shop.on(path)[nth]?.body.toString() ?? "");
}

/** What the plugin does when it hears of this. */
const does = async (changes: object) => wooIpn(await notice((await ask(changes)).path), order);

test.each(["sale", "auth", "register"])(
  "WooCommerce leaves a plain %s alone",
  async (tran_type) => {
    expect(await does({ tran_type, card_details })).toBe("ignore");
  },
);

test("WooCommerce hears of captures and voids of the whole order, and of refunds in part", async () => {
  const [first, second, third] = [
    await ask({ tran_type: "auth", card_details }),
    await ask({ tran_type: "auth", card_details }),
    await ask({ card_details }),
  ];
  const part = { tran_type: "capture", tran_ref: first.ref, cart_amount: 10 };
  expect(await does(part)).toBe("refuse");
  expect(await does({ tran_type: "void", tran_ref: second.ref })).toBe("void");
  const whole = await ask({ tran_type: "auth", card_details });
  expect(await does({ tran_type: "capture", tran_ref: whole.ref })).toBe("capture");
  const refund = { tran_type: "refund", tran_ref: third.ref, cart_amount: 10 };
  expect(await does(refund)).toBe("refund");
});

test("WooCommerce settles an order by the sale that follows its bill", async () => {
  const { page, path, ref } = await ask({});
  const bill = (await visit(page)).forms.find(({ action }) => action.endsWith("/method/sadad"));
  if (bill === undefined) throw new Error("the page offers no SADAD");
  await submit(bill);
  const waits = { ...order, awaited: ref };
  const pending = await notice(path);
  expect(pending).toMatchObject({ tran_ref: ref, tran_type: "Payment Request" });
  expect(wooIpn(pending, waits)).toBe("ignore");
  const { pool } = gateway.database;
  const { rows } = await pool.query("select challenge_url from transaction where tran_ref = $1", [
    ref,
  ]);
  await fetch(rows[0].challenge_url, { method: "POST" });
  await pool.query("update transaction set due_at = now() where tran_ref = $1", [ref]);
  const sale = await notice(path, 1);
  expect(wooIpn(sale, waits)).toBe("settle");
  expect(wooIpn(sale, { ...waits, awaited: "TST0000000000000" })).toBe("ignore");
});
