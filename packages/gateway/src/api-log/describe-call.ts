import { isUtf8 } from "node:buffer";
import type { CallNotes } from "../http/call-notes.ts";
import { JsonNumber } from "../http/json-body.ts";
import { uuidv7 } from "../ids.ts";
import { type ApiCall, bodyKeptMax, lineKeptMax, strangersBodyKeptMax } from "./api-call.ts";
import { hintOf } from "./hints.ts";
import { bareKey, keyKindOf, type RefusedKey } from "./key-hints.ts";
import { mask } from "./mask.ts";
import { readReply, type ReplyFacts } from "./reply-facts.ts";

/** A call that has been answered, as it came and went: with everything that must not be kept. */
export interface SeenCall {
  readonly at: Date;
  readonly durationMs: number;
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  readonly remoteAddress: string;
  /** The body; `undefined` when it was not read to its end. */
  readonly bytes: Buffer | undefined;
  readonly status: number;
  readonly reply: string;
  readonly notes: CallNotes;
}

/** A call for the log, and the key it was refused for: why is found out when it is written. */
export interface LoggedCall {
  readonly call: ApiCall;
  readonly refusedKey: RefusedKey | undefined;
}

/** Makes a text fit to be kept. */
type Keeper = (text: string, lengthMax?: number, isJson?: boolean) => string;

/** A call as the log may keep it. Nothing of the call itself is held on to but a refused key. */
export function describeCall(seen: SeenCall): LoggedCall {
  const { notes, reply, bytes } = seen;
  const facts = readReply(reply);
  const presented = headerOf(seen, "authorization")?.slice(0, lineKeptMax);
  const secrets = presented === undefined ? [] : [presented, bareKey(presented)];
  const keep: Keeper = (text, lengthMax = lineKeptMax, isJson = true) =>
    mask(text, { isJson, lengthMax, secrets, references: facts.references });
  const line = (text: string | undefined) => (text === undefined ? undefined : keep(text));
  const { refusal } = notes;
  const call: ApiCall = {
    callId: uuidv7(),
    at: seen.at,
    durationMs: seen.durationMs,
    profileId: notes.profileId,
    authenticated: notes.authenticated === true,
    method: seen.method,
    path: keep(seen.path),
    headers: keptHeaders(seen, keep),
    keyKind: keyKindOf(presented),
    requestBody: keptBody(seen, keep),
    requestBytes: bytes?.length,
    status: seen.status,
    replyBody: keep(reply, bodyKeptMax),
    trace: refusal?.trace ?? facts.trace,
    ...outcomeOf(seen, facts, keep),
    tranRef: line(facts.tranRef ?? memberOf(notes, "tran_ref")),
    cartId: line(facts.cartId ?? memberOf(notes, "cart_id")),
    remoteAddress: seen.remoteAddress,
  };
  if (!isWrongKey(notes)) return { call, refusedKey: undefined };
  return { call, refusedKey: { presented: presented ?? "", profileId: notes.profileId } };
}

const isWrongKey = ({ refusal }: CallNotes): boolean =>
  refusal?.error.key === "AUTHENTICATION_FAILED";

/** Characters kept of a hint. */
const hintKeptMax = 1024;

function outcomeOf(
  seen: SeenCall,
  facts: ReplyFacts,
  keep: Keeper,
): Pick<ApiCall, "refused" | "code" | "error" | "hint"> {
  const { notes, method, path, bytes = Buffer.alloc(0), status } = seen;
  const { refusal, body } = notes;
  if (refusal !== undefined) {
    const { error } = refusal;
    const contentType = headerOf(seen, "content-type");
    const hint = isWrongKey(notes)
      ? undefined
      : keep(hintOf({ method, path, contentType, bytes, body, error }), hintKeptMax);
    return { refused: true, code: error.entry.code, error: error.key, hint };
  }
  // A query tells of failed transactions, and has not failed for that.
  const failed = path.endsWith("/query") ? undefined : facts.failed;
  return {
    refused: failed !== undefined || status >= 400,
    code: failed?.code,
    error: undefined,
    hint: failed && keep(`The transaction was refused: ${failed.message} (${failed.code}).`),
  };
}

/** Headers that explain how a body was read; `authorization` is none of them. */
const headersKept = ["user-agent", "content-type", "content-encoding", "x-forwarded-for"];

function keptHeaders(seen: SeenCall, keep: Keeper): Readonly<Record<string, string>> {
  const sent = headersKept.map((name) => [name, headerOf(seen, name)] as const);
  return Object.fromEntries(
    sent.flatMap(([name, value]) => (value === undefined ? [] : [[name, keep(value)]])),
  );
}

/** A header as it came: the API takes every content type for JSON and writes so over it. */
function headerOf({ rawHeaders }: SeenCall, wanted: string): string | undefined {
  const place = rawHeaders.findIndex(
    (name, index) => index % 2 === 0 && name.toLowerCase() === wanted,
  );
  return place === -1 ? undefined : rawHeaders[place + 1];
}

function keptBody({ bytes, notes }: SeenCall, keep: Keeper): string {
  if (bytes === undefined) return "";
  if (!isUtf8(bytes) || bytes.includes(0)) {
    return `${bytes.length} bytes that are not UTF-8 text: not kept`;
  }
  const lengthMax = notes.authenticated === true ? bodyKeptMax : strangersBodyKeptMax;
  return keep(bytes.toString("utf8"), lengthMax, notes.body !== undefined);
}

function memberOf({ body }: CallNotes, name: string): string | undefined {
  const value = body?.[name];
  const text = value instanceof JsonNumber ? value.source : value;
  return typeof text === "string" && text !== "" ? text : undefined;
}
