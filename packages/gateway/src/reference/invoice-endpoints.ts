import { z } from "zod";
import { linkSchema } from "../invoices/create-link.ts";
import { markPaidSchema } from "../invoices/mark-paid.ts";
import { smsSchema } from "../invoices/send-sms.ts";
import { wholeNumber } from "../payment-requests/fields.ts";
import { invoiceObjectSchema } from "../payment-requests/invoice-object.ts";
import { pageOptionsSchema } from "../payment-requests/page-options.ts";
import { pageRequestSchema } from "../payment-requests/page-request.ts";
import type { Endpoint, ReplyForm, RequestForm } from "./endpoint.ts";
import { cart, customer } from "./examples.ts";
import {
  invoiceCancelled,
  invoiceCreated,
  invoicePaid,
  invoiceStatusReply,
  linkCreated,
} from "./invoice-replies.ts";

/** The code reads it by hand, as a number or its digits; the largest is PostgreSQL's integer. */
const invoiceIdSchema = z.object({ invoice_id: wholeNumber(1, 2_147_483_647) });

const byKey = ["profile_id"];

const getNote = "A GET has no body: its key names the profile.";

const query: RequestForm = {
  name: "InvoiceQuery",
  area: "/payment/invoice",
  schemas: [invoiceIdSchema],
  optional: byKey,
  example: { invoice_id: 1207 },
};

const status: Pick<Endpoint, "summary" | "replies" | "errors"> = {
  summary: "Ask how an invoice stands",
  replies: [
    {
      name: "InvoiceStatus",
      schema: invoiceStatusReply,
      example: {
        invoice_status: "paid",
        tran_ref: "TST2609100000101",
        tran_status: "A",
        tran_status_msg: "Authorised",
      },
    },
  ],
  errors: ["INVOICE_NOT_FOUND"],
};

const cancelled: ReplyForm = {
  name: "InvoiceCancelled",
  schema: invoiceCancelled,
  example: { code: 0, message: "Invoice cancelled", trace: "PMNT0101.69CD0A1D.0000C001" },
};

const cancel: Pick<Endpoint, "summary" | "description" | "replies" | "errors"> = {
  summary: "Cancel an invoice",
  description:
    "One that is not paid; a payment whose page is merely open ends with it. Cancelling twice is as once.",
  replies: [cancelled],
  errors: ["INVOICE_NOT_FOUND", "INVOICE_PAID", "INVOICE_BUSY"],
};

const create: Endpoint = {
  path: "/payment/invoice/new",
  summary: "Create an invoice",
  description:
    "A page's request with the object invoice; whoever opens invoice_link can pay it, once. Its line " +
    "items are checked by arithmetic against cart_amount.",
  requests: [
    {
      name: "InvoiceRequest",
      area: "/payment/invoice/new",
      schemas: [pageRequestSchema, pageOptionsSchema, z.object({ invoice: invoiceObjectSchema })],
      required: ["cart_amount"],
      example: {
        profile_id: 45_001,
        tran_type: "sale",
        tran_class: "ecom",
        ...cart,
        cart_amount: 88,
        customer_details: customer,
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
      },
    },
  ],
  replies: [
    {
      name: "InvoiceCreated",
      schema: invoiceCreated,
      example: {
        invoice_id: 1207,
        invoice_link: `http://127.0.0.1:4400/payment/request/invoice/1207/${"5A1B3C4D".repeat(4)}`,
        trace_code: "PMNT0101.69CD0A1D.0000C001",
      },
    },
  ],
  errors: ["TOO_MANY_REQUESTS", "NOT_SUPPORTED", "CURRENCY_NOT_ENABLED", "INVOICE_EXPIRED"],
};

/** Invoices and payment links. */
export const invoiceEndpoints: readonly Endpoint[] = [
  create,
  { ...create, path: "/payment/new/invoice", description: "As /payment/invoice/new." },
  {
    ...status,
    path: "/payment/invoice/status",
    description: "A paid one names its payment.",
    requests: [query],
  },
  {
    ...status,
    path: "/payment/invoice/:id/status",
    method: "get",
    description: `As /payment/invoice/status. ${getNote}`,
    requests: [],
  },
  { ...cancel, path: "/payment/invoice/cancel", requests: [query] },
  {
    ...cancel,
    path: "/payment/invoice/:id/cancel",
    method: "put",
    requests: [
      {
        name: "InvoiceProfile",
        area: "/payment/invoice",
        schemas: [],
        optional: byKey,
        example: { profile_id: 45_001 },
      },
    ],
    bodyOptional: true,
  },
  {
    path: "/payment/invoice/paid",
    summary: "Mark an invoice as paid",
    description: "It was paid elsewhere: writes a payment, authorised at once, with a Callback.",
    requests: [
      {
        name: "InvoicePayment",
        area: "/payment/invoice/paid",
        schemas: [invoiceIdSchema, markPaidSchema],
        required: ["invoice_total"],
        optional: byKey,
        example: {
          invoice_id: 1207,
          invoice_currency: "SAR",
          invoice_total: 88,
          pay_method: "cheque",
          pay_description: "Cheque 4711",
        },
      },
    ],
    replies: [
      {
        name: "InvoicePaid",
        schema: invoicePaid,
        example: {
          profile_id: 45_001,
          invoice_id: 1207,
          invoice_currency: "SAR",
          invoice_total: "88.00",
          pay_method: "Cheque",
          pay_description: "Cheque 4711",
          tran_ref: "TST2609100000101",
        },
      },
    ],
    errors: ["INVOICE_NOT_FOUND", "INVOICE_PAID", "INVOICE_CANCELLED", "INVOICE_BUSY"],
  },
  {
    path: "/payment/invoice/:id/sms",
    summary: "Send an invoice by SMS",
    description: "Always refused: there is no SMS provider. The request is judged all the same.",
    requests: [
      {
        name: "InvoiceSms",
        area: "/payment/invoice/:id/sms",
        schemas: [smsSchema],
        optional: byKey,
        example: { customer_details: { phone: "+966500000001" } },
      },
    ],
    replies: [],
    errors: ["INVOICE_NOT_FOUND", "SMS_NOT_OFFERED"],
  },
  {
    path: "/payment/link/create",
    summary: "Create a payment link",
    description: "Everybody who opens link_url can pay, each time anew.",
    requests: [
      {
        name: "LinkRequest",
        area: "/payment/link/create",
        schemas: [pageRequestSchema, pageOptionsSchema, linkSchema],
        required: ["cart_amount"],
        optional: ["tran_type", "cart_id", "cart_description"],
        example: {
          profile_id: 45_001,
          link_title: "Spring lesson",
          cart_currency: "SAR",
          cart_amount: 120,
        },
      },
    ],
    replies: [
      {
        name: "LinkCreated",
        schema: linkCreated,
        example: {
          link_id: 31,
          link_url: `http://127.0.0.1:4400/payment/link/31/${"5A1B3C4D".repeat(4)}`,
          trace: "PMNT0101.69CD0A1D.0000C001",
        },
      },
    ],
    errors: ["TOO_MANY_REQUESTS", "NOT_SUPPORTED", "CURRENCY_NOT_ENABLED", "LINK_EXPIRED"],
  },
];
