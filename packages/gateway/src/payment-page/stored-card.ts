import { maskCardNumber } from "@wasl/protocol";
import type { CardFacts } from "../acquirers/acquirer.ts";
import { testCards } from "../acquirers/simulator/test-cards.ts";
import { hasExpired } from "../payment-requests/card-request.ts";
import { findToken } from "../transactions/tokens-store.ts";
import type { PageServices } from "./services.ts";
import type { StoredCardView } from "./views.ts";
import type { Visit } from "./visit.ts";

/** The stored card this payment is made with, as far as the page may know it. */
export interface StoredCard {
  readonly cardId: string;
  readonly card: CardFacts;
}

/**
 * The stored card of a token payment; `undefined` for any other payment, and when the card was
 * deleted or has expired since the request: then the page takes a card like any other.
 */
export async function storedCardOf(
  { pool, clock }: Pick<PageServices, "pool" | "clock">,
  { transaction }: Pick<Visit, "transaction">,
): Promise<StoredCard | undefined> {
  const { token } = transaction.options;
  if (token === undefined) return undefined;
  const found = await findToken(pool, transaction.facts.profileId, token);
  if (found?.cardId === undefined || found.card === undefined) return undefined;
  const { cardId, card } = found;
  return hasExpired(card, clock.now()) ? undefined : { cardId, card };
}

export function storedCardView(
  { card }: StoredCard,
  { sandbox }: { readonly sandbox: boolean },
): StoredCardView {
  const { description, scheme, expiryMonth, expiryYear } = card;
  const month = expiryMonth.toString().padStart(2, "0");
  const known = testCards.find(({ number }) => maskCardNumber(number) === description);
  return {
    description,
    brand: scheme,
    expiry: `${month} / ${expiryYear.toString().slice(-2)}`,
    testCode: sandbox ? (known?.securityCode ?? null) : null,
  };
}
