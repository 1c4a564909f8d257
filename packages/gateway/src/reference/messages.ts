import type { z } from "zod";
import { basicIpn, callbackMessage, returnForm, returnQuery } from "./replies.ts";

/** A message that Wasl sends, or has the shopper's browser carry. asyncapi.json is made of these. */
export interface SentMessage {
  readonly name: string;
  /** Where it goes: a channel of asyncapi.json. */
  readonly channel: string;
  readonly summary: string;
  readonly description: string;
  readonly method: "POST" | "GET";
  readonly contentType: string;
  readonly schema: z.ZodType;
  /** Names and descriptions of the headers that matter. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly example: Readonly<Record<string, unknown>>;
}

const signedHeaders = {
  Signature:
    "HMAC-SHA256 of the exact bytes of the body with the server key, 64 lower-case hex digits",
  "Client-Key": "the profile's client key, which names the profile",
  "User-Agent": "who sends; a profile can have its own",
  "webhook-id": "names this delivery, the same at every attempt (Standard Webhooks)",
  "webhook-timestamp": "Unix time of this attempt in seconds (Standard Webhooks)",
  "webhook-signature": "signature over id, timestamp and body (Standard Webhooks)",
};

const returned = {
  cartId: "order-7001",
  respCode: "G40217",
  respMessage: "Authorised",
  respStatus: "A",
  tranRef: "TST2609100000101",
};

export const messages: readonly SentMessage[] = [
  {
    name: "Callback",
    channel: "callback",
    summary: "The transaction response, from server to server",
    description:
      "Sent to the `callback` of the request when the payment has ended: paid, declined, held, " +
      "cancelled, expired; also when a bill is to be paid (P), and again when it was. Answer with HTTP 200. Otherwise it is sent again up to five times, the same " +
      "bytes with the same ipn_trace. This message decides about an order.",
    method: "POST",
    contentType: "application/json",
    schema: callbackMessage,
    headers: signedHeaders,
    example: {
      tran_ref: "TST2609100000101",
      merchant_id: 20_001,
      profile_id: 45_001,
      cart_id: "order-7001",
      cart_description: "basket",
      cart_currency: "SAR",
      cart_amount: "500.00",
      tran_currency: "SAR",
      tran_total: "500.00",
      tran_type: "Sale",
      tran_class: "ECom",
      customer_details: { name: "Sara Ali", email: "sara@example.com", country: "SA" },
      payment_result: {
        response_status: "A",
        response_code: "G40217",
        response_message: "Authorised",
        acquirer_ref: "TRAN0101.69CD0A1D.0000A001",
        cvv_result: " ",
        avs_result: " ",
        transaction_time: "2026-04-01T12:05:49Z",
      },
      payment_info: {
        payment_method: "Visa",
        card_type: "Credit",
        card_scheme: "Visa",
        payment_description: "4111 11## #### 1111",
        expiryMonth: 12,
        expiryYear: 2029,
      },
      ipn_trace: "IPNS0101.69CD0A1F.0000B001",
      paymentChannel: "Payment Page",
    },
  },
  {
    name: "IpnBasicWeb",
    channel: "ipn",
    summary: "An IPN of format Basic Web",
    description:
      "Sent to the addresses that the profile's IPN configurations have, when a transaction of the kinds " +
      "they name has its outcome. Which transaction, how much, what came of it. Answered, signed and " +
      "repeated like the Callback. With format Default Web it is the Callback's very bytes.",
    method: "POST",
    contentType: "application/json",
    schema: basicIpn,
    headers: signedHeaders,
    example: {
      tran_ref: "TST2609100000140",
      previous_tran_ref: "TST2609100000101",
      merchant_id: 20_001,
      profile_id: 45_001,
      cart_id: "order-7001",
      cart_currency: "SAR",
      cart_amount: "120.00",
      tran_currency: "SAR",
      tran_total: "120.00",
      tran_type: "Refund",
      tran_class: "ECom",
      payment_result: {
        response_status: "A",
        response_code: "G51830",
        response_message: "Authorised",
        transaction_time: "2026-04-01T13:00:02Z",
      },
      ipn_trace: "IPNS0101.69CD16E2.0000B002",
    },
  },
  {
    name: "Return",
    channel: "return",
    summary: "The shopper's browser comes back with a form",
    description:
      "Posted by the shopper's browser to the `return` of the request. It is lost when the browser is " +
      "closed: show it, and decide by the Callback. Signed over its own fields, the empty ones left out.",
    method: "POST",
    contentType: "application/x-www-form-urlencoded",
    schema: returnForm,
    example: {
      acquirerMessage: "",
      acquirerRRN: "",
      cartId: "order-7001",
      customerEmail: "sara@example.com",
      respCode: "G40217",
      respMessage: "Authorised",
      respStatus: "A",
      signature: "b74da54170f59894610a203b7561ba02195af189ccb02953f9deb2c8d580c506",
      token: "",
      tranRef: "TST2609100000101",
    },
  },
  {
    name: "ReturnByGet",
    channel: "return",
    summary: "The same with the data in the query string",
    description:
      "With `return_using_get`. The fields follow the query that `return` has of its own, which is not " +
      "part of the signature.",
    method: "GET",
    contentType: "application/x-www-form-urlencoded",
    schema: returnQuery,
    example: {
      ...returned,
      signature: "b13eed5e6cb97a51f1112af9f171930682dcdf7ab3e71239a034ec8d7859f30a",
    },
  },
];
