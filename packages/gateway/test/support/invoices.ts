import { checkDocumented } from "./documented.ts";
import type { TestGateway } from "./gateway.ts";

/** An invoice that is in order; tests change what they are about. */
export const goodInvoice = {
  tran_type: "sale",
  tran_class: "ecom",
  cart_id: "inv-01",
  cart_description: "Spring order",
  cart_currency: "SAR",
  cart_amount: 88,
  invoice: {
    line_items: [
      {
        sku: "novel",
        description: "A novel",
        unit_cost: 50,
        quantity: 2,
        net_total: 100,
        discount_rate: 20,
        discount_amount: 20,
        tax_rate: 10,
        tax_total: 8,
        total: 88,
      },
    ],
  },
};

export interface CreatedInvoice {
  readonly invoice_id: number;
  readonly invoice_link: string;
}

export async function createInvoice(
  gateway: TestGateway,
  changes: object = {},
  dates: object = {},
): Promise<CreatedInvoice> {
  const invoice = { ...goodInvoice.invoice, ...dates };
  const { json } = await gateway.call("/payment/invoice/new", {
    ...goodInvoice,
    invoice,
    ...changes,
  });
  if (typeof json.invoice_link !== "string") throw new Error(JSON.stringify(json));
  return json;
}

/** A call with no more than the key, as a GET is. */
export async function callByKey(
  gateway: TestGateway,
  method: "GET" | "PUT",
  path: string,
  key = gateway.profile.serverKey,
) {
  const reply = await fetch(`${gateway.url}${path}`, { method, headers: { authorization: key } });
  const json: unknown = await reply.json();
  checkDocumented(path, reply.status, json, method === "GET" ? "get" : "put");
  return { status: reply.status, json: json as Record<string, unknown> };
}

export async function statusOf(gateway: TestGateway, invoiceId: number) {
  return (await callByKey(gateway, "GET", `/payment/invoice/${invoiceId}/status`)).json;
}
