import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { complete } from "../../src/transactions/complete.ts";
import { inquire } from "../../src/transactions/inquire.ts";
import { findByReference } from "../../src/transactions/transactions-store.ts";
import { until } from "../support/dispatching.ts";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";
import {
  chooseMethod,
  decideAtProvider,
  type Page,
  passChallenge,
  Shop,
  typeCard,
  visit,
} from "../support/stranger.ts";

// Shoppers at another page: what becomes of those who do not come back, or come back too early.
let gateway: TestGateway;
let shop: Shop;
let carts = 0;

beforeAll(async () => {
  gateway = await startTestGateway();
  shop = await new Shop().open();
});

afterAll(async () => {
  await gateway.stop();
  await shop.close();
});

interface Place {
  readonly name: string;
  readonly changes: object;
  readonly go: (page: Page) => Promise<Page>;
  readonly approve: (page: Page) => Promise<Page>;
  /** What the browser sends to approve. */
  readonly approval: Record<string, string>;
  /** The line of history that leads there, and what is told when the time there is over. */
  readonly sent: string;
  readonly over: string;
  /** Longer than anybody may stay there. */
  readonly minutes: number;
}

const places: readonly Place[] = [
  {
    name: "a provider",
    changes: { payment_methods: ["stcpayqr"] },
    go: chooseMethod("stcpayqr"),
    approve: decideAtProvider("approve"),
    approval: { decision: "approve" },
    sent: "sent_to_provider",
    over: "355",
    minutes: 16,
  },
  {
    name: "the issuer",
    changes: {},
    go: (page) => typeCard(page, { number: "4000000000000002", code: "123" }),
    approve: passChallenge("approve"),
    approval: { decision: "approve", otp: "" },
    sent: "challenged",
    over: "345",
    minutes: 6,
  },
];

const sql = (text: string, values: unknown[] = []) => gateway.database.pool.query(text, values);

/** A payment whose shopper is at the other page. */
async function at({ changes, go }: Place) {
  carts += 1;
  const cart = `away-${carts}`;
  const { json } = await gateway.call("/payment/request", {
    ...goodRequest,
    cart_id: cart,
    callback: `${shop.url}/callback/${cart}`,
    ...changes,
  });
  const ref = String(json.tran_ref);
  const other = await go(await visit(json.redirect_url));
  expect((await stored(ref)).state).toBe("challenging");
  const told = async () =>
    JSON.parse((await shop.waitFor(`/callback/${cart}`, 20_000)).body.toString()).payment_result;
  return { ref, url: String(json.redirect_url), other, told };
}

/** Approves there, and closes the browser. */
async function approveAndStayAway({ approval }: Place, other: Page): Promise<void> {
  const form = other.forms.find(({ buttons }) => buttons.some(({ value }) => value === "approve"));
  const action = form?.action ?? "";
  const body = new URLSearchParams(approval);
  const reply = await fetch(action, { method: "POST", body, redirect: "manual" });
  expect(reply.headers.get("location")).toContain("/back");
}

async function stored(ref: string) {
  const { pool } = gateway.services;
  const found = await findByReference(pool, gateway.profile.profileId, ref, { asQuery: false });
  if (found === undefined) throw new Error(`no ${ref}`);
  return found;
}

/** How soon the acquirer is asked, in seconds. */
async function dueInS(ref: string): Promise<number> {
  const { rows } = await sql(
    "select extract(epoch from due_at - now())::float8 as s from transaction where tran_ref = $1",
    [ref],
  );
  return rows[0].s;
}

const dueNow = (ref: string) =>
  sql("update transaction set due_at = now() where tran_ref = $1", [ref]);

const leftFor = (ref: string, minutes: number) =>
  sql(
    `update transaction set due_at = now(),
       challenged_at = now() - make_interval(secs => $2::float8 * 60)
     where tran_ref = $1`,
    [ref, minutes],
  );

async function eventsOf(ref: string): Promise<string[]> {
  const { rows } = await sql(
    "select kind from transaction_event where tran_ref = $1 order by event_id",
    [ref],
  );
  return rows.map(({ kind }) => kind);
}

/** The acquirer says nothing about this payment until it is told to speak; `asked` counts. */
async function silence(ref: string) {
  const { acquirer } = gateway.services;
  const truly = acquirer.inquire.bind(acquirer);
  const { acquirerRequest } = await stored(ref);
  let asked = 0;
  const spy = vi.spyOn(acquirer, "inquire").mockImplementation((inquiry) => {
    if (inquiry.requestId !== acquirerRequest) return truly(inquiry);
    asked += 1;
    return Promise.resolve({ kind: "unknown" });
  });
  return { asked: () => asked, speak: () => spy.mockRestore() };
}

describe.each(places)("at $name", (place) => {
  test("who pays and does not come back has paid, and the shop learns of it soon", async () => {
    const { ref, other, told } = await at(place);
    await approveAndStayAway(place, other);
    expect(await dueInS(ref)).toBeLessThanOrEqual(30);
    await dueNow(ref);
    expect((await told()).response_status).toBe("A");
  });

  test("who comes back during an outage is not forgotten", async () => {
    const { ref, other, told } = await at(place);
    await sql(`create function outage() returns trigger language plpgsql
      as $$ begin raise exception 'outage' using errcode = '57P01'; end $$`);
    await sql(`create trigger outage before update on transaction for each row
      when (new.state = 'completed' and new.tran_ref = '${ref}') execute function outage()`);
    expect((await place.approve(other)).status).toBeGreaterThanOrEqual(500);
    await sql("drop function outage cascade");
    expect(await dueInS(ref)).toBeLessThanOrEqual(60);
    await dueNow(ref);
    expect((await told()).response_status).toBe("A");
  });

  test("who is still there stays, is asked about ever more seldom, and fills no history", async () => {
    const { ref, url, other, told } = await at(place);
    expect(await dueInS(ref)).toBeLessThanOrEqual(30);
    await dueNow(ref);
    // While it is asked about it is held for longer.
    await until(async () => (await dueInS(ref)) > 10 && (await dueInS(ref)) <= 20);
    await leftFor(ref, place.minutes - 2);
    await until(async () => (await dueInS(ref)) > 40 && (await dueInS(ref)) <= 60);
    expect((await visit(url)).url).toBe(other.url);
    expect((await eventsOf(ref)).at(-1)).toBe(place.sent);
    await place.approve(other);
    expect((await told()).response_status).toBe("A");
  });

  test("is asked about at the end of the time there, and not later", async () => {
    const { ref } = await at(place);
    await leftFor(ref, place.minutes - 1 - 10 / 60);
    await expect.poll(() => dueInS(ref)).toBeGreaterThan(0);
    await expect.poll(() => dueInS(ref)).toBeLessThanOrEqual(10);
  });

  test("who is there too long is there no more", async () => {
    const { ref, told } = await at(place);
    await leftFor(ref, place.minutes);
    expect((await told()).response_code).toBe(place.over);
  });

  test("two who ask at once hear the same; only another approval is a conflict", async () => {
    const { ref, other } = await at(place);
    await approveAndStayAway(place, other);
    const { services } = gateway;
    const reported = vi.spyOn(services.log, "error");
    const transaction = await stored(ref);
    const ask = () => inquire(services, transaction, { endChallenge: false });
    const results = await Promise.all([ask(), ask()]);
    expect(results.map(({ kind }) => kind).toSorted()).toEqual(["completed", "moved_on"]);
    expect(reported).not.toHaveBeenCalled();
    const { outcome } = await stored(ref);
    if (outcome === undefined) throw new Error("no outcome");
    const approval = { ...outcome, code: "G00000" };
    await complete(services, transaction, { step: "answer", actor: "acquirer", outcome: approval });
    expect(reported).toHaveBeenCalledOnce();
    reported.mockRestore();
  });

  test("an acquirer that keeps silent while they are there does not call them back", async () => {
    const { ref, url, other, told } = await at(place);
    const { asked, speak } = await silence(ref);
    await dueNow(ref);
    await until(async () => asked() === 1 && (await dueInS(ref)) <= 20);
    speak();
    expect((await visit(url)).url).toBe(other.url);
    expect((await eventsOf(ref)).at(-1)).toBe(place.sent);
    await place.approve(other);
    expect((await told()).response_status).toBe("A");
  });

  test("silence when they look back too early costs nobody the payment", async () => {
    const { ref, url, other, told } = await at(place);
    const { speak } = await silence(ref);
    expect((await visit(`${url}/back`)).html).toContain("Checking with your bank");
    speak();
    await until(async () => (await stored(ref)).state !== "authorising");
    expect((await stored(ref)).state).toBe("challenging");
    expect((await visit(`${url}/result`)).url).toBe(other.url);
    expect((await eventsOf(ref)).slice(-2)).toEqual(["unanswered", "still_away"]);
    await place.approve(other);
    expect((await told()).response_status).toBe("A");
  });

  test("after such a silence their time there is no longer than it was", async () => {
    const { ref, url, told } = await at(place);
    const { speak } = await silence(ref);
    await visit(`${url}/back`);
    await leftFor(ref, place.minutes);
    speak();
    expect((await told()).response_code).toBe(place.over);
  });
});
