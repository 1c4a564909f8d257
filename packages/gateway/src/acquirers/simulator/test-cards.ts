import type { ResponseCodeName } from "@wasl/protocol";

/** Declines and errors that a card has at once, and their codes (protocol.md 12.2). */
export const refusals = {
  not_authorised: "notAuthorised",
  three_ds_not_available: "threeDsNotAvailable",
  not_permitted: "notPermitted",
  insufficient_funds: "insufficientFunds",
  type_not_supported: "unsupported",
  three_ds_unavailable: "threeDsUnavailable",
  fraud_reported: "fraudReported",
  system_error: "systemError",
} as const satisfies Record<string, ResponseCodeName>;

type Refusal = keyof typeof refusals;

/** What the simulated acquirer does with a test card when its security code is right. */
export type Behaviour =
  | Refusal
  | "approve"
  | "hold"
  | "no_answer"
  | "late_answer"
  | "late_refund"
  | "no_refund"
  | "no_recurring";

export function isRefusal(behaviour: Behaviour): behaviour is Refusal {
  return Object.hasOwn(refusals, behaviour);
}

export interface TestCard {
  /** Digits only. */
  readonly number: string;
  readonly brand: "Visa" | "MasterCard" | "mada";
  readonly securityCode: string;
  readonly threeDs: boolean;
  readonly behaviour: Behaviour;
  /** Whether ClickPay publishes this card (protocol.md 13.1) or it is the simulator's own. */
  readonly published: boolean;
}

/**
 * Every card the sandbox takes. The payment page's drawer, `docs/test-cards.md` and the tests are
 * made from this list; no other number is accepted.
 */
export const testCards: readonly TestCard[] = [
  published("4111111111111111", "Visa", "123", { threeDs: false }),
  published("4000000000000002", "Visa", "123", { threeDs: true }),
  published("4012001036983332", "Visa", "530", { threeDs: true }),
  published("5200000000000114", "MasterCard", "977", { threeDs: false }),
  published("5498383801606532", "MasterCard", "977", { threeDs: true }),
  published("5200000000000007", "MasterCard", "977", { threeDs: true }),
  own("4464040000000007", "approve", "mada"),
  own("4000000000003006", "not_authorised"),
  own("4000000000003097", "three_ds_not_available"),
  own("4000000000003139", "not_permitted"),
  own("4000000000003162", "insufficient_funds"),
  own("4000000000003352", "type_not_supported"),
  own("4000000000003469", "three_ds_unavailable"),
  own("4000000000005019", "fraud_reported"),
  own("4000000000004004", "system_error"),
  own("4000000000001208", "hold"),
  own("4000000000004012", "no_answer"),
  own("4000000000006009", "late_answer"),
  own("4000000000005126", "late_refund"),
  own("4000000000003055", "no_refund"),
  own("4000000000000341", "no_recurring"),
];

function published(
  number: string,
  brand: TestCard["brand"],
  securityCode: string,
  { threeDs }: { threeDs: boolean },
): TestCard {
  return { number, brand, securityCode, threeDs, behaviour: "approve", published: true };
}

function own(number: string, behaviour: Behaviour, brand: TestCard["brand"] = "Visa"): TestCard {
  return { number, brand, securityCode: "123", threeDs: false, behaviour, published: false };
}

export function findTestCard(number: string): TestCard | undefined {
  return testCards.find((card) => card.number === number);
}
