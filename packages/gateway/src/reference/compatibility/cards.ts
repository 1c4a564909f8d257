import type { Area, Row } from "./row.ts";

/** Members of `/payment/request` about cards and tokens. */
export const cardRows: readonly Row[] = [
  [
    "tokenise",
    "2.4",
    "done",
    "make a token of the card; 2 to 6 is its format, 1 is none",
    "2 Hex32 in capitals, 3 AlphaNum20, 4 Digit22, 5 Digit16, 6 AlphaNum32; 3 to 6 in the SDK's order; 112 without `WASL_VAULT_KEYS`",
  ],
  [
    "show_save_card",
    "2.4",
    "done",
    "make one only if the shopper ticks a box",
    "without `tokenise` it means format 2; without a page there is no box, so no token",
  ],
  [
    "token",
    "2.4",
    "done",
    "pay with a stored card",
    "code 2 when it is unknown, deleted, another profile's, or its card has expired; with `moto` 112; `tokenise` beside it makes no second token",
  ],
  [
    "token_info",
    "2.4",
    "done",
    "the mandate of a stored card",
    "checked, kept with the token, told to the acquirer; the simulated issuer declines (313) a charge outside the agreed amounts, or in another currency than theirs",
  ],
  ["token_info.{tokenise,token}", "2.4", "done", "as the members of these names"],
  [
    "token_info.{token_type,counter,total_count,payment_frequency,min_amount_per_payment,max_amount_per_payment,min_days_between_payments,start_date,expiry_date}",
    "2.4",
    "done",
    "one term of the mandate",
  ],
  [
    "tran_ref",
    "2.4",
    "done",
    "the earlier transaction, that a follow-up acts on or a token payment names",
    "with a token any transaction of the profile, else 113; not echoed then",
  ],
  [
    "payment_token",
    "2.4",
    "done",
    "single-use token of the managed form",
    "code 2 when it is unknown, used, or older than 15 minutes",
  ],
  [
    "card_details",
    "2.4",
    "done",
    "a card in the request (own form)",
    "`false`, `{}` and `[]` mean none; the holder is `customer_details.name`, PT2 has no member for it",
  ],
  [
    "methods of a card without a page",
    "2.4",
    "differs",
    "creditcard, amex and mada, as `payment_methods`, the profile and the currency allow, or 112",
    "also for `payment_token` and `recurring`; an `apple_pay_token` is `applepay`, and its card's currency counts too. unionpay and omannet are paid at their provider's page only",
  ],
  [
    "card_details.pan",
    "2.4",
    "done",
    "the number, 13 to 16 digits; spaces are accepted",
    "code 200 for a wrong length or digit, and in the sandbox for all but test cards",
  ],
  ["card_details.cvv", "2.4", "done", "the security code; may be left out with `moto`"],
  [
    "card_details.{expiry_month,expiry_year}",
    "2.4",
    "done",
    "month, and year of four digits",
    "a past date is code 2",
  ],
  [
    "apple_pay_token",
    "2.4",
    "simulated",
    "Apple Pay's token",
    "a simulated wallet, see [test cards](test-cards.md); a real token is refused with code 2, and so is one that was used before, by its `transactionIdentifier`",
  ],
  [
    "apple_pay_token.{transactionIdentifier,paymentData}",
    "2.4",
    "simulated",
    "as the shopper's device made it",
  ],
  [
    "apple_pay_token.paymentData.{version,data}",
    "2.4",
    "simulated",
    "the version, and the payload in base64",
    "`SIMULATED_v1` only, whose payload is not encrypted",
  ],
  [
    "apple_pay_token.paymentMethod",
    "2.4",
    "not offered",
    "what the device says of the card",
    "accepted and ignored: the payload decides",
  ],
];

const tokens: Area = {
  name: "tokens",
  title: "Cards and tokens",
  rows: [
    [
      "when a token is made",
      "10.3",
      "done",
      "with A or H, in the statement that writes the outcome",
      "in Return, Callback, IPN, query by reference and direct reply",
    ],
    [
      "one card tokenised twice",
      "10.3",
      "done",
      "two tokens, each deleted for itself",
      "nothing is kept by which cards could be compared",
    ],
    [
      "`token` in responses",
      "10.3",
      "done",
      "one was made",
      "the token that was paid with is not repeated",
    ],
    ["deletion", "10.3", "done", "the card is gone at once; a second time is code 2"],
    [
      "token, ecom, and the card has gone meanwhile",
      "2.6",
      "done",
      "the page asks for a whole card",
    ],
    [
      "recurring",
      "10.3",
      "done",
      "without security code and 3-D Secure",
      "112 where the profile has it switched off; on in the sandbox",
    ],
    [
      "3-D Secure of a direct payment",
      "2.6",
      "simulated",
      "a page's reply; its address leads to the issuer, and at the end to `return`",
    ],
    [
      "direct payment while the acquirer is silent",
      "3.3",
      "done",
      "P/600 in the reply; the Callback tells the end",
    ],
    ["moto", "2.1", "done", "own form or page; no 3-D Secure, no `threeDSDetails`"],
  ],
};

const managedForm: Area = {
  name: "managed-form",
  title: "The managed form",
  rows: [
    [
      "paylib.inlineForm",
      "11",
      "done",
      "`key`, `form`, `autoSubmit`, `callback`",
      "the inputs lose their names, so that a card never reaches the shop",
    ],
    ["paylib.handleError", "11", "done", "element and response, or form, element and response"],
    [
      "inputs",
      "11",
      "done",
      "`data-paylib`: number, expmonth, expyear, cvv, name",
      "the name may be missing: then `customer_details.name`",
    ],
    [
      "the card's way",
      "11",
      "done",
      "the script posts it to `/payment/js/token`, and only there",
      "as text/plain, `Access-Control-Allow-Origin: *`, no cookies; PT2 does not tell its own path",
    ],
    ["response", "11", "done", "`error: false`, a token of 20 letters and digits, a trace"],
    [
      "errors",
      "11",
      "done",
      "`error`, `errorCode`, `errorField`, `errorStatus` E, `errorText`, `status` 400, `trace`",
      "200 for the number, 2 for another field or the page, 1 for the client key, 5 beyond 600 cards of a profile in a minute (or `requests_per_minute` if that is more), or a tenth of it by one client, 400 for a fault of the gateway",
    ],
    [
      "life of a token",
      "11",
      "done",
      "one use, within 15 minutes",
      "used up only by a request that is otherwise in order, whatever becomes of the payment",
    ],
    [
      "the page's origin",
      "11",
      "done",
      "https, on a host with a dot in its name",
      "of live profiles and with `--strict`; the sandbox takes any page",
    ],
  ],
};

export const cardAreas: readonly Area[] = [tokens, managedForm];
