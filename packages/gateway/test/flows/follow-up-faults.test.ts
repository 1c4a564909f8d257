import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../support/dispatching.ts";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";
import { createInvoice } from "../support/invoices.ts";
import { typeCard, visit } from "../support/stranger.ts";

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});

afterAll(() => gateway.stop());

const sql = (text: string, values: unknown[] = []) => gateway.database.pool.query(text, values);

const followUp = (tranType: string, tranRef: string, amount: number) =>
  gateway.call("/payment/request", {
    tran_type: tranType,
    tran_class: "ecom",
    tran_ref: tranRef,
    cart_id: "part-1",
    cart_description: "some of it",
    cart_currency: "SAR",
    cart_amount: amount,
  });

async function refundedOf(tranRef: string): Promise<number> {
  const { rows } = await sql(
    "select refunded_minor::int as refunded from transaction where tran_ref = $1",
    [tranRef],
  );
  return rows[0].refunded;
}

/** What the timeline of a payment says of its refund. */
async function refundLine(tranRef: string): Promise<string | undefined> {
  const reply = await fetch(`${gateway.url}/sandbox/transactions/${tranRef}/timeline`, {
    headers: { authorization: gateway.profile.serverKey },
  });
  const { entries } = (await reply.json()) as { entries: { kind: string; text: string }[] };
  return entries.find(({ kind }) => kind === "followed_up")?.text;
}

test("a refund whose outcome cannot be written is pending, and is carried out once", async () => {
  const { json: page } = await gateway.call("/payment/request", goodRequest);
  await typeCard(await visit(page.redirect_url), { number: "4111 1111 1111 1111", code: "123" });
  await sql(`create function go_away() returns trigger language plpgsql as
    $$ begin raise exception 'shut down' using errcode = '57P01'; end $$`);
  await sql(`create trigger go_away before update on transaction for each row
    when (new.outcome is not null and new.previous_tran_ref is not null)
    execute function go_away()`);
  const { status, json } = await followUp("refund", page.tran_ref, 30);
  await sql("drop trigger go_away on transaction");
  expect([status, json.payment_result.response_status]).toEqual([200, "P"]);
  expect(await refundLine(page.tran_ref)).toContain("SAR 30.00 stays reserved");
  await sql("update transaction set due_at = now() where tran_ref = $1", [json.tran_ref]);
  await until(async () => {
    const query = await gateway.call("/payment/query", { tran_ref: json.tran_ref });
    return query.json.payment_result.response_status === "A";
  });
  expect(await refundedOf(page.tran_ref)).toBe(3000);
  expect(await refundLine(page.tran_ref)).not.toContain("reserved");
});

test.each([
  ["refund", "sale", 322],
  ["capture", "auth", 112],
])("a %s of what was paid elsewhere is refused", async (kind, tranType, code) => {
  const { invoice_id } = await createInvoice(gateway, { tran_type: tranType });
  const { json: marked } = await gateway.call("/payment/invoice/paid", {
    invoice_id,
    pay_method: "cash",
    invoice_currency: "SAR",
    invoice_total: 88,
  });
  const { status, json } = await followUp(kind, marked.tran_ref, 10);
  expect([status, json.message]).toEqual([400, expect.stringContaining("was paid elsewhere")]);
  expect(json.code).toBe(code);
  const { rows } = await sql("select from transaction where previous_tran_ref = $1", [
    marked.tran_ref,
  ]);
  expect(rows).toEqual([]);
  expect(await refundedOf(marked.tran_ref)).toBe(0);
});
