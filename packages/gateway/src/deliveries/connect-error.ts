import { isIP } from "node:net";
import { isOwnCode, OwnFault } from "./own-fault.ts";

export type ConnectPhase = "dns" | "connect" | "tls";

/** Why there is no connection to the merchant's server, and how far it came. */
export class ConnectError extends Error {
  override readonly name = "ConnectError";
  readonly phase: ConnectPhase;
  readonly code: string;

  constructor(phase: ConnectPhase, code: string, message: string) {
    super(message);
    this.phase = phase;
    this.code = code;
  }
}

/**
 * Says of any error whose fault it is.
 *
 * @example throw asConnectError("connect", error);
 */
export function asConnectError(phase: ConnectPhase, error: unknown): ConnectError | OwnFault {
  if (error instanceof ConnectError || error instanceof OwnFault) return error;
  // Node's word for several addresses that failed one after the other: ours only if all of them are.
  const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  const message = errors.map(messageOf).join("; ");
  const codes = errors.map(codeOf);
  const theirs = errors.findIndex((each, n) => {
    return !isOwnCode(phase, codes[n] ?? unknownCode, familyOf(each));
  });
  if (theirs < 0) return new OwnFault(codes[0] ?? unknownCode, message, phase);
  return new ConnectError(phase, codes[theirs] ?? unknownCode, message);
}

const unknownCode = "UNKNOWN";

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : unknownCode;
}

function familyOf(error: unknown): 0 | 4 | 6 {
  if (!(error instanceof Error) || !("address" in error)) return 0;
  return isIP(String(error.address)) as 0 | 4 | 6;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
