import { cardRows } from "./cards.ts";
import { pageRows } from "./page-options.ts";
import type { Area } from "./row.ts";

const contact = "{name,email,phone,street1,city,state,country,zip,ip}";
const ignored = "accepted and ignored";

const request: Area = {
  name: "/payment/request",
  title: "Members of `/payment/request`",
  members: true,
  rows: [
    ["profile_id", "2.1", "done", "the profile, a number or numeric text; must match the key"],
    [
      "tran_type",
      "2.1",
      "done",
      "what to do; in any letter case",
      "`register` verifies the card and holds nothing",
    ],
    [
      "tran_class",
      "2.1",
      "done",
      "who is present: ecom, moto, recurring; may be left out",
      "`moto`: no security code in an own form, no 3-D Secure; `recurring` without a token is refused with 112; of a follow-up any is taken",
    ],
    [
      "cart_id",
      "2.1",
      "done",
      "the merchant's own reference, 1 to 64 characters, echoed",
      '`"0"` is refused: verifiers disagree on a signed field of that value',
    ],
    ["cart_description", "2.1", "done", "what is paid for, at most 128 characters"],
    ["cart_currency", "2.1", "done", "ISO 4217, enabled on the profile, in any letter case"],
    [
      "cart_amount",
      "2.1",
      "done",
      "the amount, a number or decimal text, at least 0.01",
      "decimals are those of ISO 4217: two for SAR, three for KWD, none for JPY; surplus zeros are accepted",
    ],
    ["return", "2.1", "done", "where the shopper's browser comes back, at most 255 characters"],
    ["callback", "2.1", "done", "where the gateway sends the response, at most 255 characters"],
    [
      "return_using_get",
      "2.1",
      "done",
      "the Return comes by GET with its data in the query string",
    ],
    [
      "paypage_lang",
      "2.1",
      "differs",
      "language of the page: en or ar",
      "there are no Turkish words: `tr`, like any other, falls back to the browser's",
    ],
    ["paypage_ttl", "2.1", "done", "minutes the page lives, 20 unless given", "at most a week"],
    [
      "config_id",
      "2.1",
      "done",
      "theme of the page, one of the profile's",
      "an unknown one gives the usual look",
    ],
    [
      "alt_currency",
      "2.1",
      "done",
      "a second currency shown on the page",
      "by the operator's rate (`WASL_ALTERNATIVE_RATES`), never charged; without a rate it is not shown",
    ],
    ["customer_ref", "2.1", "done", "the merchant's own id of the customer, echoed"],
    ["plugin_info", "2.1", "done", "what the shop runs on"],
    ["plugin_info.cart_name", "2.1", "done", "becomes paymentChannel in responses"],
    [
      "plugin_info.{cart_version,plugin_version}",
      "2.1",
      "done",
      "versions of the shop's software, kept with the payment",
    ],
    ["device_info", "2.1", "not offered", "sent by mobile SDKs", ignored],
    ["customer_details", "2.2", "done", "billing details; null, {} and [] mean none"],
    [`customer_details.${contact}`, "2.2", "done", "billing detail, at most 255 characters"],
    ["shipping_details", "2.2", "done", "shipping details; null, {} and [] mean none"],
    [`shipping_details.${contact}`, "2.2", "done", "shipping detail, at most 255 characters"],
    ...pageRows,
    ...cardRows,
    ["user_defined", "2.5", "done", "the merchant's own values, echoed; null, {} and [] mean none"],
    [
      "user_defined.{udf1,udf2,udf3,udf4,udf5,udf6,udf7,udf8,udf9}",
      "2.5",
      "done",
      "a value of 1 to 255 characters",
    ],
    [
      "invoice",
      "2.5",
      "done",
      "what the payment is for, shown on the page",
      "not checked, and never charged by; a sent invoice is, see below",
    ],
    [
      "invoice.{shipping_charges,extra_charges,extra_discount}",
      "2.5",
      "done",
      "what is added to the line items or taken off",
    ],
    [
      "invoice.{lang,total,activation_date,due_date,expiry_date,disable_edit}",
      "2.5",
      "not offered",
      "one term of a sent invoice",
      `${ignored} in a page's request`,
    ],
    ["invoice.line_items", "2.5", "done", "the lines, at most 200"],
    [
      "invoice.line_items.{sku,description,unit_cost,quantity,net_total,discount_rate,discount_amount,tax_rate,tax_total,total}",
      "2.5",
      "done",
      "one member of a line",
      "a line needs `description` or `sku`, or it is not shown; figures are shown where they add up to the amount",
    ],
    [
      "invoice.line_items.url",
      "2.5",
      "not offered",
      "one member of a line",
      `${ignored} in a page's request`,
    ],
    ["airline_data", "2.5", "done", "the flight that is paid for"],
    ["airline_data.pnr_code", "2.5", "done", "the booking reference, shown on the page"],
    [
      "split_payout",
      "2.5",
      "not offered",
      "who is paid out how much",
      `${ignored}; its inner names are not known`,
    ],
    [
      "agreement",
      "2.5",
      "not offered",
      "terms of repeat billing",
      `${ignored}; its inner names are not known for sure`,
    ],
  ],
};

const query: Area = {
  name: "/payment/query",
  title: "Members of `/payment/query`",
  members: true,
  rows: [
    ["profile_id", "1.3", "done", "the profile, a number or numeric text; must match the key"],
    ["tran_ref", "10.1", "done", "the transaction asked for: one object is answered"],
    ["cart_id", "10.2", "done", "the cart asked for: a list is answered"],
  ],
};

const token: Area = {
  name: "/payment/token",
  title: "Members of `/payment/token` and `/payment/token/delete`",
  members: true,
  rows: [
    ["profile_id", "1.3", "done", "the profile, a number or numeric text; must match the key"],
    [
      "token",
      "10.3",
      "done",
      "the token asked for, or to be deleted",
      "code 2 when it is unknown, deleted, or another profile's",
    ],
  ],
};

export const requestAreas: readonly Area[] = [request, query, token];
