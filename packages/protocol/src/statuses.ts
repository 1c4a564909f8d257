/** Every status letter of a transaction response, with the word people read. protocol.md 12.1 */
export const statuses = {
  A: "authorised",
  H: "held",
  P: "pending",
  V: "voided",
  E: "error",
  D: "declined",
  X: "expired",
  C: "cancelled",
} as const;

export type StatusLetter = keyof typeof statuses;
export type StatusWord = (typeof statuses)[StatusLetter];

/** Whether goods may be handed over: A only. H and P are neither success nor failure. */
export function isPaid(letter: StatusLetter): boolean {
  return letter === "A";
}
