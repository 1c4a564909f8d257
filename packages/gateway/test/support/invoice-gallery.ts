import type { PageFrame } from "../../src/http/look/document.ts";
import { invoicePage } from "../../src/invoices/templates/invoice.ts";
import { paymentLinkPage } from "../../src/invoices/templates/payment-link.ts";
import type { InvoiceView, LinkView } from "../../src/invoices/views.ts";

const words = {
  en: {
    shop: "Qamar Books",
    customer: "Sara Ali",
    order: "Books for the school library",
    items: ["Two novels and a notebook", "A map of the Arabian peninsula"],
  },
  ar: {
    shop: "مكتبة قمر",
    customer: "سارة علي",
    order: "كتب لمكتبة المدرسة",
    items: ["روايتان ودفتر", "خريطة شبه الجزيرة العربية"],
  },
} as const;

const zone = "UTC";

const dates = {
  en: { due: "30 Nov 2026, 20:00", expiry: "31 Dec 2026, 20:00", paid: "23 Nov 2026, 14:31" },
  ar: {
    due: "30 نوفمبر 2026، 20:00",
    expiry: "31 ديسمبر 2026، 20:00",
    paid: "23 نوفمبر 2026، 14:31",
  },
} as const;

function invoice(frame: PageFrame, more: Partial<InvoiceView>): string {
  const { shop, customer, order, items } = words[frame.language];
  const { due, expiry } = dates[frame.language];
  return invoicePage({
    ...frame,
    stage: "payable",
    merchantName: shop,
    number: "5829212",
    cartId: "inv-2026-117",
    description: order,
    customerName: customer,
    amount: { decimal: "1218.50", currency: "SAR" },
    content: {
      lines: [
        {
          description: items[0],
          url: "https://shop.example/novels",
          quantity: "20",
          unitCost: "50.00",
          discount: "100.00",
          tax: "135.00",
          taxRate: "15",
          total: "1035.00",
        },
        { description: items[1], quantity: "1", unitCost: "150.00", total: "150.00" },
      ],
      subtotal: "1150.00",
      discount: "100.00",
      tax: "135.00",
      shipping: "35.00",
      extraDiscount: "1.50",
      total: "1218.50",
    },
    activatesAt: null,
    dueAt: { iso: "2026-11-30T20:00:00.000Z", text: due },
    expiresAt: { iso: "2026-12-31T20:00:00.000Z", text: expiry },
    zone,
    payPath: "/payment/request/invoice/1/A",
    receipt: null,
    ...more,
  });
}

function link(frame: PageFrame, more: Partial<LinkView>): string {
  const { shop, items, order } = words[frame.language];
  return paymentLinkPage({
    ...frame,
    expired: false,
    merchantName: shop,
    title: items[0],
    description: order,
    amount: { decimal: "115.00", currency: "SAR" },
    expiresAt: { iso: "2026-12-31T20:00:00.000Z", text: dates[frame.language].expiry },
    zone,
    payPath: "/payment/link/1/A",
    once: "0".repeat(32),
    ...more,
  });
}

const long = "W".repeat(120);

/** Every state of an invoice and of a payment link. */
export const invoiceDraws: Readonly<Record<string, (frame: PageFrame) => string>> = {
  invoice: (frame) => invoice(frame, {}),
  "invoice-overdue": (frame) => invoice(frame, { stage: "overdue" }),
  "invoice-not-active": (frame) =>
    invoice(frame, {
      stage: "not_active",
      activatesAt: { iso: "2026-11-30T20:00:00.000Z", text: dates[frame.language].due },
    }),
  "invoice-under-way": (frame) => invoice(frame, { stage: "under_way" }),
  "invoice-checking": (frame) => invoice(frame, { stage: "checking" }),
  "invoice-paid": (frame) =>
    invoice(frame, {
      stage: "paid",
      receipt: {
        tranRef: "TST2632700000101",
        paidAt: { iso: "2026-11-23T14:31:00.000Z", text: dates[frame.language].paid },
        paidBy: { card: "4111 11## #### 1111" },
      },
    }),
  "invoice-cancelled": (frame) => invoice(frame, { stage: "cancelled" }),
  "invoice-expired": (frame) => invoice(frame, { stage: "expired" }),
  "invoice-long-words": (frame) =>
    invoice(frame, {
      customerName: long,
      description: long,
      cartId: "W".repeat(64),
      amount: { decimal: "1234567.125", currency: "KWD" },
      content: {
        lines: [
          {
            sku: long,
            quantity: "1000.5",
            unitCost: "123456789.123456",
            total: "1234567.125",
          },
        ],
        total: "1234567.125",
      },
    }),
  "payment-link": (frame) => link(frame, {}),
  "payment-link-ended": (frame) => link(frame, { expired: true }),
};
