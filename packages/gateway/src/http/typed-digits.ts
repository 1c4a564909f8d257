/** Marks that come along when numbers are copied out of right-to-left text. */
const directionMarks = /[\u200E\u200F\u061C\u202A-\u202E\u2066-\u2069]/g;

/**
 * Typed text with digits of Arabic and Persian keyboards as ASCII, and without invisible direction
 * marks (experience.md 5.2).
 *
 * @example typedDigits("\u200E١٢٣") // "123"
 */
export function typedDigits(typed: string): string {
  return typed
    .replaceAll(directionMarks, "")
    .replaceAll(/[٠-٩۰-۹]/g, (digit) => ((digit.codePointAt(0) ?? 0) & 0xf).toString());
}
