import { z } from "zod";
import { walletTokenSchema } from "../acquirers/simulator/wallet-token.ts";
import { cardRequestSchema } from "../payment-requests/card-request.ts";
import { cardRuleMembers } from "../payment-requests/card-rules.ts";
import { followUpSchema } from "../payment-requests/follow-up-request.ts";
import { pageOptionsSchema } from "../payment-requests/page-options.ts";
import { pageRequestSchema } from "../payment-requests/page-request.ts";
import { querySchema } from "../payment-requests/query.ts";
import type { Endpoint } from "./endpoint.ts";
import { cart, customer, origin, paid } from "./examples.ts";
import { cartItem, completed, pageCreated, queryReply } from "./replies.ts";

const { paymentChannel: _channel, ...pageOrigin } = origin;

/** The code reads them by hand. */
const oneTimeCardSchema = z.object({
  payment_token: z
    .string()
    .regex(/^[A-Za-z\d]{20}$/)
    .optional(),
  apple_pay_token: walletTokenSchema.optional(),
});

/** Payments, follow-ups and questions. */
export const paymentEndpoints: readonly Endpoint[] = [
  {
    path: "/payment/request",
    summary: "Create a payment page, charge a card, or follow a transaction up",
    description:
      "A sale, auth or register creates a payment and answers with the address of its hosted page. The same " +
      "cart, amount and currency again within two minutes is a duplicate. With card_details, payment_token, " +
      "apple_pay_token, or a token of class recurring there is no page: the answer is the completed payment, or " +
      "a page's when the issuer wants to see the shopper. A capture, void, release, refund or " +
      "authext acts on the transaction in tran_ref and answers with a transaction of its own. Calls are " +
      "limited by the minute.",
    requests: [
      {
        name: "PageRequest",
        area: "/payment/request",
        schemas: [
          pageRequestSchema,
          pageOptionsSchema,
          cardRequestSchema.omit({ card_details: true }),
        ],
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
      {
        name: "DirectRequest",
        area: "/payment/request",
        schemas: [
          pageRequestSchema,
          z.object(cardRuleMembers),
          cardRequestSchema,
          oneTimeCardSchema,
        ],
        required: ["cart_amount"],
        example: {
          profile_id: 45_001,
          tran_type: "sale",
          tran_class: "ecom",
          ...cart,
          cart_id: "order-7002",
          cart_amount: 500,
          callback: "https://shop.example/paytabs/callback",
          return: "https://shop.example/thanks",
          customer_details: customer,
          tokenise: 2,
          card_details: {
            pan: "4111111111111111",
            cvv: "123",
            expiry_month: 12,
            expiry_year: 2039,
          },
        },
      },
      {
        name: "FollowUpRequest",
        area: "/payment/request",
        schemas: [followUpSchema],
        example: {
          profile_id: 45_001,
          tran_type: "refund",
          tran_class: "ecom",
          ...cart,
          cart_amount: 120,
          tran_ref: "TST2609100000101",
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
    errors: [
      "DUPLICATE_REQUEST",
      "TOO_MANY_REQUESTS",
      "NOT_SUPPORTED",
      "CURRENCY_NOT_ENABLED",
      "CARD_NUMBER",
      "VAULT",
      "TRANSACTION_NOT_FOUND",
      "AMOUNT_ABOVE_BALANCE",
      "REFUND_NOT_AVAILABLE",
      "REFUND_BALANCE_EXCEEDED",
    ],
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
        area: "/payment/query",
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
