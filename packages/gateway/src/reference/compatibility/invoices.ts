import type { Area, Row } from "./row.ts";

const profile: Row = [
  "profile_id",
  "1.3",
  "done",
  "the profile; may be left out, the key names it",
  "given, it must be the key's",
];

const invoiceId: Row = ["invoice_id", "10.4", "done", "the invoice, a number or its digits"];

const requests: readonly Area[] = [
  {
    name: "/payment/invoice/new",
    title: "Members of `/payment/invoice/new`, beside those of `/payment/request`",
    members: true,
    besides: "/payment/request",
    rows: [
      ["invoice", "2.5", "done", "what the invoice consists of"],
      [
        "invoice.{shipping_charges,extra_charges,extra_discount}",
        "2.5",
        "done",
        "what is added to the line items or taken off",
      ],
      [
        "invoice.total",
        "2.5",
        "done",
        "line items + `shipping_charges` + `extra_charges` − `extra_discount`",
        "0, as in published samples, is not given",
      ],
      ["invoice.lang", "2.5", "done", "the page's language", "goes before `paypage_lang`"],
      [
        "invoice.{activation_date,expiry_date}",
        "2.5",
        "done",
        "nothing can be paid before or after; ISO 8601 with an offset",
        "a payment begun before may be finished",
      ],
      ["invoice.due_date", "2.5", "done", "overdue after it, and still payable"],
      [
        "invoice.disable_edit",
        "2.5",
        "done",
        "the shopper cannot change the invoice",
        "accepted; nobody ever can",
      ],
      ["invoice.line_items", "2.5", "done", "the lines, 1 to 100"],
      [
        "invoice.line_items.{sku,description}",
        "2.5",
        "done",
        "what the line is, at most 255 characters",
      ],
      ["invoice.line_items.url", "2.5", "done", "begins with http:// or https://"],
      [
        "invoice.line_items.{unit_cost,quantity,discount_rate,tax_rate}",
        "2.5",
        "done",
        "numbers with up to six decimals",
        "a missing `quantity` is 1; a rate of 0 beside an amount says nothing",
      ],
      [
        "invoice.line_items.{net_total,discount_amount,tax_total,total}",
        "2.5",
        "done",
        "amounts with the currency's decimals",
        "what is left out is computed; a `total` alone is taken as it is",
      ],
    ],
  },
  {
    name: "/payment/invoice",
    title: "Members of `/payment/invoice/{status,cancel}`",
    members: true,
    rows: [profile, invoiceId],
  },
  {
    name: "/payment/invoice/paid",
    title: "Members of `/payment/invoice/paid`",
    members: true,
    rows: [
      profile,
      invoiceId,
      ["invoice_currency", "10.4", "done", "must be the invoice's"],
      ["invoice_total", "10.4", "done", "must be the invoice's"],
      ["pay_method", "10.4", "done", "cash, cheque, banktransfer or pointofsale"],
      ["pay_description", "10.4", "done", "in words, at most 255 characters"],
    ],
  },
  {
    name: "/payment/invoice/:id/sms",
    title: "Members of `/payment/invoice/:id/sms`",
    members: true,
    rows: [
      profile,
      ["customer_details", "1.3", "done", "whom to send it to"],
      ["customer_details.phone", "1.3", "done", "the number", "it is judged, and nothing is sent"],
    ],
  },
  {
    name: "/payment/link/create",
    title: "Members of `/payment/link/create`, beside those of `/payment/request`",
    members: true,
    besides: "/payment/request",
    rows: [
      ["link_title", "1.3", "done", "what is paid for, at most 128 characters"],
      ["expiry_date", "1.3", "done", "nobody can pay after; ISO 8601 with an offset"],
    ],
  },
];

const replies: readonly Area[] = [
  {
    name: "InvoiceCreated",
    title: "Reply: an invoice was created",
    members: true,
    rows: [
      ["invoice_id", "10.4", "done", "the invoice, a number"],
      ["invoice_link", "10.4", "done", "the shopper's page"],
      ["trace_code", "10.4", "done", "names this reply: give it when you ask for help"],
    ],
  },
  {
    name: "InvoiceStatus",
    title: "Reply: how an invoice stands",
    members: true,
    rows: [
      ["invoice_status", "10.4", "done", "pending, overdue, expired, paid or cancelled"],
      ["tran_ref", "10.4", "done", "the payment of a paid one"],
      [
        "{tran_status,tran_status_msg}",
        "10.4",
        "done",
        "its letter, and what its code means; V once all of it was voided or released",
      ],
    ],
  },
  {
    name: "InvoiceCancelled",
    title: "Reply: an invoice was cancelled",
    members: true,
    rows: [
      ["code", "10.4", "done", "always 0"],
      ["message", "10.4", "done", "what was done, in words"],
      ["trace", "10.4", "done", "names this reply"],
    ],
  },
  {
    name: "InvoicePaid",
    title: "Reply: an invoice was marked as paid",
    members: true,
    rows: [
      ["profile_id", "10.4", "done", "the profile, a number"],
      ["invoice_id", "10.4", "done", "the invoice, a number"],
      ["invoice_currency", "10.4", "done", "the invoice's"],
      ["invoice_total", "10.4", "done", "text with the currency's decimals"],
      ["pay_method", "10.4", "done", "Cash, Cheque, Bank Transfer or Point of Sale"],
      ["pay_description", "10.4", "done", "as it was sent"],
      ["tran_ref", "10.4", "done", "the payment that was written"],
    ],
  },
  {
    name: "LinkCreated",
    title: "Reply: a payment link was created",
    members: true,
    rows: [
      ["link_id", "1.3", "done", "the link, a number"],
      ["link_url", "1.3", "done", "its page: `/payment/link/{id}/{32 hex}`"],
      ["trace", "1.3", "done", "names this reply"],
    ],
  },
];

const rules: Area = {
  name: "invoices",
  title: "Invoices and payment links",
  rows: [
    [
      "the profile",
      "1.2",
      "done",
      "a GET has only its key; other calls of an existing invoice may name it",
      "the key is found by its SHA-256 in an index",
    ],
    [
      "arithmetic of a line item",
      "2.5",
      "done",
      "`net_total` = `unit_cost` × `quantity` (before discount), `discount_amount` = `discount_rate` % of it, `tax_total` = `tax_rate` % of the rest, `total` = `net_total` − `discount_amount` + `tax_total`",
      "products may be rounded either way to a minor unit, sums are exact; the error names the member and what it should be",
    ],
    ["`cart_amount`", "10.4", "done", "must be the invoice's total"],
    [
      "`paypage_ttl`",
      "10.4",
      "done",
      "the life of each payment page made from the invoice or link",
      "the invoice's own end is `expiry_date`",
    ],
    [
      "statuses",
      "10.4",
      "done",
      "`pending`, `overdue`, `expired`, `paid`, `cancelled`",
      "`failed` is never said: a failed payment leaves it payable; after a void it stays `paid` with `tran_status` V; after a refund too, with A: Query tells what was refunded",
    ],
    [
      "one payment at a time",
      "10.4",
      "done",
      "a payment holds its invoice until it has ended; whoever presses Pay meanwhile is led to it",
      "so there is never a second authorisation; H and P go on holding it, H until the merchant cancels it or marks it as paid",
    ],
    [
      "cancel",
      "10.4",
      "done",
      "a payment whose page is merely open ends with C/321; repeating it succeeds",
      "while the bank is asked, or a bill is awaited, 409 with code 2; a held payment (H) stays held without it",
    ],
    [
      "mark as paid",
      "10.4",
      "done",
      "a payment of its own: code `000`, channel `Transaction API`, with a Callback",
      "an expired invoice may be marked",
    ],
    [
      "SADAD direct bill",
      "10.4",
      "not offered",
      "a bill as the reply of a call: `biller_id`, `sadad_number`, `expire_date`",
      "no published client calls it; the page gives the bill's number",
    ],
    ["SMS", "10.4", "not offered", "sends the link", "refused with code 2: there is no provider"],
    [
      "an unfit member",
      "10.4",
      "done",
      "`card_details`, `payment_token`, `apple_pay_token`, `token`, `tran_ref` are refused with 112",
      "the shopper pays later",
    ],
    [
      "payment link, request",
      "1.3",
      "done",
      "`link_title`, `cart_currency` and `cart_amount` are required; every member of a page's request may be given",
      "defaults: `tran_type` sale, `cart_description` the title, `cart_id` `link-{link_id}`",
    ],
    [
      "payment link, page",
      "1.3",
      "done",
      "opening it makes nothing; each press of Pay makes a payment, a double click one",
    ],
    [
      "payments begun without a key",
      "1.3",
      "done",
      "at most 120 a minute from one link or invoice, 600 from all links and 600 from all invoices of a profile, and 30 each by one client",
      "PT2 names no bound; a page with HTTP 429 asks to try again in a minute. `requests_per_minute`, where it is more, raises all of them; clients that the internet does not reach are not counted by themselves",
    ],
  ],
};

export const invoiceAreas: readonly Area[] = [...requests, ...replies, rules];
