import { ApiError } from "../errors.ts";
import type { Profile } from "../profiles/profile.ts";
import type { TransactionServices } from "../transactions/services.ts";
import { type CardToken, findToken } from "../transactions/tokens-store.ts";
import { type VaultCard, VaultError } from "../vault/envelope.ts";
import { hasExpired } from "./card-request.ts";

/** A token whose card is still there. */
export type UsableToken = CardToken & { readonly cardId: string };

/**
 * The token of this profile.
 *
 * @throws ApiError INVALID_FIELD when it is another's, unknown, or deleted
 */
export async function requireToken(
  { pool }: Pick<TransactionServices, "pool">,
  { profileId }: Profile,
  token: string,
): Promise<UsableToken> {
  const found = await findToken(pool, profileId, token);
  if (found === undefined) throw refused("is not a token of this profile");
  const { cardId } = found;
  if (cardId === undefined) throw refused("was deleted");
  return { ...found, cardId };
}

/** @throws ApiError INVALID_FIELD when the token's card has expired */
export function refuseExpired({ card }: CardToken, now: Date): void {
  if (card === undefined || !hasExpired(card, now)) return;
  const month = card.expiryMonth.toString().padStart(2, "0");
  throw refused(`names a card that expired in ${month}/${card.expiryYear}`);
}

/**
 * The token's card, opened.
 *
 * @throws ApiError INVALID_FIELD when it was deleted just now, VAULT when it cannot be opened here
 */
export async function openStoredCard(
  { vault, log }: Pick<TransactionServices, "vault" | "log">,
  { profileId }: Profile,
  { cardId }: UsableToken,
): Promise<VaultCard> {
  const card = await vault.open({ profileId, cardId }).catch((error: unknown) => {
    if (!(error instanceof VaultError)) throw error;
    log.error({ err: error, profileId }, "a stored card could not be opened");
    throw new ApiError("VAULT");
  });
  if (card === undefined) throw refused("was deleted");
  return card;
}

function refused(rule: string): ApiError {
  return new ApiError("INVALID_FIELD", { field: "token", rule });
}
