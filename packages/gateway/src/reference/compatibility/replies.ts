import type { Area, Row } from "./row.ts";

export const contactNames = "{name,email,phone,street1,city,state,country,zip,ip}";
export const udfNames = "{udf1,udf2,udf3,udf4,udf5,udf6,udf7,udf8,udf9}";

const cart = (source: string): readonly Row[] => [
  ["cart_id", source, "done", "as it was sent"],
  ["cart_description", source, "done", "as it was sent"],
  ["cart_currency", source, "done", "as it was sent, in capitals"],
  ["cart_amount", source, "done", "the amount asked for, as text with the currency's decimals"],
];

const ids = (source: string): readonly Row[] => [
  ["serviceId", source, "done", "2: made on a hosted page, 1: by the API"],
  ["profileId", source, "done", "the profile, a number"],
  ["merchantId", source, "done", "the merchant, a number"],
  ["trace", source, "done", "names this reply: give it when you ask for help"],
];

const given = (source: string): readonly Row[] => [
  ["customer_ref", source, "done", "as it was sent, if it was"],
  ["shipping_details", source, "done", "if there are any"],
  [`shipping_details.${contactNames}`, source, "done", "one detail, if given"],
  ["user_defined", source, "done", "if there is any"],
  [`user_defined.${udfNames}`, source, "done", "as it was sent"],
];

const contact = (source: string, note: string): readonly Row[] => [
  ["customer_details", source, "done", "billing details"],
  [`customer_details.${contactNames}`, source, "done", "one detail, if known", note],
];

const normalised =
  "`country` as alpha-2; `state` as ISO 3166-2 for the Emirates and Saudi Arabia, otherwise as given";

const cardInfo: readonly Row[] = [
  [
    "payment_info.payment_method",
    "7.4",
    "done",
    "such as Visa, SADAD, Tabby, Cheque",
    "of a method without a card its English name: sourced for a few, such as Tamara and Aman",
  ],
  ["payment_info.card_type", "7.4", "done", "Credit, Debit, …"],
  ["payment_info.card_scheme", "7.4", "done", "such as Visa; empty without a card"],
  [
    "payment_info.payment_description",
    "7.4",
    "done",
    "the masked card number; without a card the bill's number, the method's name, or what the merchant wrote",
  ],
  ["payment_info.{expiryMonth,expiryYear}", "7.4", "done", "numbers, the year of four digits"],
  [
    "payment_info.{issuerCountry,issuerName}",
    "7.4",
    "done",
    "the card's issuer, where it is known",
    "the country as alpha-2",
  ],
];

/** What both ways of asking, and a direct reply, tell of a payment. */
const outcome = (source: string): readonly Row[] => [
  ["tran_ref", source, "done", "the transaction"],
  ["previous_tran_ref", source, "done", "the transaction it follows, if it follows one"],
  [
    "tran_type",
    source,
    "done",
    "in title case, such as Sale; Payment Request while a bill is not paid",
    "`AuthExt` for `authext`",
  ],
  ...cart(source),
  ["tran_currency", source, "done", 'the currency charged; "" before payment'],
  [
    "tran_total",
    source,
    "done",
    'the amount charged; "0" before payment',
    "less than `cart_amount` after a discount",
  ],
  ["payment_result", source, "done", "how it ended; P/600 while it has not"],
  ["payment_result.response_status", "12.1", "done", "one letter, A is paid"],
  [
    "payment_result.response_code",
    "12.2",
    "done",
    "a code as text; an approval code when paid, the number of a bill that is to be paid",
  ],
  ["payment_result.response_message", "12.2", "done", "what the code means"],
  ["payment_result.transaction_time", "7.3", "done", "UTC, without a fraction"],
  ["payment_info", "7.4", "done", 'what it was paid with; "No Payment" if with nothing'],
  ...cardInfo,
];

const token: Row = ["token", "10.1", "done", "the card's token, when one was made"];
const invoiceId: Row = ["invoice_id", "7.2", "done", "the invoice it pays"];
const originalType: Row = [
  "original_tran_type",
  "10.1",
  "done",
  "what was asked for, where something else was carried out",
];

export const replyAreas: readonly Area[] = [
  {
    name: "PageCreated",
    title: "Reply: a page was created",
    members: true,
    rows: [
      ["tran_ref", "3.2", "done", "TST, year, day of the year, eight digits"],
      ["tran_type", "3.1", "done", "Sale, Auth or Register"],
      ...cart("3.1"),
      ["tran_currency", "3.1", "done", 'always ""'],
      ["tran_total", "3.1", "done", 'always "0"'],
      [
        "callback",
        "3.1",
        "done",
        "as it was sent; none if it was not",
        "none like `return`, whose `none` is known",
      ],
      ["return", "3.1", "done", "as it was sent; none if it was not"],
      ["redirect_url", "3.1", "done", "the page: /payment/page/ and 56 hex digits"],
      ...contact("3.1", normalised),
      ...given("3.1"),
      ["paymentChannel", "3.1", "done", "plugin_info.cart_name, if it was sent"],
      ...ids("3.1"),
    ],
  },
  {
    name: "Completed",
    title: "Reply: completed at once",
    members: true,
    rows: [
      ...outcome("3.3"),
      ...contact("3.3", normalised),
      ...given("3.3"),
      ["paymentChannel", "3.3", "done", "Transaction API, or plugin_info.cart_name"],
      ...ids("3.3"),
      token,
    ],
  },
  {
    name: "QueryReply",
    title: "Reply: a query by `tran_ref`",
    members: true,
    rows: [
      ...outcome("10.1"),
      originalType,
      ...contact("10.1", normalised),
      ...given("10.1"),
      ["paymentChannel", "10.1", "done", "how it was made, such as Payment Page"],
      ...ids("10.1"),
      token,
      invoiceId,
    ],
  },
  {
    name: "CartItem",
    title: "Reply: an item of a query by `cart_id`",
    members: true,
    rows: [
      ...outcome("10.2"),
      originalType,
      ...contact("10.2", "`state` as it was given"),
      ["customer_ref", "10.2", "done", "as it was sent, if it was"],
      ["user_defined", "10.2", "done", "if there is any"],
      [`user_defined.${udfNames}`, "10.2", "done", "as it was sent"],
      ["serviceId", "10.2", "done", "always 0"],
      invoiceId,
    ],
  },
  {
    name: "TokenReply",
    title: "Reply: what a token stands for",
    members: true,
    rows: [
      ["tran_ref", "10.3", "done", "the payment that made the token"],
      ["payment_info", "10.3", "done", "the stored card"],
      ...cardInfo,
      ...contact("10.3", normalised),
    ],
  },
  {
    name: "TokenDeleted",
    title: "Reply: a token was deleted",
    members: true,
    rows: [
      ["code", "10.3", "done", "always 0"],
      ["message", "10.3", "done", "what was done, in words"],
      ["trace", "10.3", "done", "names this reply: give it when you ask for help"],
    ],
  },
  {
    name: "Error",
    title: "Reply: an error",
    members: true,
    rows: [
      ["code", "4", "done", "a number, above 0"],
      ["message", "4", "done", "what is wrong, in words; may change"],
      ["trace", "4", "done", "names this reply: give it when you ask for help"],
    ],
  },
];

export { outcome as outcomeRows };
