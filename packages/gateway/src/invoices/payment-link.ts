import type { Money } from "@wasl/protocol";
import type { StoredTerms } from "./terms.ts";

export interface LinkKey {
  readonly profileId: number;
  readonly linkId: number;
}

/** A link that can be paid again and again: each time it makes a new payment. */
export interface PaymentLink extends LinkKey {
  readonly token: string;
  readonly title: string;
  readonly amount: Money;
  readonly terms: StoredTerms;
  readonly expiresAt: Date | undefined;
  /** By the database's clock when it was read. */
  readonly expired: boolean;
}

export type NewPaymentLink = Omit<PaymentLink, "expired"> & { readonly trace: string };
