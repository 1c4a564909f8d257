import { maskCardNumber } from "@wasl/protocol";
import type { CardFacts } from "../acquirers/acquirer.ts";
import { brandsOf } from "../acquirers/offered-methods.ts";
import { testCards } from "../acquirers/simulator/test-cards.ts";
import { hasExpired } from "../payment-requests/card-request.ts";
import { findToken } from "../transactions/tokens-store.ts";
import { type CardReading, type CardValues, readSecurityCode } from "./card-form.ts";
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
 * deleted or has expired since the request, or its brand is not among the methods asked for: then
 * the page takes a card like any other.
 */
export async function storedCardOf(
  { pool, clock }: Pick<PageServices, "pool" | "clock">,
  { transaction, options }: Pick<Visit, "transaction" | "options">,
): Promise<StoredCard | undefined> {
  const { token } = transaction.options;
  if (token === undefined) return undefined;
  const found = await findToken(pool, transaction.facts.profileId, token);
  if (found?.cardId === undefined || found.card === undefined) return undefined;
  const { cardId, card } = found;
  const usable = !hasExpired(card, clock.now()) && brandsOf(options.methods).has(card.scheme);
  return usable ? { cardId, card } : undefined;
}

/**
 * The stored card with the code that was typed. A card that went meanwhile is asked for again.
 *
 * @throws VaultError when it cannot be opened here
 */
export async function readStoredCard(
  { vault }: Pick<PageServices, "vault">,
  { profile }: Pick<Visit, "profile">,
  { cardId, card }: StoredCard,
  values: CardValues,
): Promise<CardReading> {
  const reading = readSecurityCode(values, card.scheme);
  if (!reading.ok) return reading;
  const opened = await vault.open({ profileId: profile.profileId, cardId });
  if (opened === undefined) {
    return { ok: false, errors: [{ field: "number", kind: "missing" }] };
  }
  return { ok: true, card: { ...opened, securityCode: reading.securityCode } };
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
