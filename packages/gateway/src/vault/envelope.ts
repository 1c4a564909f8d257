import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import { z } from "zod";
import type { VaultKey } from "../config.ts";

/** What the vault keeps of a card. A security code has no place in it. */
export interface VaultCard {
  /** Digits only. */
  readonly number: string;
  readonly expiryMonth: number;
  readonly expiryYear: number;
  readonly holder: string;
}

/** Whose card it is; the sealed bytes open for this profile and this card only. */
export interface CardOwner {
  readonly profileId: number;
  readonly cardId: string;
}

/** A data key, wrapped by a configured key. */
export interface WrappedKey {
  readonly keyId: string;
  readonly wrappedKey: Buffer;
}

/** A card as it is stored: nonce, ciphertext and tag, and the wrapped key that opens it. */
export interface SealedCard extends CardOwner, WrappedKey {
  readonly sealedCard: Buffer;
}

/** The vault could not do what it was asked. Its message holds no secret and no card. */
export class VaultError extends Error {
  override readonly name = "VaultError";
  readonly reason: "key_missing" | "damaged" | "no_keys";

  constructor(reason: VaultError["reason"], message: string) {
    super(message);
    this.reason = reason;
  }
}

const algorithm = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;

/** Seals a card with a new data key, and wraps that with the given key. */
export function sealCard(key: VaultKey, owner: CardOwner, card: VaultCard): SealedCard {
  const { number, expiryMonth, expiryYear, holder } = card;
  const dataKey = createSecretKey(randomBytes(32));
  const content = Buffer.from(JSON.stringify({ number, expiryMonth, expiryYear, holder }));
  return {
    ...owner,
    ...wrap(key, owner, dataKey),
    sealedCard: encrypt(dataKey, aad("card", owner), content),
  };
}

/**
 * Opens a sealed card.
 *
 * @throws VaultError `key_missing` when its key is not among these, `damaged` when any part of it
 *   was changed or belongs to another card
 */
export function openCard(keys: readonly VaultKey[], sealed: SealedCard): VaultCard {
  const dataKey = unwrap(keys, sealed, sealed);
  const content = decrypt(dataKey, aad("card", sealed), sealed.sealedCard, sealed);
  return vaultCard.parse(JSON.parse(content.toString("utf8")));
}

/**
 * Wraps a card's data key anew, with another key. The card itself is not opened.
 *
 * @throws VaultError as {@link openCard} does
 */
export function rewrap(
  keys: readonly VaultKey[],
  to: VaultKey,
  owner: CardOwner,
  wrapped: WrappedKey,
): WrappedKey {
  return wrap(to, owner, unwrap(keys, owner, wrapped));
}

const vaultCard = z.object({
  number: z.string(),
  expiryMonth: z.int(),
  expiryYear: z.int(),
  holder: z.string(),
});

function wrap(key: VaultKey, owner: CardOwner, dataKey: KeyObject): WrappedKey {
  const text = aad(`key ${key.id}`, owner);
  return { keyId: key.id, wrappedKey: encrypt(key.secret, text, dataKey.export()) };
}

function unwrap(keys: readonly VaultKey[], owner: CardOwner, wrapped: WrappedKey): KeyObject {
  const key = keys.find(({ id }) => id === wrapped.keyId);
  if (key === undefined) {
    throw new VaultError(
      "key_missing",
      `card ${owner.cardId} is sealed under the vault key ${wrapped.keyId}, which this node does ` +
        "not have: add it to WASL_VAULT_KEYS",
    );
  }
  return createSecretKey(
    decrypt(key.secret, aad(`key ${key.id}`, owner), wrapped.wrappedKey, owner),
  );
}

/** What the ciphertext is bound to: its purpose, the profile and the card. */
function aad(purpose: string, { profileId, cardId }: CardOwner): Buffer {
  return Buffer.from(`wasl vault 1\n${purpose}\n${profileId}\n${cardId}`);
}

function encrypt(key: KeyObject, boundTo: Buffer, content: Buffer): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce).setAAD(boundTo);
  const text = Buffer.concat([cipher.update(content), cipher.final()]);
  return Buffer.concat([nonce, text, cipher.getAuthTag()]);
}

function decrypt(key: KeyObject, boundTo: Buffer, sealed: Buffer, { cardId }: CardOwner): Buffer {
  const textEnds = sealed.length - tagBytes;
  try {
    const nonce = sealed.subarray(0, nonceBytes);
    const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
    decipher.setAAD(boundTo).setAuthTag(sealed.subarray(Math.max(textEnds, 0)));
    return Buffer.concat([
      decipher.update(sealed.subarray(nonceBytes, textEnds)),
      decipher.final(),
    ]);
  } catch {
    throw new VaultError(
      "damaged",
      `card ${cardId} does not open: it was changed, or the key of that name is another one`,
    );
  }
}
