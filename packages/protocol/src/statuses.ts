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
