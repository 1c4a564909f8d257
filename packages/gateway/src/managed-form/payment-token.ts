import {
  createCipheriv,
  createDecipheriv,
  createHash,
  hkdfSync,
  randomBytes,
  randomInt,
} from "node:crypto";

/** A card as the managed form sends it, until its one use. */
export interface FormCard {
  /** Digits only. */
  readonly number: string;
  readonly securityCode: string;
  readonly expiryMonth: number;
  readonly expiryYear: number;
  /** Empty when the form has no field for it. */
  readonly holder: string;
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const tokenLength = 20;
const nonceBytes = 12;
const tagBytes = 16;

/** Twenty random alphanumerics (protocol.md 11): 119 bits, so they can make a key. */
export function newPaymentToken(): string {
  return Array.from({ length: tokenLength }, () => alphabet[randomInt(alphabet.length)]).join("");
}

export function isPaymentToken(text: string): boolean {
  return /^[A-Za-z\d]{20}$/.test(text);
}

/** What the token's row is found by; it says nothing of the key. */
export function lookupOf(token: string): Buffer {
  return createHash("sha256").update(`lookup ${token}`).digest();
}

function keyOf(token: string, profileId: number): Buffer {
  return Buffer.from(hkdfSync("sha256", token, `profile ${profileId}`, "wasl payment token", 32));
}

/** Nonce, ciphertext and tag of AES-256-GCM, under a key that only the token gives. */
export function sealCard(token: string, profileId: number, card: FormCard): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", keyOf(token, profileId), nonce);
  const sealed = [cipher.update(JSON.stringify(card), "utf8"), cipher.final()];
  return Buffer.concat([nonce, ...sealed, cipher.getAuthTag()]);
}

/** @throws Error when the row was changed, or is another profile's */
export function openCard(token: string, profileId: number, sealed: Buffer): FormCard {
  const nonce = sealed.subarray(0, nonceBytes);
  const decipher = createDecipheriv("aes-256-gcm", keyOf(token, profileId), nonce);
  decipher.setAuthTag(sealed.subarray(-tagBytes));
  const text = decipher.update(sealed.subarray(nonceBytes, -tagBytes), undefined, "utf8");
  return JSON.parse(text + decipher.final("utf8")) as FormCard;
}
