import { createHash } from "node:crypto";
import { formatAmount } from "@wasl/protocol";
import type { Pool } from "pg";
import { newPageToken } from "../../ids.ts";
import type { BillAnswer, BillInquiry, BillRequest, BillState } from "../acquirer.ts";
import { barBill, enterBill, findBill, moveBill } from "./bills-store.ts";

export const billPath = "/simulator/bill";

/** How long a bill can be paid, in minutes (protocol.md 9.2: about three hours). */
const billMinutes = 180;

export interface BillServices {
  readonly pool: Pool;
  /** The gateway's own address, without a slash at the end. */
  readonly publicUrl: () => string;
}

/** Writes a bill that the shopper can pay by its number; asked again, it is the same bill. */
export async function issueBill(
  { pool, publicUrl }: BillServices,
  request: BillRequest,
): Promise<BillAnswer> {
  const { profileId, requestId, method, amount, merchantName, language } = request;
  await enterBill(pool, profileId, {
    requestId,
    billToken: newPageToken(profileId),
    number: billNumber(requestId),
    method,
    view: {
      merchantName,
      amount: formatAmount(amount),
      currency: amount.currency,
      language,
    },
  });
  const bill = await findBill(pool, profileId, { requestId });
  if (bill?.state !== "open") return { kind: "failed", reason: "noResponse" };
  return {
    kind: "issued",
    number: bill.number,
    minutes: billMinutes,
    payUrl: `${publicUrl()}${billPath}/${bill.billToken}`,
  };
}

/** What has become of a bill; with `close` an open one can no longer be paid from now on. */
export async function inquireBill(
  pool: Pool,
  { profileId, requestId, close }: BillInquiry,
): Promise<BillState> {
  if (close) await moveBill(pool, profileId, requestId, "closed");
  const bill = await findBill(pool, profileId, { requestId });
  if (bill === undefined) {
    const barred = await barBill(pool, profileId, {
      requestId,
      billToken: newPageToken(profileId),
    });
    // Otherwise the request has just arrived.
    return { kind: barred ? "not_received" : "unknown" };
  }
  if (bill.state !== "paid") return { kind: bill.state };
  const { method, number } = bill;
  return { kind: "paid", acquirerRrn: retrievalNumber(requestId), method, number };
}

/** Twelve digits, the same for the same request. */
function billNumber(requestId: string): string {
  return digitsOf(`bill ${requestId}`, 12);
}

function retrievalNumber(requestId: string): string {
  return digitsOf(`paid ${requestId}`, 12);
}

function digitsOf(text: string, length: number): string {
  const number = createHash("sha256").update(text).digest().readBigUInt64BE(0);
  return (number % 10n ** BigInt(length)).toString().padStart(length, "1");
}
