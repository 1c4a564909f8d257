import { encodeForm } from "./form-encoding.ts";

/**
 * The text whose HMAC-SHA256 (key: the server key, output: lower-case hex) signs a Return:
 * every field except `signature`, empty ones dropped, sorted by name in byte order, form-encoded
 * as PHP does. Source: protocol.md 6.5.
 *
 * @example returnSigningText({ tranRef: "TST1", token: "", cartId: "a b" })
 * // "cartId=a+b&tranRef=TST1"
 */
export function returnSigningText(fields: Readonly<Record<string, string>>): string {
  const signed = Object.entries(fields).filter(
    ([name, value]) => name !== "signature" && value !== "",
  );
  return encodeForm(signed.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
