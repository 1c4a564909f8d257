import { afterAll, beforeAll, expect, test } from "vitest";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";
import { type MailServer, startMailServer } from "../support/mail-server.ts";

let gateway: TestGateway;
let server: MailServer;

beforeAll(async () => {
  server = await startMailServer();
  gateway = await startTestGateway({
    config: {
      smtpUrl: `smtp://127.0.0.1:${server.port}`,

      mailFrom: "pay@wasl.example",
    },
  });
});

afterAll(async () => {
  await gateway.stop();
  await server.close();
});

const customer = { customer_details: { name: "Sara Ali", email: "sara@example.com" } };

test("an invoice and a payment link are sent to the shopper, in the page's language", async () => {
  const { json: invoice } = await gateway.call("/payment/invoice/new", {
    ...goodRequest,
    ...customer,
    cart_id: "mailed-1",
    invoice: { lang: "ar", line_items: [{ description: "Books", total: 500 }] },
  });
  const { json: link } = await gateway.call("/payment/link/create", {
    ...customer,
    link_title: "Membership",
    cart_currency: "SAR",
    cart_amount: 50,
  });
  const mails = await server.received(2);
  const about = (text: string) => mails.find((mail) => mail.text.includes(text));
  expect(about(invoice.invoice_link)).toMatchObject({ to: ["sara@example.com"] });
  expect(about(invoice.invoice_link)?.html).toContain('dir="rtl"');
  expect(about(link.link_url)?.headers.get("subject")).toContain("Membership");
});

test("without an address, or with one that is none, nothing is sent and nothing fails", async () => {
  const before = server.mails.length;
  for (const email of [undefined, "not an address", "a@b.example\r\nBcc: x@y.example"]) {
    const { status } = await gateway.call("/payment/link/create", {
      customer_details: { email: email?.replaceAll(/[\r\n]/g, " ") },
      link_title: "Membership",
      cart_currency: "SAR",
      cart_amount: 50,
    });
    expect(status).toBe(200);
  }
  const { rows } = await gateway.database.pool.query("select count(*)::int as n from mail");
  expect(rows[0].n).toBe(before);
});
