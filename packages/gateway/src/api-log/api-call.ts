import type { ErrorName } from "../errors.ts";

/** What kind of key a call presented, judged by its shape alone. */
export type KeyKind = "none" | "server" | "client" | "scheme" | "other";

/** One call of the merchant API as the log keeps it: masked, bounded, explained. */
export interface ApiCall {
  /** A UUID of version 7: calls sort by it in the order they ended. */
  readonly callId: string;
  /** When the call arrived. */
  readonly at: Date;
  /** The profile that the body names; `undefined` when none could be read. */
  readonly profileId: number | undefined;
  /** The key was that profile's. */
  readonly authenticated: boolean;
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  /** Those that matter, never `authorization`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly keyKind: KeyKind;
  readonly requestBody: string;
  /** As many bytes as came; `undefined` when the body was not read to its end. */
  readonly requestBytes: number | undefined;
  readonly status: number;
  readonly replyBody: string;
  readonly durationMs: number;
  /** The trace of the reply; `undefined` when the reply has none, as a list has. */
  readonly trace: string | undefined;
  /** The call got an error, or an answer of status E. */
  readonly refused: boolean;
  /** PT2's code, where the call was refused. */
  readonly code: number | undefined;
  readonly error: ErrorName | undefined;
  /** Why it was refused and what to do, in plain words. */
  readonly hint: string | undefined;
  readonly tranRef: string | undefined;
  readonly cartId: string | undefined;
  readonly remoteAddress: string;
}

/** Characters kept of a body; the rest is cut with a note. */
export const bodyKeptMax = 16_384;

/** The same of a call without a right key: anybody can send those. */
export const strangersBodyKeptMax = 4096;

/** Characters kept of a path, a header and a reference. */
export const lineKeptMax = 256;
