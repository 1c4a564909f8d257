import type { Money, ResponseCodeName } from "@wasl/protocol";
import type { Mandate } from "./mandate.ts";

/** A whole card, in memory for one authorisation only; never stored, logged or put in an error. */
export interface Card {
  /** Digits only. */
  readonly number: string;
  /** A stored card has none; a shopper who is there types it. */
  readonly securityCode?: string;
  readonly expiryMonth: number;
  readonly expiryYear: number;
  readonly holder: string;
}

/** What may be kept of a card. */
export interface CardFacts {
  readonly method: string;
  readonly type: string;
  readonly scheme: string;
  /** Masked, see `maskCardNumber`. */
  readonly description: string;
  readonly expiryMonth: number;
  readonly expiryYear: number;
  readonly issuerCountry?: string;
  readonly issuerName?: string;
}

/** `threeDSDetails` of protocol.md 7.5, member for member. */
export interface ThreeDsFacts {
  readonly responseLevel: number;
  readonly responseStatus: number;
  readonly enrolled: string;
  readonly paResStatus: string;
  readonly eci: string;
  readonly cavv: string;
  readonly ucaf: string;
  readonly threeDSVersion: string;
}

/**
 * How a payment came about. `ecom`: the shopper is at a browser, so the issuer may ask for 3-D
 * Secure and the security code is needed. `moto`: the card came by mail or telephone. `recurring`:
 * the merchant charges a stored card, and nobody is there. `wallet`: the shopper's device has
 * authenticated them, and there is no security code. `unproven_wallet`: the same without that
 * authentication, so the issuer may ask for 3-D Secure.
 */
export type Initiation = "ecom" | "moto" | "recurring" | WalletInitiation;
export type WalletInitiation = "wallet" | "unproven_wallet";

export interface AuthorisationRequest {
  readonly profileId: number;
  /** Names this authorisation for ever: asking twice with one id charges once. */
  readonly requestId: string;
  readonly amount: Money;
  /** `verification`: whether the card is good; what was held for it is released at once. */
  readonly purpose: "payment" | "verification";
  readonly initiation: Initiation;
  /** What the shopper agreed to when the card was stored, or agrees to now. */
  readonly mandate?: Mandate;
  readonly card: Card;
  readonly merchantName: string;
  readonly language: "en" | "ar";
  /** Where a 3-D Secure challenge sends the shopper's browser when it is over. */
  readonly backUrl: string;
  /** Origins that may show the challenge in a frame; absent: it is not in one. */
  readonly frameAncestors?: readonly string[];
}

/** A later step on an authorisation or capture this acquirer has approved. */
export interface FollowUpRequest {
  readonly profileId: number;
  /** Names this step for ever, like that of an authorisation; `inquire` knows it too. */
  readonly requestId: string;
  /** The request of what is captured, voided, released, refunded or extended. */
  readonly originalRequestId: string;
  readonly kind: "capture" | "void" | "release" | "refund" | "authext";
  readonly amount: Money;
}

export interface Inquiry {
  readonly profileId: number;
  readonly requestId: string;
  /** The shopper's time is over: end what is open at another page, so that this answer is final. */
  readonly endChallenge: boolean;
}

/** A payment on the page of a method's own provider: Apple Pay, Tabby, PayPal, … */
export interface ProviderRequest {
  readonly profileId: number;
  /** Names this payment for ever, like that of an authorisation; `inquire` and refunds know it too. */
  readonly requestId: string;
  /** Code of `payment_methods`, such as `tabby`. */
  readonly method: string;
  readonly amount: Money;
  readonly merchantName: string;
  readonly language: "en" | "ar";
  /** Where the provider's page sends the shopper's browser when it is over. */
  readonly backUrl: string;
  /** Origins that may show the provider's page in a frame; absent: it is not in one. */
  readonly frameAncestors?: readonly string[];
}

/** An answer after which nothing can change any more. */
export type FinalAnswer =
  | {
      readonly kind: "approved" | "held";
      readonly approvalCode: string;
      readonly threeDs?: ThreeDsFacts;
      readonly acquirerMessage?: string;
      readonly acquirerRrn?: string;
    }
  | {
      readonly kind: "declined";
      /** Also `cancelled` and `expired`, of what the shopper did not finish elsewhere. */
      readonly reason: ResponseCodeName;
      readonly threeDs?: ThreeDsFacts;
    }
  | { readonly kind: "failed"; readonly reason: ResponseCodeName };

/** `unknown`: no answer was had; the payment stays pending and the acquirer is asked again. */
export type AuthorisationAnswer =
  | FinalAnswer
  | { readonly kind: "challenge"; readonly url: string }
  | { readonly kind: "unknown" };

export type WalletReading =
  | {
      readonly ok: true;
      readonly card: Omit<Card, "holder">;
      readonly initiation: WalletInitiation;
      /** The wallet's name of this token, which it gives to no other one. */
      readonly tokenId: string;
    }
  /** Why not, as the end of a sentence; says nothing of what is inside. */
  | { readonly ok: false; readonly rule: string };

/** A bill that the shopper pays later, elsewhere, by its number (protocol.md 9.3). */
export interface BillRequest {
  readonly profileId: number;
  /** Names this bill for ever, like that of an authorisation. */
  readonly requestId: string;
  /** Code of `payment_methods`, such as `sadad`. */
  readonly method: string;
  readonly amount: Money;
  readonly merchantName: string;
  readonly language: "en" | "ar";
}

export type BillAnswer =
  | {
      readonly kind: "issued";
      /** What the shopper names when paying. */
      readonly number: string;
      /** How long it can be paid. */
      readonly minutes: number;
      /** Where it can be paid in a browser, if anywhere. */
      readonly payUrl?: string;
    }
  | { readonly kind: "failed"; readonly reason: ResponseCodeName }
  | { readonly kind: "unknown" };

export interface BillInquiry {
  readonly profileId: number;
  readonly requestId: string;
  /** Its time is over: if it is still open, nobody can pay it from now on. */
  readonly close: boolean;
}

/** `not_received`: as with an {@link InquiryAnswer}; such a bill is not written later either. */
export type BillState =
  | { readonly kind: "open" }
  | {
      readonly kind: "paid";
      readonly acquirerRrn: string;
      /** As the request had it, and as the answer would have had it: that one may be lost. */
      readonly method: string;
      readonly number: string;
    }
  /** It can no longer be paid, and never will be. */
  | { readonly kind: "closed" }
  | { readonly kind: "not_received" }
  | { readonly kind: "unknown" };

/** `pending`: the acquirer has taken it and will know later; it is inquired about. */
export type FollowUpAnswer =
  | FinalAnswer
  | { readonly kind: "pending" }
  | { readonly kind: "unknown" };

/**
 * `open`: the shopper is still at the issuer's or the provider's page. `not_received`: the acquirer
 * never got the request, and refuses it should it still arrive.
 */
export type InquiryAnswer =
  | FinalAnswer
  | { readonly kind: "open" }
  | { readonly kind: "unknown" }
  | { readonly kind: "not_received" };

/** A connection to whoever moves the money. */
export interface Acquirer {
  readonly name: string;
  /** Why this card must not be sent to the acquirer at all, if so. */
  refusal(cardNumber: string): "real_card_in_sandbox" | undefined;
  authorise(request: AuthorisationRequest): Promise<AuthorisationAnswer>;
  followUp(request: FollowUpRequest): Promise<FollowUpAnswer>;
  inquire(inquiry: Inquiry): Promise<InquiryAnswer>;
  /** Opens what a wallet on the shopper's device made; never throws, whatever it is given. */
  openWallet(token: unknown): WalletReading;
  /** Begins a payment on its provider's page, which is a `challenge`; asked again, it is the same. */
  beginAtProvider(request: ProviderRequest): Promise<AuthorisationAnswer>;
  issueBill(request: BillRequest): Promise<BillAnswer>;
  inquireBill(inquiry: BillInquiry): Promise<BillState>;
}
