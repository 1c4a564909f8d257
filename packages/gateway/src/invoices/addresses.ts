import { timingSafeEqual } from "node:crypto";
import type { Invoice } from "./invoice.ts";
import type { PaymentLink } from "./payment-link.ts";

/** The path of a shopper's invoice (protocol.md 1.3). */
export function invoicePath({ invoiceId, token }: Pick<Invoice, "invoiceId" | "token">): string {
  return `/payment/request/invoice/${invoiceId}/${token}`;
}

/** The path of a payment link's page; PT2 does not say what its own look like. */
export function linkPath({ linkId, token }: Pick<PaymentLink, "linkId" | "token">): string {
  return `/payment/link/${linkId}/${token}`;
}

/** Compares secrets in a time that tells nothing of them. */
export function isSameToken(kept: string, given: string): boolean {
  const [a, b] = [Buffer.from(kept), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** A number of an invoice or a link in a path or a body; `undefined` for anything else. */
export function readNumber(text: string): number | undefined {
  if (!/^[1-9]\d{0,9}$/.test(text)) return undefined;
  const number = Number.parseInt(text, 10);
  return number <= numberMax ? number : undefined;
}

/** PostgreSQL's integer. */
const numberMax = 2_147_483_647;
