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

/** As responses write it (protocol.md 7.2). */
export type TranType = "Sale" | "Auth" | "Register" | "Payment Request" | FollowUpType;

export type FollowUpType = "Capture" | "Void" | "Release" | "Refund" | "AuthExt";

/** The number PT2 gives a transaction made by the API, and one made on a hosted page. */
export const serviceIds = { api: 1, hosted: 2 } as const;

/** `paymentChannel` unless the merchant's plugin names itself (protocol.md 7.2). */
export const channels = { hosted: "Payment Page", api: "Transaction API" } as const;

/** What every form of the transaction response says about the payment itself. */
export interface TransactionFacts {
  readonly profileId: number;
  readonly tranRef: string;
  readonly tranType: TranType;
  /** What was asked for, where something else was carried out. */
  readonly originalTranType?: TranType;
  /** The transaction this one follows. */
  readonly previousTranRef?: string;
  /** See {@link serviceIds}. */
  readonly serviceId: number;
  readonly tranClass: string;
  readonly cartId: string;
  readonly cartDescription: string;
  readonly amount: Money;
  /** What is charged, where a discount makes it less than the amount. */
  readonly charged?: Money;
  readonly customer: ContactDetails;
  readonly shipping?: ContactDetails;
  readonly userDefined?: Readonly<Record<string, string>>;
  readonly customerRef?: string;
  /** The invoice it pays (protocol.md 7.2). */
  readonly invoiceId?: number;
  /** The page of this gateway on which the shopper began: an invoice's, a payment link's. */
  readonly backPath?: string;
  readonly paymentChannel: string;
  /** What it is paid with, once the shopper has chosen a method that is no card. */
  readonly method?: MethodFacts;
}

/** `payment_info` of a method that is no card (protocol.md 7.4). */
export interface MethodFacts {
  /** As responses name it, such as `SADAD`. */
  readonly name: string;
  /** `payment_description`: the bill's number, or the name again (protocol.md 7.4). */
  readonly description: string;
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
  /** What it was paid with, or is to be, when that is no card. */
  readonly method?: MethodFacts;
  readonly threeDs?: ThreeDsFacts;
  /** The token the card was stored under by this payment. */
  readonly token?: string;
}

/** `tran_type` on the wire: a held payment is an authorisation, whatever was asked (protocol.md 7.6). */
export function wireTranType(
  facts: Pick<TransactionFacts, "tranType">,
  status: StatusLetter | undefined,
): TranType {
  return status === "H" ? "Auth" : facts.tranType;
}

/** A time as PT2 writes it: UTC, no fraction. */
export function wireTime(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}
