import { statuses } from "@wasl/protocol";
import { z } from "zod";
import { contactMembers } from "../responses/facts.ts";

// What the merchant API answers with. The gateway's own code makes these objects member by member;
// here is their shape, for openapi.json and asyncapi.json. Tests hold every reply they get against it,
// and nothing may be in a reply that is not here.

/** An amount as PT2 writes it: decimal text with the currency's decimals. */
export const amount = z.string().regex(/^\d+(\.\d{1,3})?$/);
export const trace = z.string().regex(/^(PMNT|TRAN|IPNS)\d{4}\.[0-9A-F]{8}\.[0-9A-F]{8}$/);
const time = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
export const currency = z.string().regex(/^[A-Z]{3}$/);
const letter = z.enum(Object.keys(statuses) as [keyof typeof statuses]);

const members = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, z.string().optional()]));

const contact = z.strictObject(members(contactMembers));

const userDefined = z.strictObject(
  members(["udf1", "udf2", "udf3", "udf4", "udf5", "udf6", "udf7", "udf8", "udf9"]),
);

const cart = {
  cart_id: z.string(),
  cart_description: z.string(),
  cart_currency: currency,
  cart_amount: amount,
  tran_currency: z.union([currency, z.literal("")]),
  tran_total: amount,
};

/** A page was created: send the shopper to `redirect_url` (protocol.md 3.1). */
export const pageCreated = z.strictObject({
  tran_ref: z.string(),
  tran_type: z.enum(["Sale", "Auth", "Register"]),
  ...cart,
  callback: z.string(),
  return: z.string(),
  redirect_url: z.url(),
  customer_ref: z.string().optional(),
  customer_details: contact,
  shipping_details: contact.optional(),
  user_defined: userDefined.optional(),
  serviceId: z.int(),
  paymentChannel: z.string().optional(),
  profileId: z.int(),
  merchantId: z.int(),
  trace,
});

const shortResult = z.strictObject({
  response_status: letter,
  response_code: z.string(),
  response_message: z.string(),
  transaction_time: time,
});

const paymentInfo = z.strictObject({
  payment_method: z.string().optional(),
  card_type: z.string().optional(),
  card_scheme: z.string(),
  payment_description: z.string(),
  expiryMonth: z.int().optional(),
  expiryYear: z.int().optional(),
  issuerCountry: z.string().optional(),
  issuerName: z.string().optional(),
});

const transaction = {
  tran_ref: z.string(),
  previous_tran_ref: z.string().optional(),
  tran_type: z.string(),
  ...cart,
  customer_ref: z.string().optional(),
  customer_details: contact,
};

/** What only a query tells. */
const queried = {
  original_tran_type: z.string().optional(),
  invoice_id: z.int().optional(),
};

/** The reply to a payment or follow-up that needs no page (protocol.md 3.3). */
export const completed = z.strictObject({
  ...transaction,
  shipping_details: contact.optional(),
  payment_result: shortResult,
  payment_info: paymentInfo,
  token: z.string().optional(),
  user_defined: userDefined.optional(),
  serviceId: z.int(),
  paymentChannel: z.string(),
  profileId: z.int(),
  merchantId: z.int(),
  trace,
});

/** The reply to a query by `tran_ref` (protocol.md 10.1). */
export const queryReply = z.strictObject({ ...completed.shape, ...queried });

/** The reply to a query by `cart_id`: the newest first (protocol.md 10.2). */
export const cartItem = z.strictObject({
  ...transaction,
  ...queried,
  payment_result: shortResult,
  payment_info: paymentInfo,
  user_defined: userDefined.optional(),
  serviceId: z.literal(0),
});

/** What is known of a stored card; of the payment only which it was (protocol.md 10.3). */
export const tokenReply = z.strictObject({
  tran_ref: z.string(),
  payment_info: paymentInfo,
  customer_details: contact,
});

/** Code 0 is success (protocol.md 10.3). */
export const tokenDeleted = z.strictObject({ code: z.literal(0), message: z.string(), trace });

export const errorReply = z.strictObject({
  code: z.int().positive(),
  message: z.string(),
  trace,
});

/** The body of the Callback, and of an IPN of format Default Web (protocol.md 7.2). */
export const callbackMessage = z.strictObject({
  tran_ref: z.string(),
  previous_tran_ref: z.string().optional(),
  merchant_id: z.int(),
  profile_id: z.int(),
  ...cart,
  tran_currency: currency,
  tran_type: z.string(),
  tran_class: z.string(),
  invoice_id: z.int().optional(),
  customer_ref: z.string().optional(),
  customer_details: contact,
  shipping_details: contact.optional(),
  payment_result: z.strictObject({
    response_status: letter,
    response_code: z.string(),
    response_message: z.string(),
    acquirer_message: z.string().optional(),
    acquirer_rrn: z.string().optional(),
    acquirer_ref: z.string().optional(),
    cvv_result: z.string(),
    avs_result: z.string(),
    transaction_time: time,
  }),
  payment_info: paymentInfo,
  token: z.string().optional(),
  user_defined: userDefined.optional(),
  threeDSDetails: z
    .strictObject({
      responseLevel: z.int(),
      responseStatus: z.int(),
      enrolled: z.string(),
      paResStatus: z.string(),
      eci: z.string(),
      cavv: z.string(),
      ucaf: z.string(),
      threeDSVersion: z.string(),
    })
    .optional(),
  ipn_trace: trace,
  paymentChannel: z.string(),
});

/** The body of an IPN of format Basic Web (protocol.md 8.2). */
export const basicIpn = callbackMessage
  .pick({
    tran_ref: true,
    previous_tran_ref: true,
    merchant_id: true,
    profile_id: true,
    cart_id: true,
    cart_currency: true,
    cart_amount: true,
    tran_currency: true,
    tran_total: true,
    tran_type: true,
    tran_class: true,
    ipn_trace: true,
  })
  .extend({ payment_result: shortResult });

const signature = z.string().regex(/^[0-9a-f]{64}$/);

/** What the shopper's browser posts to `return` (protocol.md 6.2). */
export const returnForm = z.strictObject({
  acquirerMessage: z.string(),
  acquirerRRN: z.string(),
  cartId: z.string(),
  customerEmail: z.string(),
  respCode: z.string(),
  respMessage: z.string(),
  respStatus: letter,
  signature,
  token: z.string(),
  tranRef: z.string(),
});

/** The query string of a Return by GET (protocol.md 6.4). */
export const returnQuery = returnForm.pick({
  cartId: true,
  respCode: true,
  respMessage: true,
  respStatus: true,
  signature: true,
  tranRef: true,
});
