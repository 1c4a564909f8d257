/**
 * What the gateway does not offer yet, with the request that shows it. Tests of such a thing are
 * skipped; `pending.test.ts` fails as soon as the request is no longer refused as not offered, so
 * that nothing stays skipped once it is there: take the line out then, and the tests run.
 */
export const pending = {
  applePay: {
    reason: "Apple Pay is not offered on the page yet",
    request: { payment_methods: ["applepay"] },
  },
  otherMethods: {
    reason: "only cards are offered yet",
    request: { cart_currency: "EGP", payment_methods: ["amaninstallment", "installments"] },
  },
} as const satisfies Readonly<Record<string, PendingFeature>>;

interface PendingFeature {
  readonly reason: string;
  readonly request: object;
}

export type Feature = "followUps" | "ownForm" | "applePay" | "otherMethods";

/** Whether tests of this are to be skipped. */
export function isPending(feature: Feature | undefined): boolean {
  return feature !== undefined && feature in pending;
}
