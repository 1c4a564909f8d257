import type { CardFacts } from "../acquirers/acquirer.ts";
import type { Mandate } from "../acquirers/mandate.ts";
import type { Outcome, TransactionFacts } from "../responses/facts.ts";
import type { PageOptions } from "./page-options.ts";
import type { TokenFormat } from "./card-token.ts";

/**
 * `open`: the shopper may pay. `authorising`: the acquirer was asked, its answer is not known yet.
 * `challenging`: the shopper is at the issuer's 3-D Secure page, or at the page of the method's
 * provider. `awaiting`: the shopper has a bill
 * to pay elsewhere, and the merchant was told P. `completed`: has its outcome.
 */
export type TransactionState = "open" | "authorising" | "challenging" | "awaiting" | "completed";

/**
 * `leave`: the shopper is back from the issuer or the provider, and the answer is not known.
 * `record`: the merchant says that it was paid elsewhere.
 */
export type TransactionStep =
  | "submit"
  | "challenge"
  | "leave"
  | "answer"
  | "cancel"
  | "expire"
  | "refuse"
  | "record"
  | "await"
  | "settle"
  | "lapse";

/**
 * Which step is allowed in which state, and where it leads; every pair that is absent is refused.
 * The stores' statements are guarded by {@link statesAllowing}.
 */
const steps: Readonly<
  Record<TransactionState, Partial<Record<TransactionStep, TransactionState>>>
> = {
  open: {
    submit: "authorising",
    cancel: "completed",
    expire: "completed",
    refuse: "completed",
    record: "completed",
  },
  authorising: { challenge: "challenging", answer: "completed", await: "awaiting" },
  challenging: { leave: "authorising", answer: "completed" },
  awaiting: { settle: "completed", lapse: "completed" },
  completed: {},
};

/** The state a step leads to, or `undefined` when the step is not allowed now. */
export function nextState(
  state: TransactionState,
  step: TransactionStep,
): TransactionState | undefined {
  return steps[state][step];
}

/** The states in which a step is allowed, for a statement's guard. */
export function statesAllowing(step: TransactionStep): TransactionState[] {
  const states = Object.keys(steps) as TransactionState[];
  return states.filter((state) => nextState(state, step) !== undefined);
}

/** A rule of live PT2 gateways that a sandbox payment breaks; it works here only. */
export interface LiveWarning {
  readonly field: "callback" | "return" | "framed_message_target";
  readonly message: string;
}

/** How a payment is to be made, beyond the facts that responses repeat. */
export interface PaymentOptions {
  readonly page?: PageOptions;
  /** The card is to be stored under a token. */
  readonly save?: SaveOptions;
  /** The stored card that is paid with. */
  readonly token?: string;
}

export interface SaveOptions {
  readonly format: TokenFormat;
  /** Only if the shopper ticks a box on the page. */
  readonly ifTicked: boolean;
  readonly mandate?: Mandate;
}

/** What follow-ups have taken of a transaction, or have reserved, in its currency's minor units. */
export interface Balances {
  readonly captured: bigint;
  readonly released: bigint;
  readonly refunded: bigint;
}

/** A payment as it is stored. */
export interface Transaction {
  readonly facts: TransactionFacts;
  readonly pageToken: string;
  /** The `trace` of the reply that created it. */
  readonly trace: string;
  readonly callbackUrl: string | undefined;
  readonly returnUrl: string | undefined;
  readonly returnUsingGet: boolean;
  readonly language: "en" | "ar" | undefined;
  readonly liveWarnings: readonly LiveWarning[];
  readonly options: PaymentOptions;
  readonly state: TransactionState;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** By the database's clock when it was read; not above 0 once the time is over. */
  readonly secondsLeft: number;
  readonly extensions: number;
  readonly openedAt: Date | undefined;
  readonly returnedAt: Date | undefined;
  readonly acquirerRequest: string | undefined;
  /** Where the shopper is to go: the issuer's or provider's page, or where the bill can be paid. */
  readonly challengeUrl: string | undefined;
  /** Since the shopper was led to the issuer or the provider, by the database's clock. */
  readonly secondsAway: number | undefined;
  readonly inquiries: number;
  readonly card: CardFacts | undefined;
  /** The card in the vault that gets a token if this payment is authorised. */
  readonly savesCard: string | undefined;
  readonly outcome: Outcome | undefined;
  readonly balances: Balances;
  readonly callbackDelivery: string | undefined;
}

/** What is known of a payment when it is created. */
export type NewTransaction = Pick<
  Transaction,
  | "pageToken"
  | "trace"
  | "callbackUrl"
  | "returnUrl"
  | "returnUsingGet"
  | "language"
  | "liveWarnings"
  | "options"
> & {
  readonly facts: Omit<TransactionFacts, "tranRef">;
  readonly ttlMinutes: number;
  /** Who asked for it; the merchant unless told otherwise. */
  readonly requestedBy?: Actor;
};

export type EventKind =
  | "requested"
  | "page_opened"
  | "time_extended"
  | "card_submitted"
  | "card_refused"
  | "challenged"
  | "challenge_ended"
  | "method_chosen"
  | "sent_to_provider"
  | "still_away"
  | "unanswered"
  | "inquired"
  | "completed"
  | "return_handed_over"
  | "delivery_exhausted"
  | "redelivery_asked"
  | "followed_up"
  | "bill_asked"
  | "settled"
  | "mail_sent"
  | "mail_given_up"
  | "tokenised"
  | "token_deleted"
  | "queried";

export type Actor = "merchant" | "shopper" | "acquirer" | "gateway";

/** One line of a payment's history. */
export interface TransactionEvent {
  readonly at: Date;
  readonly kind: EventKind;
  readonly actor: Actor;
  readonly detail: Readonly<Record<string, unknown>>;
}
