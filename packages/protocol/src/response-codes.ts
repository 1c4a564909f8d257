import type { StatusLetter } from "./statuses.ts";

export interface ResponseCode {
  readonly code: string;
  readonly status: StatusLetter;
  readonly message: string;
}

const codes = {
  cvvMismatch: ["305", "D", "Card security code (CVV) mismatch"],
  threeDsRejected: ["310", "D", "3DSecure authentication rejected"],
  threeDsIncomplete: ["345", "D", "3DSecure authentication not completed"],
  threeDsUnavailable: ["346", "D", "Card issuer unable to process 3DSecure"],
  notAuthorised: ["300", "D", "Not authorised"],
  notPermitted: ["313", "D", "Transaction not permitted by the card issuer"],
  insufficientFunds: ["316", "D", "Insufficient funds"],
  cardNotApproved: ["354", "D", "Card not approved by merchant"],
  cancelled: ["321", "C", "Cancelled"],
  expired: ["355", "X", "Transaction expired"],
  unsupported: ["335", "D", "Transaction type not supported by the acquirer"],
  previousOnHold: ["120", "E", "Previous transaction is on hold"],
  noResponse: ["401", "E", "No response"],
  pending: ["600", "P", "Pending"],
} as const satisfies Record<string, readonly [string, StatusLetter, string]>;

export type ResponseCodeName = keyof typeof codes;

/**
 * The outcome codes Wasl itself produces, each with its letter and text (protocol.md 6.3, 12.2).
 * The code of a success is the issuer's approval code and has no entry.
 *
 * @example responseCode("cvvMismatch") // { code: "305", status: "D", message: "Card security …" }
 */
export function responseCode(name: ResponseCodeName): ResponseCode {
  const [code, status, message] = codes[name];
  return { code, status, message };
}

export const responseCodeNames = Object.keys(codes) as readonly ResponseCodeName[];

/** The message of every authorised or held payment (protocol.md 6.3). */
export const authorisedMessage = "Authorised";
