import { createHash } from "node:crypto";
import { uuidv7 } from "@wasl/gateway/src/ids.ts";

/** What every contender delivers: PT2 callbacks of 1.5 KiB, spread evenly over lanes. */
export interface Load {
  readonly count: number;
  /** One merchant each. */
  readonly lanes: number;
  /** Where the merchants' servers are; lanes take them in turn. */
  readonly origins: readonly string[];
}

export interface BenchDelivery {
  readonly id: string;
  readonly url: string;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Every merchant's key here; it signs each attempt. */
export const serverKey = "SZJ6NBENCH-JKLM4BENCH-WXYZ9BENCH";

export const firstProfileId = 50_001;
export const contentType = "application/json";
const bodyBytes = 1536;

/** Stands in the body for the payment's reference, which has as many characters. */
const refPlaceholder = "TST2609100000000";

export const bodyTemplate = padded({
  tran_ref: refPlaceholder,
  merchant_id: 30_001,
  profile_id: firstProfileId,
  cart_id: `order-${refPlaceholder}`,
  cart_description: "سلة مشتريات / basket",
  cart_currency: "SAR",
  cart_amount: "500.00",
  tran_currency: "SAR",
  tran_total: "500.00",
  tran_type: "Sale",
  tran_class: "ECom",
  customer_details: {
    name: "Sara Ali",
    email: "sara@example.com",
    street1: "King Rd 1",
    city: "Riyadh",
    country: "SA",
    ip: "203.0.113.9",
  },
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
});

/** Finished when a delivery is enqueued, so its value is nothing that an attempt has to reckon. */
export const headers = {
  "Client-Key": "CKKMTEST-BENCH1-BENCH2-BENCH3",
  Signature: createHash("sha256").update(bodyTemplate).digest("hex"),
};

export function refAt(index: number): string {
  return `TST${(2_609_100_000_000 + index).toString()}`;
}

export function bodyAt(index: number): string {
  return bodyTemplate.replaceAll(refPlaceholder, refAt(index));
}

export function profileIdAt(load: Pick<Load, "lanes">, index: number): number {
  return firstProfileId + (index % load.lanes);
}

export function urlAt(load: Pick<Load, "lanes" | "origins">, index: number): string {
  const origin = load.origins[(index % load.lanes) % load.origins.length] ?? "";
  return `${origin}/callback/${profileIdAt(load, index)}`;
}

export function deliveryAt(load: Load, index: number): BenchDelivery {
  return {
    id: uuidv7(),
    url: urlAt(load, index),
    contentType,
    headers,
    body: bodyAt(index),
  };
}

/** The indexes from 0 to the count, some at a time. */
export function* chunks(count: number, size: number): Generator<readonly number[]> {
  for (let at = 0; at < count; at += size) {
    yield Array.from({ length: Math.min(size, count - at) }, (_, index) => at + index);
  }
}

/** Pads a callback's body to the size by what merchants put there: their own fields. */
function padded(body: object): string {
  const words = createHash("sha512").update("udf").digest("base64url");
  const filler = (length: number) =>
    words.repeat(Math.ceil(length / words.length)).slice(0, length);
  const plain = JSON.stringify({ ...body, user_defined: { udf1: "" } });
  const missing = bodyBytes - Buffer.byteLength(plain);
  return JSON.stringify({ ...body, user_defined: { udf1: filler(missing) } });
}
