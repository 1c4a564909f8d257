/** What the simulated acquirer does with a test card when its security code is right. */
export type Behaviour =
  | "approve"
  | "hold"
  | "insufficient_funds"
  | "no_answer"
  | "late_answer"
  | "late_refund"
  | "no_refund"
  | "no_recurring";

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
  own("4000000000003162", "insufficient_funds"),
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
