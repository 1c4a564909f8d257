import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readConfig } from "../../src/config.ts";
import { insertMails } from "../../src/mail/enqueue-store.ts";
import { type PreparedMail, prepareMail } from "../../src/mail/mail.ts";
import { Postman, type PostmanOptions } from "../../src/mail/postman.ts";
import { createSmtpSender, type SmtpSettings } from "../../src/mail/smtp.ts";
import { systemClock } from "../../src/clock.ts";
import { complete } from "../../src/transactions/complete.ts";
import { outcomeWithoutAcquirer } from "../../src/transactions/outcome.ts";
import { findByReference } from "../../src/transactions/transactions-store.ts";
import { issueCertificate } from "../support/certificates.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { until } from "../support/dispatching.ts";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";
import { type MailServer, startMailServer } from "../support/mail-server.ts";
import { MovingClock } from "../support/moving-clock.ts";
import { startRawServer } from "../support/raw-server.ts";
import { typeCard, visit } from "../support/stranger.ts";

const from = "Wasl <pay@wasl.example>";

let server: MailServer;

const letter = (changes: Partial<PreparedMail> = {}): PreparedMail =>
  prepareMail({
    profileId: 45001,
    about: "TST2609100000101",
    purpose: "merchant",
    to: "orders@shop.example",
    subject: "Payment approved",
    text: "Paid.\n",
    html: "<p>Paid.</p>",
    ...changes,
  });

/** Another server in place of the one that runs. */
async function restart(options: Parameters<typeof startMailServer>[0]): Promise<number> {
  await server.close();
  server = await startMailServer(options);
  return server.port;
}

describe("a postman", () => {
  let database: TestDatabase;
  const running: Postman[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    await database.pool.query(
      `insert into profile (profile_id, merchant_id, name, mode, currencies, server_key, client_key)
       values (45001, 1, 'Shop', 'test', '{SAR}', 'S', 'C')`,
    );
  });

  afterAll(() => database.drop());

  beforeEach(async () => {
    await database.pool.query("delete from mail");
    server = await startMailServer();
    return async () => {
      await Promise.all(running.splice(0).map((postman) => postman.stop()));
      await server.close();
    };
  });

  const log = { info: () => undefined, warn: () => undefined };

  function start(
    settings: Partial<SmtpSettings> = {},
    options: Partial<PostmanOptions> = {},
  ): { readonly postman: Postman; readonly results: string[] } {
    const results: string[] = [];
    const postman = new Postman({
      pool: database.pool,
      nodeId: "node",
      clock: systemClock,
      log,
      sender: createSmtpSender(
        { url: `smtp://127.0.0.1:${server.port}`, from, tls: "required", ...settings },
        { connectMsMax: 2000, silenceMsMax: 2000, attemptMsMax: 3000 },
      ),
      watch: (result) => results.push(result),
      retentionDays: 90,
      ...options,
      limits: { lookMs: 20, pauseMs: 50, stopMsMax: 200, ...options.limits },
    });
    postman.start();
    running.push(postman);
    return { postman, results };
  }

  const write = (...mails: PreparedMail[]) => insertMails(database.pool, mails);

  async function rowsOf() {
    const { rows } = await database.pool.query(
      `select mail_id, state, refusals, last_answer,
         extract(epoch from due_at - now())::float8 as due_in
       from mail order by mail_id`,
    );
    return rows;
  }

  const settled = (state: string) =>
    until(async () => (await rowsOf()).every((row) => row.state === state));

  it("sends text and HTML from our sender to the reader, once", async () => {
    const mail = letter({ subject: "عملية الدفع مقبولة", text: "مدفوع\n", html: "<p>مدفوع</p>" });
    await write(mail);
    start();
    const [received] = await server.received(1);
    await settled("sent");
    expect(received).toMatchObject({
      from: "pay@wasl.example",
      to: ["orders@shop.example"],
      text: expect.stringContaining("مدفوع"),
      html: expect.stringContaining("<p>مدفوع</p>"),
    });
    expect(Object.fromEntries(received?.headers ?? [])).toMatchObject({
      from,
      to: "orders@shop.example",
      subject: "عملية الدفع مقبولة",
      "message-id": `<${mail.id}@wasl.example>`,
      "auto-submitted": "auto-generated",
    });
    expect(server.mails).toHaveLength(1);
  });

  it("cannot be made to write a header or to another reader", async () => {
    const hostile = "x\r\nBcc: eve@example.com\r\n\r\nbody";
    await write(
      letter({ subject: hostile, text: `${hostile}\r\n.\r\nMAIL FROM:<eve@example.com>` }),
    );
    start();
    const [received] = await server.received(1);
    expect(received?.headers.get("bcc")).toBeUndefined();
    expect(received?.headers.get("subject")).toBe("x Bcc: eve@example.com body");
    expect(received?.text).toContain("MAIL FROM:<eve@example.com>");
    expect(server.asked).toEqual(["orders@shop.example"]);
    for (const to of [
      "a@b.co\r\nRCPT TO:<eve@example.com>",
      "a@b.co, eve@example.com",
      "a@b.co>",
    ]) {
      expect(() => letter({ to })).toThrow(/no e-mail address/);
    }
  });

  it("gives up a recipient that the server refuses, and says what it said", async () => {
    server.refuseRecipient = () => ({ code: 550, text: "no such mailbox" });
    await write(letter());
    const { results } = start();
    await settled("given_up");
    const [row] = await rowsOf();
    expect(row.last_answer).toContain("no such mailbox");
    expect(results).toEqual(["given_up"]);
    expect(server.asked).toHaveLength(1);
  });

  it("tries again after greylisting, under the same Message-ID", async () => {
    server.refuseRecipient = () => ({ code: 451, text: "greylisted, try later" });
    const mail = letter();
    await write(mail);
    const { results } = start({}, { random: () => 0.5 });
    await until(async () => (await rowsOf())[0].refusals === 1);
    const [row] = await rowsOf();
    expect(row).toMatchObject({
      state: "pending",
      last_answer: expect.stringContaining("greylisted"),
    });
    expect(row.due_in).toBeGreaterThan(50);
    expect(row.due_in).toBeLessThan(61);
    server.refuseRecipient = () => undefined;
    await database.pool.query("update mail set due_at = now()");
    await settled("sent");
    expect(results).toEqual(["deferred", "sent"]);
    expect(server.mails[0]?.headers.get("message-id")).toContain(mail.id);
  });

  it("gives up what is refused for now too often, and what is too old", async () => {
    server.refuseMessage = () => ({ code: 452, text: "mailbox full" });
    await write(letter(), letter());
    await database.pool.query(
      `with numbered as (select mail_id, row_number() over (order by mail_id) as n from mail)
       update mail set refusals = case n when 1 then 8 else 0 end,
         created_at = case n when 1 then now() else now() - interval '73 hours' end
       from numbered where numbered.mail_id = mail.mail_id`,
    );
    const { results } = start();
    await settled("given_up");
    expect(results).toEqual(["given_up", "given_up"]);
  });

  it("waits for a server that is away, uses nothing up, and goes on when it is back", async () => {
    const { port } = server;
    await server.close();
    await write(letter());
    const { results } = start({ url: `smtp://127.0.0.1:${port}` });
    await until(async () => results.length > 0);
    const [row] = await rowsOf();
    expect(row).toMatchObject({ state: "pending", refusals: 0 });
    expect(row.due_in).toBeGreaterThan(40);
    expect(results).toEqual(["unreachable"]);
    server = await startMailServer({ port });
    await database.pool.query("update mail set due_at = now()");
    await settled("sent");
    expect(server.mails).toHaveLength(1);
  });

  it("is cut by its own time from a server that never answers", async () => {
    const silent = await startRawServer(() => undefined);
    await write(letter());
    const { results } = start({ url: silent.url.replace("http:", "smtp:") });
    await until(() => results.length > 0);
    expect(results).toEqual(["unreachable"]);
    await silent.close();
  });

  it("shares the work with other nodes, and no mail goes out twice", async () => {
    await write(...Array.from({ length: 60 }, (_, n) => letter({ to: `n${n}@shop.example` })));
    start();
    start();
    start();
    await settled("sent");
    expect(server.mails).toHaveLength(60);
    expect(new Set(server.mails.flatMap(({ to }) => to)).size).toBe(60);
  });

  it("leaves a mail to whoever has its lease, and takes it when the lease has ended", async () => {
    await write(letter());
    await database.pool.query(
      "update mail set lease_token = gen_random_uuid(), due_at = now() + interval '400 ms'",
    );
    start();
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(server.asked).toEqual([]);
    await settled("sent");
    expect(server.mails).toHaveLength(1);
  });

  it("writes nothing about a mail whose lease another node has by now", async () => {
    await write(letter());
    server.refuseRecipient = () => ({ code: 451, text: "later" });
    const { results } = start();
    await until(() => results.length === 1);
    server.refuseRecipient = () => undefined;
    server.refuseMessage = async () => {
      // While the server takes it, the lease goes to somebody else.
      await database.pool.query(
        "update mail set lease_token = gen_random_uuid(), due_at = now() + interval '1 hour'",
      );
      return undefined;
    };
    await database.pool.query("update mail set due_at = now()");
    await until(() => results.length === 2);
    expect((await rowsOf())[0].state).toBe("pending");
  });

  it("that stops cuts what hangs within its time, and gives it back at once", async () => {
    const silent = await startRawServer(() => undefined);
    await write(letter());
    const { postman, results } = start({ url: silent.url.replace("http:", "smtp:") });
    await until(() => silent.connections === 1);
    const startedMs = performance.now();
    await postman.stop();
    expect(performance.now() - startedMs).toBeLessThan(1500);
    expect(results).toEqual(["unreachable"]);
    const [row] = await rowsOf();
    expect(row).toMatchObject({ state: "pending", refusals: 0 });
    expect(row.due_in).toBeLessThanOrEqual(0);
    await silent.close();
  });

  it("forgets what was settled before the retention, and nothing that is open", async () => {
    await write(letter(), letter({ to: "kept@shop.example" }));
    await database.pool.query(
      `update mail set state = 'sent', settled_at = now() - interval '91 days'
       where recipient = 'orders@shop.example'`,
    );
    await database.pool.query("delete from periodic_job");
    start();
    await until(async () => (await rowsOf()).length === 1);
    const { rows } = await database.pool.query("select recipient from mail");
    expect(rows).toEqual([{ recipient: "kept@shop.example" }]);
  });

  describe("over TLS", () => {
    const authority = issueCertificate({ commonName: "Test CA", isAuthority: true });
    const certificate = issueCertificate({
      commonName: "mail",
      dnsNames: ["localhost"],
      issuer: authority,
    });
    const login = { user: "wasl", password: "p@ss:/w" };
    const trusted = { ca: authority.cert };

    it.each(["implicit", "starttls"] as const)("%s, with a login", async (mode) => {
      const port = await restart({ tls: { mode, certificate }, login });
      const scheme = mode === "implicit" ? "smtps" : "smtp";
      await write(letter());
      start({
        url: `${scheme}://wasl:${encodeURIComponent(login.password)}@localhost:${port}`,
        tlsOptions: trusted,
      });
      await settled("sent");
      expect(server.mails[0]).toMatchObject({ overTls: true, user: "wasl" });
    });

    it("a certificate that nobody trusts stops it before anything is said", async () => {
      const port = await restart({ tls: { mode: "starttls", certificate }, login });
      await write(letter());
      const { results } = start({ url: `smtp://wasl:x@localhost:${port}` });
      await until(() => results.length > 0);
      expect(results).toEqual(["unreachable"]);
      expect(server.asked).toEqual([]);
    });

    it("a wrong password is the operator's to mend: the mail waits", async () => {
      const port = await restart({ tls: { mode: "starttls", certificate }, login });
      await write(letter());
      const { results } = start({
        url: `smtp://wasl:wrong@localhost:${port}`,
        tlsOptions: trusted,
      });
      await until(() => results.length > 0);
      const [row] = await rowsOf();
      expect(row).toMatchObject({ state: "pending", refusals: 0 });
      expect(row.last_answer).not.toContain("wrong@");
    });

    it("switched off, nothing is encrypted though the server offers it", async () => {
      const port = await restart({ tls: { mode: "starttls", certificate } });
      await write(letter());
      start({ url: `smtp://localhost:${port}`, tls: "off" });
      await settled("sent");
      expect(server.mails[0]?.overTls).toBe(false);
    });
  });
});

describe("a gateway with a mail server", () => {
  const operatorToken = "an-operators-token-for-tests";
  const clock = new MovingClock();
  let gateway: TestGateway;

  beforeAll(async () => {
    server = await startMailServer();
    gateway = await startTestGateway({
      config: { operatorToken, smtpUrl: `smtp://127.0.0.1:${server.port}`, mailFrom: from },
      mail: { limits: { lookMs: 50 } },
      clock,
    });
  });

  afterAll(async () => {
    await gateway.stop();
    await server.close();
  });

  async function operate(method: "GET" | "POST" | "PUT", path: string, body?: object) {
    const reply = await fetch(`${gateway.url}/operators/profiles/45001${path}`, {
      method,
      headers: { authorization: `Bearer ${operatorToken}` },
      ...(body && { body: JSON.stringify(body) }),
    });
    // oxlint-disable-next-line typescript/no-explicit-any
    return { status: reply.status, json: (await reply.json()) as any };
  }

  async function mailAbout(changes: object, card: string) {
    const { json } = await gateway.call("/payment/request", { ...goodRequest, ...changes });
    await typeCard(await visit(json.redirect_url), { number: card, code: "123" });
    return json.tran_ref as string;
  }

  async function settings(body: object) {
    const { status, json } = await operate("PUT", "/mail", body);
    expect([status, json]).toEqual([200, expect.objectContaining({ profile_id: 45001 })]);
    clock.forgetProfiles();
    return json;
  }

  async function kept(): Promise<object> {
    const { rows } = await gateway.database.pool.query("select mail from profile");
    return rows[0].mail;
  }

  it.each([
    [{ merchant: { address: "orders" } }, "merchant.address must be an e-mail address"],
    [{ merchant: {} }, "merchant.address must be an e-mail address"],
    [{ merchant: { address: "a@b.co,c@d.co" } }, "merchant.address must be"],
    [{ merchant: "a@b.co" }, "merchant must be null or an object"],
    [{ shopper: { statuses: ["Z"] } }, "shopper.statuses.0 must be null or a list"],
    [{ shopper: { statuses: [] } }, "shopper.statuses must be null or a list"],
    [{ shopper: { address: "a@b.co" } }, "shopper.address is not known"],
    [{ language: "fr" }, "language must be one of en, ar"],
    [{ owner: 1 }, "owner is not known"],
  ])("refuses settings by field and rule: %j", async (body, message) => {
    const { status, json } = await operate("PUT", "/mail", body);
    expect(status).toBe(400);
    expect(json.message).toContain(message);
    expect(await kept()).toBeNull();
  });

  it("tells merchant and shopper, each in their language, and the history knows", async () => {
    expect(
      await settings({ merchant: { address: "orders@shop.example" }, shopper: {}, language: "en" }),
    ).toEqual({
      profile_id: 45001,
      merchant: { address: "orders@shop.example", statuses: null },
      shopper: { statuses: null },
      language: "en",
      sends: true,
    });
    const ref = await mailAbout(
      {
        paypage_lang: "ar",
        cart_id: "order-7001",
        cart_description: '<b>basket</b> & "more"',
        customer_details: { name: "Sara Ali", email: "sara@example.com" },
      },
      "4111 1111 1111 1111",
    );
    const mails = await server.received(2);
    const toMerchant = mails.find(({ to }) => to.includes("orders@shop.example"));
    const toShopper = mails.find(({ to }) => to.includes("sara@example.com"));
    expect(toMerchant?.headers.get("subject")).toBe(
      "Payment approved: SAR\u00A0500.00 · order-7001",
    );
    expect(toMerchant?.text).toContain(ref);
    expect(toMerchant?.html).toContain("4111 11## #### 1111");
    expect(toMerchant?.html).toContain("&lt;b&gt;basket&lt;/b&gt; &amp; &quot;more&quot;");
    expect(toShopper?.headers.get("subject")).toContain("عملية الدفع مقبولة");
    expect(toShopper?.html).toContain('dir="rtl"');
    expect(toShopper?.text).toContain(ref);
    expect(toShopper?.text).not.toMatch(/G\d{5}/);

    const { rows } = await untilFound(async () => {
      const found = await gateway.database.pool.query(
        `select kind, detail ->> 'purpose' as purpose from transaction_event
         where tran_ref = $1 and kind like 'mail%' order by 2`,
        [ref],
      );
      return found.rows.length === 2 ? found : undefined;
    });
    expect(rows).toEqual([
      { kind: "mail_sent", purpose: "merchant" },
      { kind: "mail_sent", purpose: "shopper" },
    ]);
    const { json } = await operate("GET", `/mails?about=${ref}&state=sent`);
    expect(json.mails.map((mail: { to: string }) => mail.to).toSorted()).toEqual([
      "orders@shop.example",
      "sara@example.com",
    ]);
    expect((await operate("GET", "/mails?state=given_up")).json.mails).toEqual([]);
    expect((await operate("GET", "/mails?limit=1")).json.mails).toHaveLength(1);
    const wrong = await operate("GET", "/mails?limit=some");
    expect([wrong.status, wrong.json.message]).toEqual([
      400,
      expect.stringContaining("limit must be a whole number from 1 to 100"),
    ]);
    const timeline = await fetch(`${gateway.url}/sandbox/transactions/${ref}/timeline`, {
      headers: { authorization: gateway.profile.serverKey },
    });
    expect(await timeline.text()).toContain("The mail server took the e-mail to the shopper.");
  });

  it("tells a shopper nothing of a decline, unless the profile wants it", async () => {
    const before = server.mails.length;
    const customer = { customer_details: { email: "tariq@example.com" } };
    await mailAbout(customer, "4000 0000 0000 3162");
    const mails = await server.received(before + 1);
    expect(mails.at(-1)?.to).toEqual(["orders@shop.example"]);
    expect(mails.at(-1)?.text).toContain("Insufficient funds");
  });

  it("notes on the payment that a mail was given up, with the server's words", async () => {
    server.refuseRecipient = (address) =>
      address === "orders@shop.example" ? { code: 550, text: "no such mailbox" } : undefined;
    const ref = await mailAbout({}, "4111 1111 1111 1111");
    const detail = await untilFound(async () => {
      const { rows } = await gateway.database.pool.query(
        "select detail from transaction_event where tran_ref = $1 and kind = 'mail_given_up'",
        [ref],
      );
      return rows[0]?.detail;
    });
    expect(detail).toMatchObject({
      purpose: "merchant",
      answer: expect.stringMatching(/no such mailbox/),
    });
    server.refuseRecipient = () => undefined;
  });

  it("writes no e-mail with an outcome that comes too late", async () => {
    const ref = await mailAbout({}, "4111 1111 1111 1111");
    const transaction = await findByReference(gateway.database.pool, 45001, ref, {
      asQuery: false,
    });
    if (transaction === undefined) throw new Error("there is no payment");
    const countMails = async () => {
      const { rows } = await gateway.database.pool.query(
        "select count(*)::integer as n from mail where about = $1",
        [ref],
      );
      return rows[0].n;
    };
    const written = await countMails();
    expect(written).toBeGreaterThan(0);
    const again = await complete(gateway.services, transaction, {
      step: "expire",
      actor: "gateway",
      outcome: outcomeWithoutAcquirer("expired", clock.now()),
    });
    expect(again).toEqual({ kind: "moved_on" });
    expect(await countMails()).toBe(written);
  });

  it("sends a test to whom the operator names", async () => {
    const { status, json } = await operate("POST", "/mail/tests", { to: "ops@shop.example" });
    expect(status).toBe(202);
    await until(() => server.mails.some(({ to }) => to.includes("ops@shop.example")));
    const listed = await operate("GET", "/mails?about=mail-test");
    expect(listed.json.mails[0]).toMatchObject({ mail_id: json.mail_id, purpose: "test" });
    expect((await operate("POST", "/mail/tests", { to: "ops" })).status).toBe(400);
  });

  it("counts what it sends", async () => {
    const text = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(text).toMatch(/wasl_mail_attempts_total\{result="sent"\} [1-9]/);
    expect(text).toMatch(/wasl_mail_attempts_total\{result="given_up"\} 1/);
    expect(text).toMatch(/wasl_mails_given_up 1/);
  });
});

/** Waits until there is something, and returns it. */
async function untilFound<Found>(look: () => Promise<Found | undefined>): Promise<Found> {
  let found: Found | undefined;
  await until(async () => (found = await look()) !== undefined);
  return found as Found;
}

it("without a mail server nothing is written, and the operators' API says so", async () => {
  const operatorToken = "an-operators-token-for-tests";
  const clock = new MovingClock();
  const gateway = await startTestGateway({ config: { operatorToken }, clock });
  const operate = (method: string, path: string, body: object) =>
    fetch(`${gateway.url}/operators/profiles/45001${path}`, {
      method,
      headers: { authorization: `Bearer ${operatorToken}` },
      body: JSON.stringify(body),
    });
  const put = await operate("PUT", "/mail", { merchant: { address: "orders@shop.example" } });
  expect(await put.json()).toMatchObject({ sends: false });
  clock.forgetProfiles();
  expect((await gateway.services.profiles.find(45001))?.mail).toBeDefined();
  const { json } = await gateway.call("/payment/request", goodRequest);
  await typeCard(await visit(json.redirect_url), { number: "4111111111111111", code: "123" });
  const { rows } = await gateway.database.pool.query("select from mail");
  expect(rows).toEqual([]);
  const test = await operate("POST", "/mail/tests", { to: "ops@shop.example" });
  expect(test.status).toBe(409);
  expect(((await test.json()) as { message: string }).message).toContain("WASL_SMTP_URL");
  await gateway.stop();
});

it.each([
  [{ WASL_SMTP_URL: "smtp://mail.example" }, /WASL_MAIL_FROM is needed with WASL_SMTP_URL/],
  [{ WASL_SMTP_URL: "http://mail.example" }, /WASL_SMTP_URL must be an smtp/],
  [{ WASL_SMTP_URL: "smtp://mail.example/?pool=true" }, /WASL_SMTP_URL must be like/],
  [{ WASL_SMTP_URL: "smtp://%zz@mail.example" }, /WASL_SMTP_URL must be like/],
  [{ WASL_MAIL_FROM: "Wasl" }, /WASL_MAIL_FROM must be an address/],
  [{ WASL_SMTP_TLS: "maybe" }, /WASL_SMTP_TLS/],
])("refuses the settings %j", (environment, message) => {
  expect(() => readConfig(environment)).toThrow(message);
});
