const kept = /[A-Za-z0-9\-_.]/;

const encoder = new TextEncoder();

/**
 * One value of `application/x-www-form-urlencoded`, escaped as PHP's `http_build_query` does it:
 * letters, digits, `-`, `_` and `.` stay, a space becomes `+`, every other UTF-8 byte `%XX`.
 * JavaScript's own encoders differ (`*`, `~`, `!`, `'`, `(`, `)`), which breaks signatures.
 * Source: protocol.md 6.5.
 *
 * @example encodeFormValue("a b*~") // "a+b%2A%7E"
 */
export function encodeFormValue(value: string): string {
  let encoded = "";
  for (const byte of encoder.encode(value)) {
    const character = String.fromCodePoint(byte);
    if (byte < 0x80 && kept.test(character)) encoded += character;
    else if (byte === 0x20) encoded += "+";
    else encoded += `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}

/** Pairs as `k=v&k=v`, in the order given, escaped by {@link encodeFormValue}. */
export function encodeForm(pairs: Iterable<readonly [name: string, value: string]>): string {
  return Array.from(
    pairs,
    ([name, value]) => `${encodeFormValue(name)}=${encodeFormValue(value)}`,
  ).join("&");
}
