import { afterAll, beforeAll, expect, test } from "vitest";
import type { Acquirer, InquiryAnswer } from "../../src/acquirers/acquirer.ts";
import { startDuePayments } from "../../src/transactions/due-payments.ts";
import { until } from "../support/dispatching.ts";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";

// A node that serves only: the job of this test is the only one that looks for what is due.
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({ config: { role: "api" } });
});

afterAll(() => gateway.stop());

const sql = (text: string, values: unknown[] = []) => gateway.database.pool.query(text, values);

/** Payments about which the acquirer is to be asked now. */
async function asked(count: number): Promise<string[]> {
  const refs: string[] = [];
  for (let made = 0; made < count; made += 1) {
    const { json } = await gateway.call("/payment/request", goodRequest);
    refs.push(json.tran_ref);
  }
  await sql(
    `update transaction set state = 'authorising', acquirer = 'simulator', due_at = now(),
      acquirer_request = gen_random_uuid() where tran_ref = any($1)`,
    [refs],
  );
  return refs;
}

const stateOf = async (ref: string) =>
  (await sql("select state from transaction where tran_ref = $1", [ref])).rows[0].state;

/** The simulator, which keeps silent about these requests until it is told to answer. */
function silentAbout(requests: Set<string>) {
  const { acquirer } = gateway.services;
  const { promise, resolve } = Promise.withResolvers<InquiryAnswer>();
  const waiting = new Set<string>();
  const silent: Acquirer = {
    ...acquirer,
    inquire(inquiry) {
      if (!requests.has(inquiry.requestId)) return acquirer.inquire(inquiry);
      waiting.add(inquiry.requestId);
      return promise;
    },
  };
  return { silent, waiting, answer: () => resolve({ kind: "unknown" }) };
}

test("a silent acquirer is asked about many at once, and keeps nothing else waiting", async () => {
  const refs = await asked(120);
  const { rows } = await sql(
    "select acquirer_request as request from transaction where tran_ref = any($1)",
    [refs],
  );
  const { silent, waiting, answer } = silentAbout(new Set(rows.map(({ request }) => request)));
  const stop = startDuePayments({ ...gateway.services, acquirer: silent });
  await until(() => waiting.size === 100);
  // A page whose time is up needs no acquirer.
  const { json: page } = await gateway.call("/payment/request", goodRequest);
  await sql("update transaction set due_at = now(), expires_at = now() where tran_ref = $1", [
    page.tran_ref,
  ]);
  await until(async () => (await stateOf(page.tran_ref)) === "completed");
  expect(waiting.size).toBe(100);
  answer();
  await until(() => waiting.size === 120);
  await stop();
});

test("while one question waits for its answer, others are asked and answered", async () => {
  const [first = ""] = await asked(1);
  const { rows } = await sql(
    "select acquirer_request as request from transaction where tran_ref = $1",
    [first],
  );
  const { silent, waiting, answer } = silentAbout(new Set([rows[0].request]));
  const stop = startDuePayments({ ...gateway.services, acquirer: silent });
  await until(() => waiting.size === 1);
  const [second = ""] = await asked(1);
  await until(async () => (await stateOf(second)) === "completed", 5000);
  expect(await stateOf(first)).toBe("authorising");
  answer();
  await stop();
});

test("shoppers at another page, however many, keep no answer waiting", async () => {
  const away = await asked(120);
  const { rows } = await sql(
    `update transaction set state = 'challenging', challenge_url = 'http://127.0.0.1/'
     where tran_ref = any($1) returning acquirer_request as request`,
    [away],
  );
  const { silent, waiting, answer } = silentAbout(new Set(rows.map(({ request }) => request)));
  const stop = startDuePayments({ ...gateway.services, acquirer: silent });
  await until(() => waiting.size >= 50);
  const [ref = ""] = await asked(1);
  await until(async () => (await stateOf(ref)) === "completed", 5000);
  expect(waiting.size).toBeLessThanOrEqual(50);
  answer();
  await until(() => waiting.size === 120);
  await stop();
});
