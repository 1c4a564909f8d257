import { contactNames, outcomeRows, udfNames } from "./replies.ts";
import type { Area } from "./row.ts";

const never = "the simulated acquirer supplies none";
const onlyBills = "the simulated acquirer supplies one with a paid bill only";

const returned: Area["rows"] = [
  ["cartId", "6.2", "done", "the cart, as it was sent"],
  ["respCode", "6.2", "done", "an approval code when paid, otherwise a code of the list below"],
  ["respMessage", "6.2", "done", "what the code means"],
  ["respStatus", "6.2", "done", "one letter, A is paid"],
  ["signature", "6.5", "done", "HMAC-SHA256 of the fields, 64 lower-case hex digits"],
  ["tranRef", "6.2", "done", "the transaction"],
];

export const messageAreas: readonly Area[] = [
  {
    name: "Return",
    title: "Return by form POST",
    members: true,
    rows: [
      ["acquirerMessage", "6.2", "done", "the acquirer's text, or empty", never],
      ["acquirerRRN", "6.2", "done", "the acquirer's reference number, or empty", onlyBills],
      ["customerEmail", "6.2", "done", "the shopper's e-mail address, or empty"],
      ["token", "6.2", "done", "the token that was made of the card, or empty"],
      ...returned,
    ],
  },
  {
    name: "ReturnByGet",
    title: "Return by GET",
    members: true,
    rows: returned,
  },
  {
    name: "Callback",
    title: "Callback, and IPN Default Web",
    members: true,
    rows: [
      ["merchant_id", "7.2", "done", "the merchant, a number"],
      ["profile_id", "7.2", "done", "the profile, a number"],
      ...outcomeRows("7.2"),
      ["tran_class", "7.2", "done", "ECom, Moto or C/Auth", "the capitals of Moto are not sourced"],
      ["customer_details", "7.2", "done", "billing details"],
      [`customer_details.${contactNames}`, "7.2", "done", "one detail, if known"],
      ["shipping_details", "7.2", "done", "if there are any"],
      [`shipping_details.${contactNames}`, "7.2", "done", "one detail, if given"],
      ["customer_ref", "7.2", "done", "as it was sent, if it was"],
      ["user_defined", "7.2", "done", "if there is any"],
      [`user_defined.${udfNames}`, "7.2", "done", "as it was sent"],
      [
        "payment_result.acquirer_message",
        "7.3",
        "done",
        "the acquirer's text, where it supplies one",
        never,
      ],
      [
        "payment_result.acquirer_rrn",
        "7.3",
        "done",
        "the acquirer's reference number, where it supplies one",
        onlyBills,
      ],
      [
        "payment_result.acquirer_ref",
        "7.3",
        "done",
        "the acquirer's reference of what was authorised; of an unpaid bill its number",
      ],
      ["payment_result.{cvv_result,avs_result}", "7.3", "done", "one space"],
      [
        "threeDSDetails",
        "7.5",
        "simulated",
        "what 3-D Secure came to; absent where nobody asked for it",
      ],
      [
        "threeDSDetails.{responseLevel,responseStatus}",
        "7.5",
        "simulated",
        "numbers: 1 and 1 not enrolled, 2 and 4 enrolled",
      ],
      [
        "threeDSDetails.{enrolled,paResStatus,eci,cavv,ucaf}",
        "7.5",
        "simulated",
        "what the issuer said",
        "`paResStatus` N is rejected, U not available, A attempted; `cavv` is empty",
      ],
      ["threeDSDetails.threeDSVersion", "7.5", "simulated", "Test/Simulation"],
      ["ipn_trace", "7.2", "done", "names this message; the same at every attempt"],
      ["paymentChannel", "7.2", "done", "how the payment was made, such as Payment Page"],
      ["token", "7.2", "done", "the card's token, when one was made"],
      ["invoice_id", "7.2", "done", "the invoice it pays"],
    ],
  },
  {
    name: "IpnBasicWeb",
    title: "IPN Basic Web",
    members: true,
    rows: [
      ["tran_ref", "8.2", "done", "the transaction", "PT2 publishes no list: what plugins read"],
      ["previous_tran_ref", "8.2", "done", "the transaction it follows, if it follows one"],
      ["{merchant_id,profile_id}", "8.2", "done", "numbers"],
      ["{cart_id,cart_currency,cart_amount}", "8.2", "done", "as in the Callback"],
      ["{tran_currency,tran_total,tran_type,tran_class}", "8.2", "done", "as in the Callback"],
      ["payment_result", "8.2", "done", "how it ended"],
      [
        "payment_result.{response_status,response_code,response_message,transaction_time}",
        "8.2",
        "done",
        "as in the Callback",
      ],
      ["ipn_trace", "8.2", "done", "that of the Callback"],
    ],
  },
];
