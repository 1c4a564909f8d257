import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { typeCard, visit } from "../support/stranger.ts";
import { type Reading, refundReading, type Reply, replyReaders } from "./clients.ts";
import { goldenRequests, habits } from "./golden-requests.ts";

let gateway: TestGateway;
let carts = 0;

beforeAll(async () => {
  gateway = await startTestGateway();
});

afterAll(() => gateway.stop());

interface Sending {
  readonly path?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly key?: string;
}

const query: Sending = { path: "/payment/query" };

/** Sends bytes, so that no content type is added to what the client sends. */
async function send(body: unknown, { path, headers, key }: Sending = {}): Promise<Reply> {
  const reply = await fetch(`${gateway.url}${path ?? "/payment/request"}`, {
    method: "POST",
    body: new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body)),
    headers: {
      authorization: key ?? gateway.profile.serverKey,
      ...(headers ?? { "content-type": "application/json" }),
    },
  });
  return {
    status: reply.status,
    contentType: reply.headers.get("content-type"),
    text: await reply.text(),
  };
}

/** What each of the clients takes a reply for. */
function readingsOf(reply: Reply): Reading[] {
  return Object.values(replyReaders).map((read) => read(reply));
}

/** A cart of its own for each request, so that none is taken for a repetition. */
function inOwnCart(body: Readonly<Record<string, unknown>>): { cart_id: string } {
  carts += 1;
  return { ...body, cart_id: `${String(body["cart_id"])}-${carts}` };
}

test("every habit of protocol.md 1.4 is replayed", () => {
  const replayed = new Set(goldenRequests.map(({ habit }) => habit));
  expect([...replayed].toSorted()).toEqual([...habits].toSorted());
});

for (const { client, habit, ...golden } of goldenRequests) {
  test(`${client}: ${habit}`, async () => {
    const body = inOwnCart(golden.body);
    const reply = await send(body, golden);
    const json = JSON.parse(reply.text);
    expect(json).toMatchObject({ cart_id: body.cart_id, ...golden.reply });
    expect(reply).toMatchObject({
      status: 200,
      contentType: expect.stringMatching(/^application\/json/),
    });
    const reading: Reading = json.redirect_url
      ? { kind: "redirect", url: json.redirect_url }
      : { kind: "completed", status: "A", message: "Authorised" };
    for (const seen of readingsOf(reply)) expect(seen).toEqual(reading);
  });
}

const good = {
  profile_id: 45001,
  tran_type: "sale",
  tran_class: "ecom",
  cart_id: "refused",
  cart_description: "basket",
  cart_currency: "SAR",
  cart_amount: 10,
};

describe("a refusal is one to every client:", () => {
  const wrongKey = "SAAAAAAAAA-AAAAAAAAAA-AAAAAAAAAA";
  test.each<[name: string, body: unknown, status: number, code: number, how?: Sending]>([
    ["a wrong key", good, 401, 1, { key: wrongKey }],
    ["another profile", { ...good, profile_id: 45002 }, 401, 1],
    ["no profile", { ...good, profile_id: undefined }, 400, 2],
    ["no amount", { ...good, cart_amount: null }, 400, 2],
    ["a type nobody knows", { ...good, tran_type: "gift" }, 400, 2],
    ["a currency nobody enabled", { ...good, cart_currency: "TRY" }, 400, 206],
    ["a form", "profile_id=45001&tran_type=sale", 400, 2],
    ["an unknown reference", { profile_id: 45001, tran_ref: "TST1" }, 400, 113, query],
    ["neither reference nor cart", { profile_id: 45001 }, 400, 2, query],
    ["an unknown path", good, 404, 2, { path: "/payment/requests" }],
  ])("%s", async (_name, body, status, code, how) => {
    const reply = await send(body, how);
    const json = JSON.parse(reply.text);
    expect(json).toEqual({
      code,
      message: expect.stringMatching(/./),
      trace: expect.stringMatching(/^PMNT\d{4}\.[0-9A-F]{8}\.[0-9A-F]{8}$/),
    });
    expect(reply).toMatchObject({
      status,
      contentType: expect.stringMatching(/^application\/json/),
    });
    for (const seen of readingsOf(reply)) {
      expect(seen).toEqual({ kind: "refused", message: json.message });
    }
  });
});

test("a list of transactions is one to the clients that ask for it", async () => {
  const reply = await send({ profile_id: 45001, cart_id: "nobody" }, query);
  expect(replyReaders["SDK"]?.(reply)).toEqual({ kind: "list", length: 0 });
  expect(replyReaders["GP"]?.(reply)).toEqual({ kind: "list", length: 0 });
});

async function authorised(changes: object = {}): Promise<{ ref: string; cart: string }> {
  const body = inOwnCart({ ...good, tran_type: "auth", ...changes });
  const { tran_ref: ref, redirect_url: url } = JSON.parse((await send(body)).text);
  await typeCard(await visit(url), { number: "4111111111111111", code: "123" });
  return { ref, cart: body.cart_id };
}

describe("follow-ups with habits of their own", () => {
  test("HYPR voids without any cart member", async () => {
    const { ref } = await authorised();
    const reply = await send({ profile_id: 45001, tran_type: "void", tran_ref: ref });
    expect(refundReading(JSON.parse(reply.text))).toMatchObject({ verdict: "success" });
    for (const seen of readingsOf(reply)) expect(seen).toMatchObject({ kind: "completed" });
  });

  test("CPPHP captures with the class of a token payment, and with a token", async () => {
    const { ref, cart } = await authorised();
    const reply = await send({
      ...good,
      profile_id: "45001",
      tran_type: "capture",
      tran_class: "recurring",
      cart_id: cart,
      cart_amount: "10",
      token: "A1B2C3D4E5F60718293A4B5C6D7E8F90",
      tran_ref: ref,
    });
    expect(JSON.parse(reply.text)).toMatchObject({
      tran_type: "Capture",
      previous_tran_ref: ref,
      payment_result: { response_status: "A" },
    });
  });

  test("DEVIN finds type, amount and currency in the reply to a refund", async () => {
    const { ref, cart } = await authorised({ tran_type: "sale" });
    const reply = await send({ ...good, tran_type: "refund", cart_id: cart, tran_ref: ref });
    const json = JSON.parse(reply.text);
    expect(json).toMatchObject({ tran_type: "Refund", cart_amount: "10.00", cart_currency: "SAR" });
    expect(refundReading(json)).toEqual({
      verdict: "success",
      tranRef: expect.not.stringMatching(ref),
      message: "Authorised",
    });
  });
});
