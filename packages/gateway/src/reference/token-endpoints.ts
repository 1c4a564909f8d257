import { tokenRequestSchema } from "../payment-requests/tokens.ts";
import type { Endpoint } from "./endpoint.ts";
import { customer, paid } from "./examples.ts";
import { tokenDeleted, tokenReply } from "./replies.ts";

const example = { profile_id: 45_001, token: "2C4652BF67A3EA33C6B590FE658078BD" };

/** Stored cards. A token that is unknown, deleted or another profile's is an invalid member. */
export const tokenEndpoints: readonly Endpoint[] = [
  {
    path: "/payment/token",
    summary: "Ask what a token stands for",
    description: "The card, masked, and the payment that made the token.",
    requests: [
      { name: "TokenQuery", area: "/payment/token", schemas: [tokenRequestSchema], example },
    ],
    replies: [
      {
        name: "TokenReply",
        schema: tokenReply,
        example: {
          tran_ref: "TST2609100000101",
          payment_info: paid.payment_info,
          customer_details: customer,
        },
      },
    ],
    errors: [],
  },
  {
    path: "/payment/token/delete",
    summary: "Delete a token",
    description: "The stored card is gone at once. A second time is an error.",
    requests: [
      { name: "TokenDeletion", area: "/payment/token", schemas: [tokenRequestSchema], example },
    ],
    replies: [
      {
        name: "TokenDeleted",
        schema: tokenDeleted,
        example: { code: 0, message: "Token deleted", trace: "PMNT0101.69CD0A1D.0000C001" },
      },
    ],
    errors: [],
  },
];
