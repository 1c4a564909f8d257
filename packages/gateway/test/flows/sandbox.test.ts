import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { messageBytesMax, messagesPerInboxMax } from "../../src/sandbox/inbox.ts";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";
import { formsOf, type Page, submit, typeCard, visit } from "../support/stranger.ts";

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
}, 60_000);

afterAll(async () => {
  await gateway?.stop();
});

let carts = 0;

const filled = {
  amount: "115.00",
  currency: "SAR",
  get cart_id() {
    carts += 1;
    return `demo-${carts}`;
  },
  description: "Test order",
  language: "en",
  return_to: "inbox",
  return_url: "",
  callback_to: "inbox",
  callback_url: "",
};

const create = (changes: object = {}, headers: Record<string, string> = {}) =>
  fetch(`${gateway.url}/sandbox/payments`, {
    method: "POST",
    redirect: "manual",
    headers,
    body: new URLSearchParams({ ...filled, ...changes }),
  });

const created = async (changes: object = {}): Promise<string> => {
  const reply = await create(changes);
  expect(reply.status).toBe(303);
  return reply.headers.get("location")?.split("/").at(-1) ?? "";
};

const show = async (tranRef: string): Promise<string> =>
  (await fetch(`${gateway.url}/sandbox/payments/${tranRef}`)).text();

const timelineOf = async (tranRef: string, key = gateway.profile.serverKey) => {
  const reply = await fetch(`${gateway.url}/sandbox/transactions/${tranRef}/timeline`, {
    headers: { authorization: key },
  });
  // oxlint-disable-next-line typescript/no-explicit-any
  return { status: reply.status, json: (await reply.json()) as any };
};

const payPage = async (tranRef: string): Promise<Page> => {
  const link = /href="([^"]+\/payment\/page\/[0-9A-F]+)"/.exec(await show(tranRef))?.[1] ?? "";
  return visit(link);
};

const returnLegOf = (html: string) =>
  /<section[^>]*data-leg="return"[\s\S]*?<\/section>/.exec(html)?.[0];

const approved = { number: "4111111111111111", code: "123" };

const inboxOf = async (tranRef: string): Promise<string> => {
  const { rows } = await gateway.database.pool.query(
    "select inbox_id from sandbox_inbox where tran_ref = $1",
    [tranRef],
  );
  return rows[0].inbox_id;
};

const post = (path: string, body: string | Uint8Array<ArrayBuffer>, type = "application/json") =>
  fetch(`${gateway.url}${path}`, {
    method: "POST",
    body,
    redirect: "manual",
    headers: { "content-type": type, cookie: "session=hidden", authorization: "hidden" },
  });

const ask = (
  changes: { remoteAddress?: string; headers?: Record<string, string>; method?: "GET" | "POST" },
  url = "/",
) => gateway.app.inject({ method: "GET", url, headers: { host: "127.0.0.1:4400" }, ...changes });

const site = (value: string) => create({}, { "sec-fetch-site": value });

describe("a test payment", () => {
  test("brings Return and Callback to the inbox, both with a valid signature", async () => {
    const tranRef = await created();
    expect(await show(tranRef)).toContain('id="test-cards"');
    const handOff = await typeCard(await payPage(tranRef), approved);
    const form = handOff.forms.find(({ action }) => action.includes("/sandbox/inbox/"));
    expect(form).toBeDefined();
    const after = await submit(form as NonNullable<typeof form>);
    expect(after.url).toBe(`${gateway.url}/sandbox/payments/${tranRef}`);
    expect(after.html.match(/Signature valid/g)).toHaveLength(2);
    expect(after.html).toContain("IPN/1.0");
    expect(after.html).not.toContain("Signature wrong");
    // What is paid needs no card.
    expect(after.html).not.toContain("test-cards");

    const { json } = await timelineOf(tranRef);
    expect(json.summary).toMatchObject({
      outcome: { status: "A" },
      callback: { delivered: true, verdict: "ok" },
      return: { handedOver: true, way: "post" },
    });
    expect(json.entries.map(({ kind }: { kind: string }) => kind)).toEqual([
      "requested",
      "page_opened",
      "card_submitted",
      "completed",
      "callback_created",
      "callback_attempt",
      "return_handed_over",
      "return_received",
    ]);
  });

  test("shows a changed Return as not to be believed", async () => {
    const tranRef = await created();
    const handOff = await typeCard(await payPage(tranRef), { ...approved, code: "999" });
    const form = handOff.forms.find(({ action }) => action.includes("/sandbox/inbox/"));
    const after = await submit(form as NonNullable<typeof form>, { respStatus: "A" });
    expect(after.html).toContain("Signature wrong");
  });

  test("a direct payment waits for no Return, unless its issuer asked for 3-D Secure", async () => {
    const own = (number: string) =>
      gateway.call("/payment/request", {
        ...goodRequest,
        card_details: { pan: number, cvv: "123", expiry_month: 12, expiry_year: 2030 },
        customer_details: { name: "Sara Ali", email: "sara@example.com" },
        callback: `${gateway.url}/callback`,
        return: `${gateway.url}/return`,
      });
    const { json: paid } = await own("4111111111111111");
    expect(paid.payment_result.response_status).toBe("A");
    const shown = returnLegOf(await show(paid.tran_ref));
    expect(shown).toContain("No Return");
    expect(shown).toContain("only if the card&#39;s issuer asks the shopper for 3-D Secure");
    expect(shown).not.toContain("Not collected");
    const { entries } = (await timelineOf(paid.tran_ref)).json;
    expect(entries.map(({ channel }: { channel: string }) => channel)).not.toContain("shopper");
    const { json: refund } = await gateway.call("/payment/request", {
      ...goodRequest,
      tran_type: "refund",
      tran_ref: paid.tran_ref,
    });
    expect(returnLegOf(await show(refund.tran_ref))).toContain("follows another transaction");
    const { json: challenged } = await own("4000000000000002");
    expect(challenged.redirect_url).toBeDefined();
    expect(returnLegOf(await show(challenged.tran_ref))).toContain("Waiting");
  });

  test("goes to addresses of one's own, or to none", async () => {
    const own = await created({
      callback_to: "own",
      callback_url: "http://localhost:9/callback",
      return_to: "own",
      return_url: "http://localhost:9/return",
    });
    const { summary } = (await timelineOf(own)).json;
    expect(summary.callback.url).toBe("http://localhost:9/callback");
    expect(summary.return.url).toBe("http://localhost:9/return");
    expect(summary.warnings.length).toBeGreaterThan(0);
    expect(await show(own)).toContain("live would refuse this");
    const none = await created({ callback_to: "off", return_to: "off" });
    const { json } = await timelineOf(none);
    expect(json.summary.callback.configured).toBe(false);
    expect(json.summary.return.configured).toBe(false);
  });

  test.each([
    [{ amount: "1.005" }, "amount", "The amount has more decimals than the currency."],
    [{ amount: "-1" }, "amount", "The amount must not be negative."],
    [{ currency: "XXX" }, "currency", "The currency is not an ISO 4217 currency."],
    [{ cart_id: "" }, "cart_id", "The cart id"],
    [{ cart_id: "x".repeat(65) }, "cart_id", "at most 64 characters"],
    [{ cart_id: "a\u0000b" }, "cart_id", "control characters"],
    [{ callback_to: "own" }, "callback_url", "Type your address here"],
    [{ callback_to: "own", callback_url: "ftp://x" }, "callback_url", "The callback address"],
    [{ return_to: "own", return_url: "javascript:alert(1)" }, "return_url", "must begin with"],
  ])("with %j gets an error at %s, and keeps what was typed", async (changes, id, message) => {
    const reply = await create({ description: "kept words", ...changes });
    const html = await reply.text();
    expect(reply.status).toBe(422);
    const error = new RegExp(`id="${id}-error".*?</p>`, "s").exec(html)?.[0];
    expect(error).toContain(message);
    expect(formsOf(html, gateway.url)[0]?.fields.get("description")).toBe("kept words");
  });

  test("tells of a strict sandbox that refuses the inbox's own address", async () => {
    const strict = await startTestGateway({ config: { strict: "true" } });
    const reply = await fetch(`${strict.url}/sandbox/payments`, {
      method: "POST",
      body: new URLSearchParams(filled),
    });
    expect(reply.status).toBe(422);
    expect(await reply.text()).toContain("The built-in inbox breaks this rule");
    await strict.stop();
  });

  test("for the cart of another one just made is refused at the cart, and names it", async () => {
    const tranRef = await created({ cart_id: "demo-twice" });
    const reply = await create({ cart_id: "demo-twice" });
    expect(reply.status).toBe(422);
    const error = /id="cart_id-error".*?<\/p>/s.exec(await reply.text())?.[0];
    expect(error).toContain("The cart id was sent with the same cart_amount and cart_currency");
    expect(error).toContain(tranRef);
  });

  test("escapes what was typed", async () => {
    const tranRef = await created({ description: '<script>"x"</script>', cart_id: "<b>'1'" });
    const html = await show(tranRef);
    expect(html).not.toContain("<script>");
    expect(html).not.toContain("<b>'1'");
  });

  test("is brought up to date only when something has changed", async () => {
    const tranRef = await created();
    const path = `${gateway.url}/sandbox/payments/${tranRef}/state`;
    const first = await fetch(path);
    const etag = first.headers.get("etag") ?? "";
    const { version, html } = (await first.json()) as { version: string; html: string };
    expect(etag).toBe(`"${version}"`);
    expect(html).toContain('data-leg="callback"');
    const same = await fetch(path, { headers: { "if-none-match": etag }, cache: "no-store" });
    expect(same.status).toBe(304);
    await gateway.call("/payment/query", { tran_ref: tranRef });
    const changed = await fetch(path, { headers: { "if-none-match": etag }, cache: "no-store" });
    expect(changed.status).toBe(200);
  });

  test("that does not exist is a 404", async () => {
    for (const path of ["TST0000000000000", "TST%00", "..%2f..", "x".repeat(300)]) {
      const page = await fetch(`${gateway.url}/sandbox/payments/${path}`);
      expect([404, 414]).toContain(page.status);
      const state = await fetch(`${gateway.url}/sandbox/payments/${path}/state`);
      expect([404, 414]).toContain(state.status);
    }
  });
});

describe("the timeline", () => {
  test("needs the server key and a payment", async () => {
    const tranRef = await created();
    expect((await timelineOf(tranRef)).status).toBe(200);
    for (const key of ["", "SWRONG", gateway.profile.clientKey]) {
      expect(await timelineOf(tranRef, key)).toMatchObject({ status: 401, json: { code: 1 } });
    }
    expect(await timelineOf("TST0000000000000")).toMatchObject({
      status: 400,
      json: { code: 113 },
    });
    expect(await timelineOf("TST%00")).toMatchObject({ status: 400, json: { code: 113 } });
  });

  test("is there for a payment made by the API too", async () => {
    const { json } = await gateway.call("/payment/request", goodRequest);
    const timeline = await timelineOf(json.tran_ref);
    expect(timeline.json.summary).toMatchObject({ state: "open", outcome: null });
    expect(await show(json.tran_ref)).toContain("Open the payment page");
  });
});

describe("the inbox", () => {
  test("answers a Callback and keeps its exact bytes", async () => {
    const tranRef = await created();
    const path = `/sandbox/inbox/${await inboxOf(tranRef)}/callback`;
    const bytes = Buffer.from([0x7b, 0x00, 0xff, 0x7d]);
    const reply = await post(path, bytes);
    expect(reply.status).toBe(200);
    expect(await reply.json()).toEqual({ status: "received" });
    const { rows } = await gateway.database.pool.query(
      "select body, headers from sandbox_inbox_message where tran_ref = $1",
      [tranRef],
    );
    expect(rows[0].body).toEqual(bytes);
    expect(JSON.stringify(rows[0].headers)).not.toContain("hidden");
    expect((await fetch(`${gateway.url}${path}`)).status).toBe(404);
    expect(await show(tranRef)).toContain("No signature");
  });

  test("checks a signature that it did not make itself", async () => {
    const tranRef = await created();
    const body = `{"tran_ref":"${tranRef}" }`;
    const signature = createHmac("sha256", gateway.profile.serverKey).update(body).digest("hex");
    await fetch(`${gateway.url}/sandbox/inbox/${await inboxOf(tranRef)}/callback`, {
      method: "POST",
      body,
      headers: { SIGNATURE: signature },
    });
    expect(await show(tranRef)).toContain("Signature valid");
  });

  test("sends a browser on to the payment it came for, by GET too", async () => {
    const tranRef = await created();
    const path = `/sandbox/inbox/${await inboxOf(tranRef)}/return`;
    const form = "application/x-www-form-urlencoded";
    const posted = await post(path, "cartId=1", form);
    expect(posted.headers.get("location")).toBe(`/sandbox/payments/${tranRef}`);
    const other = await post(path, "tranRef=TST1&cartId=1", form);
    expect(other.headers.get("location")).toBe("/sandbox/payments/TST1");
    const away = await post(path, "tranRef=//evil.example", form);
    expect(away.headers.get("location")).toBe(`/sandbox/payments/${tranRef}`);
    const got = await fetch(`${gateway.url}${path}?cartId=1`, { redirect: "manual" });
    expect(got.status).toBe(303);
  });

  test("takes no more than its limits", async () => {
    const tranRef = await created();
    const inbox = await inboxOf(tranRef);
    const path = `/sandbox/inbox/${inbox}/callback`;
    expect((await post(path, "x".repeat(messageBytesMax + 1))).status).toBe(413);
    await Promise.all(
      Array.from({ length: messagesPerInboxMax + 5 }, (_, index) => post(path, `${index}`)),
    );
    await post(path, "last");
    const { rows } = await gateway.database.pool.query(
      "select count(*) as n from sandbox_inbox_message where inbox_id = $1",
      [inbox],
    );
    expect(rows[0].n).toBe(BigInt(messagesPerInboxMax));
    expect((await post(`/sandbox/inbox/${"0".repeat(40)}/callback`, "{}")).status).toBe(404);
    expect((await post("/sandbox/inbox/nonsense/callback", "{}")).status).toBe(404);
  });
});

describe("who may see the sandbox", () => {
  test("this computer, by a name of its own", async () => {
    expect((await ask({})).statusCode).toBe(200);
    expect((await ask({ headers: { host: "localhost:4400" } })).statusCode).toBe(200);
    const door = await ask({});
    expect(door.headers["content-security-policy"]).toContain("default-src 'none'");
    expect(door.body).not.toMatch(/\son\w+=|\sstyle=/);
  });

  test.each([
    ["the network", { remoteAddress: "10.0.0.7" }],
    ["a name that was pointed here", { headers: { host: "evil.example:4400" } }],
    ["a tunnel", { headers: { host: "localhost", "x-forwarded-for": "203.0.113.9" } }],
  ])("not %s", async (_, changes) => {
    for (const url of ["/", "/sandbox/payments/TST1", "/sandbox/payments/TST1/state"]) {
      const reply = await ask(changes, url);
      expect(reply.statusCode).toBe(403);
      expect(reply.body).not.toContain(gateway.profile.serverKey);
    }
    const posted = await ask({ ...changes, method: "POST" }, "/sandbox/payments");
    expect(posted.statusCode).toBe(403);
  });

  test("but the network may bring a Callback to the inbox", async () => {
    const inbox = await inboxOf(await created());
    const reply = await gateway.app.inject({
      method: "POST",
      url: `/sandbox/inbox/${inbox}/callback`,
      remoteAddress: "10.0.0.7",
      headers: { host: "wasl.example" },
      payload: "{}",
    });
    expect(reply.statusCode).toBe(200);
  });

  test("a form of another site makes no payment", async () => {
    expect((await site("cross-site")).status).toBe(403);
    expect((await site("same-site")).status).toBe(403);
    expect((await site("same-origin")).status).toBe(303);
    expect((await site("none")).status).toBe(303);
  });

  test("a form too large is refused without a stack trace", async () => {
    const reply = await create({ description: "x".repeat(20_000) });
    expect(reply.status).toBe(413);
    expect(await reply.text()).not.toMatch(/\bat \w+ \(/);
  });
});
