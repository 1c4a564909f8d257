import type { z } from "zod";
import type { ErrorName } from "../errors.ts";
import { pageRequestSchema } from "../payment-requests/page-request.ts";
import { querySchema } from "../payment-requests/query.ts";
import { cartItem, completed, pageCreated, queryReply } from "./replies.ts";

/** A request body: what the zod schemas of the code read of it, `profile_id` aside. */
export interface RequestForm {
  /** Its name among the components of openapi.json. */
  readonly name: string;
  /** Several when several parts of the code read one body, each its own members. */
  readonly schemas: readonly z.ZodObject[];
  /** Required although the schema says optional, because the code asks for it later. */
  readonly required?: readonly string[];
  readonly example: Readonly<Record<string, unknown>>;
}

export interface ReplyForm {
  readonly name: string;
  readonly schema: z.ZodType;
  /** The reply is a bare list of these. */
  readonly list?: boolean;
  readonly example: Readonly<Record<string, unknown>>;
}

/** A call of the merchant API. openapi.json is made of these; tests hold every route to be here. */
export interface Endpoint {
  readonly path: string;
  readonly method?: "get" | "post" | "put";
  readonly summary: string;
  readonly description: string;
  /** One of them, by what the call is to do. */
  readonly requests: readonly RequestForm[];
  /** HTTP 200, one of them. */
  readonly replies: readonly ReplyForm[];
  /** Beside those that every call can get. */
  readonly errors: readonly ErrorName[];
}

/** Errors that every call can get. */
export const commonErrors = [
  "AUTHENTICATION_FAILED",
  "PROFILE_ID_MISSING",
  "NOT_JSON",
  "INVALID_FIELD",
  "NOT_POST",
  "UNKNOWN_PATH",
  "REQUEST_TIMEOUT",
  "BODY_TOO_LARGE",
  "HEADERS_TOO_LARGE",
  "NOT_HTTP",
  "INTERNAL",
  "STOPPING",
  "UNAVAILABLE",
] as const satisfies readonly ErrorName[];

const customer = {
  name: "Sara Ali",
  email: "sara@example.com",
  phone: "+966500000001",
  street1: "King Rd 1",
  city: "Riyadh",
  state: "01",
  country: "SA",
  zip: "12345",
};

const cart = {
  cart_id: "order-7001",
  cart_description: "basket",
  cart_currency: "SAR",
  cart_amount: "500.00",
};

const origin = {
  serviceId: 2,
  paymentChannel: "Payment Page",
  profileId: 45_001,
  merchantId: 20_001,
  trace: "PMNT0101.69CD0A1D.0000C001",
};

const paid = {
  tran_currency: "SAR",
  tran_total: "500.00",
  customer_details: customer,
  payment_result: {
    response_status: "A",
    response_code: "G40217",
    response_message: "Authorised",
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
};

const { paymentChannel: _channel, ...pageOrigin } = origin;

export const endpoints: readonly Endpoint[] = [
  {
    path: "/payment/request",
    summary: "Create a payment page",
    description:
      "Creates a payment and answers with the address of its hosted page. The same cart, amount and " +
      "currency again within two minutes is a duplicate. Calls are limited by the minute.",
    requests: [
      {
        name: "PageRequest",
        schemas: [pageRequestSchema],
        required: ["cart_amount"],
        example: {
          profile_id: 45_001,
          tran_type: "sale",
          tran_class: "ecom",
          ...cart,
          cart_amount: 500,
          callback: "https://shop.example/paytabs/callback",
          return: "https://shop.example/thanks",
          customer_details: customer,
        },
      },
    ],
    replies: [
      {
        name: "PageCreated",
        schema: pageCreated,
        example: {
          tran_ref: "TST2609100000101",
          tran_type: "Sale",
          ...cart,
          tran_currency: "",
          tran_total: "0",
          callback: "https://shop.example/paytabs/callback",
          return: "https://shop.example/thanks",
          redirect_url: `http://127.0.0.1:4400/payment/page/0000AFC9${"5A1B3C4D".repeat(6)}`,
          customer_details: customer,
          ...pageOrigin,
        },
      },
      {
        name: "Completed",
        schema: completed,
        example: {
          tran_ref: "TST2609100000140",
          previous_tran_ref: "TST2609100000101",
          tran_type: "Refund",
          ...cart,
          ...paid,
          ...origin,
          serviceId: 1,
          paymentChannel: "Transaction API",
        },
      },
    ],
    errors: ["DUPLICATE_REQUEST", "TOO_MANY_REQUESTS", "NOT_SUPPORTED", "CURRENCY_NOT_ENABLED"],
  },
  {
    path: "/payment/query",
    summary: "Ask how a payment stands",
    description:
      "By tran_ref: one object. By cart_id: a list of the cart's transactions, the newest first, at " +
      "most 20. Before the shopper has paid the status is P with code 600.",
    requests: [
      {
        name: "Query",
        schemas: [querySchema],
        example: { profile_id: 45_001, tran_ref: "TST2609100000101" },
      },
    ],
    replies: [
      {
        name: "QueryReply",
        schema: queryReply,
        example: { tran_ref: "TST2609100000101", tran_type: "Sale", ...cart, ...paid, ...origin },
      },
      {
        name: "CartItem",
        schema: cartItem,
        list: true,
        example: {
          tran_ref: "TST2609100000101",
          tran_type: "Sale",
          ...cart,
          ...paid,
          serviceId: 0,
        },
      },
    ],
    errors: ["TRANSACTION_NOT_FOUND"],
  },
];
