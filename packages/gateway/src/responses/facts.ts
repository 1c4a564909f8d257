import type { Money, StatusLetter } from "@wasl/protocol";
import type { CardFacts, ThreeDsFacts } from "../acquirers/acquirer.ts";

/** Billing or shipping details as the merchant sent them and the shopper completed them. */
export interface ContactDetails {
  readonly name?: string;
  readonly email?: string;
  readonly phone?: string;
  readonly street1?: string;
  readonly city?: string;
  readonly state?: string;
  readonly country?: string;
  readonly zip?: string;
  readonly ip?: string;
}

/** PT2's order of the members of `customer_details` (protocol.md 2.2). */
export const contactMembers = [
  "name",
  "email",
  "phone",
  "street1",
  "city",
  "state",
  "country",
  "zip",
  "ip",
] as const satisfies readonly (keyof ContactDetails)[];

export type TranType = "Sale" | "Auth" | "Register";

/** What every form of the transaction response says about the payment itself. */
export interface TransactionFacts {
  readonly profileId: number;
  readonly tranRef: string;
  readonly tranType: TranType;
  readonly tranClass: string;
  readonly cartId: string;
  readonly cartDescription: string;
  readonly amount: Money;
  readonly customer: ContactDetails;
  readonly shipping?: ContactDetails;
  readonly userDefined?: Readonly<Record<string, string>>;
  readonly customerRef?: string;
  /** The invoice it pays (protocol.md 7.2). */
  readonly invoiceId?: number;
  /** The page of this gateway on which the shopper began: an invoice's, a payment link's. */
  readonly backPath?: string;
  readonly paymentChannel: string;
}

/** How a payment ended. Committed once; all responses are made from it. */
export interface Outcome {
  readonly status: StatusLetter;
  /** An approval code, or a number of protocol.md 12.2; always text. */
  readonly code: string;
  readonly message: string;
  /** UTC, `YYYY-MM-DDTHH:MM:SSZ`. */
  readonly time: string;
  readonly ipnTrace: string;
  readonly acquirerRef?: string;
  readonly acquirerMessage?: string;
  readonly acquirerRrn?: string;
  readonly card?: CardFacts;
  /** Paid without a card: by which method, in words, and what is known of it. */
  readonly method?: { readonly name: string; readonly description: string };
  readonly threeDs?: ThreeDsFacts;
}

/** A time as PT2 writes it: UTC, no fraction. */
export function wireTime(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}
