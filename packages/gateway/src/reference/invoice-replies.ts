import { statuses } from "@wasl/protocol";
import { z } from "zod";
import type { InvoiceStatus } from "../invoices/invoice.ts";
import { amount, currency, trace } from "./replies.ts";

// What the calls of invoices and payment links answer with (protocol.md 10.4), like replies.ts.

export const invoiceCreated = z.strictObject({
  invoice_id: z.int(),
  invoice_link: z.url(),
  trace_code: trace,
});

export const invoiceStatusReply = z.strictObject({
  invoice_status: z.enum([
    "pending",
    "overdue",
    "expired",
    "paid",
    "cancelled",
  ] satisfies InvoiceStatus[]),
  tran_ref: z.string().optional(),
  tran_status: z.enum(Object.keys(statuses) as [keyof typeof statuses]).optional(),
  tran_status_msg: z.string().optional(),
});

export const invoiceCancelled = z.strictObject({
  code: z.literal(0),
  message: z.string(),
  trace,
});

export const invoicePaid = z.strictObject({
  profile_id: z.int(),
  invoice_id: z.int(),
  invoice_currency: currency,
  invoice_total: amount,
  pay_method: z.enum(["Cash", "Cheque", "Bank Transfer", "Point of Sale"]),
  pay_description: z.string(),
  tran_ref: z.string(),
});

export const linkCreated = z.strictObject({
  link_id: z.int(),
  link_url: z.url(),
  trace,
});
