import { randomBytes, randomInt } from "node:crypto";
import { isCardNumber } from "@wasl/protocol";

/** PT2's numbers of the token formats (protocol.md 2.4): 2 Hex32 … 6 AlphaNum32. */
export const tokenFormats = [2, 3, 4, 5, 6] as const;
export type TokenFormat = (typeof tokenFormats)[number];

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/**
 * A new token in this format, by chance alone. One of 16 digits is never a valid card number, so
 * that nobody takes it for one.
 *
 * @example newCardToken(2) // "A1B2C3D4E5F60718293A4B5C6D7E8F90"
 */
export function newCardToken(format: TokenFormat): string {
  switch (format) {
    case 2:
      return randomBytes(16).toString("hex").toUpperCase();
    case 3:
      return characters(alphabet, 20);
    case 4:
      return digits(22);
    case 5: {
      let token = digits(16);
      while (isCardNumber(token)) token = digits(16);
      return token;
    }
    case 6:
      return characters(alphabet, 32);
    default:
      return format satisfies never;
  }
}

function characters(from: string, length: number): string {
  return Array.from({ length }, () => from[randomInt(from.length)] ?? "").join("");
}

/** The first digit is no zero, which a shop that keeps numbers would lose. */
function digits(length: number): string {
  return characters("123456789", 1) + characters("0123456789", length - 1);
}
