import { isUtf8 } from "node:buffer";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Clock } from "../clock.ts";
import { type CallNotes, notesOf, openNotes } from "../http/call-notes.ts";
import { JsonNumber } from "../http/json-body.ts";
import { uuidv7 } from "../ids.ts";
import { type ApiCall, bodyKeptMax, lineKeptMax, strangersBodyKeptMax } from "./api-call.ts";
import type { ApiLog, LoggedCall } from "./api-log.ts";
import { hintOf } from "./hints.ts";
import { bareKey, keyKindOf } from "./key-hints.ts";
import { mask } from "./mask.ts";

export interface CaptureServices {
  readonly clock: Clock;
  readonly apiLog: ApiLog;
}

/** Replies on their way out, until they are logged. */
const replies = new WeakMap<FastifyReply, string>();

/**
 * Has every call of this scope logged, whatever becomes of it. Called before `speakMerchantApi`, so
 * that the notes of a call are open when it begins to be served. The work is done when the reply has
 * gone out; if it fails, the call has long been answered.
 */
export function recordApiCalls(app: FastifyInstance, services: CaptureServices): void {
  app.addHook("onRequest", (request, _reply, done) => {
    openNotes(request);
    done();
  });
  app.addHook("onSend", (_request, reply, payload, done) => {
    if (typeof payload === "string") replies.set(reply, payload);
    done(null, payload);
  });
  app.addHook("onResponse", (request, reply, done) => {
    done();
    try {
      const notes = notesOf(request);
      if (notes !== undefined) services.apiLog.record(describe(services, request, reply, notes));
    } catch (error) {
      services.apiLog.faulty(error);
    }
  });
}

/** What of a reply is worth a column. */
interface ReplyFacts {
  readonly trace?: string;
  readonly tranRef?: string;
  readonly cartId?: string;
  /** References in it that this gateway gave out. */
  readonly references: readonly string[];
  /** The transaction it tells of has status E: its code and message. */
  readonly failed?: { readonly code: number; readonly message: string };
}

type Masker = (text: string, lengthMax?: number, isJson?: boolean) => string;

function describe(
  { clock }: CaptureServices,
  request: FastifyRequest,
  reply: FastifyReply,
  notes: CallNotes,
): LoggedCall {
  const { refusal, profileId, authenticated = false } = notes;
  const bytes = Buffer.isBuffer(request.body) ? request.body : undefined;
  const replied = replies.get(reply) ?? "";
  const facts = readReply(replied);
  const presented = request.headers.authorization?.slice(0, lineKeptMax);
  const path = request.raw.url?.split("?")[0] ?? "";
  const secrets = presented === undefined ? [] : [presented, bareKey(presented)];
  const keep: Masker = (text, lengthMax = lineKeptMax, isJson = true) =>
    mask(text, { isJson, lengthMax, secrets, references: facts.references });
  // A query tells of failed transactions, and has not failed for that.
  const failed = path.endsWith("/query") ? undefined : facts.failed;
  const wrongKey = refusal?.error.key === "AUTHENTICATION_FAILED";
  const durationMs = reply.elapsedTime;
  const tranRef = facts.tranRef ?? memberOf(notes, "tran_ref");
  const cartId = facts.cartId ?? memberOf(notes, "cart_id");
  const call: ApiCall = {
    callId: uuidv7(),
    at: new Date(clock.now().getTime() - durationMs),
    profileId,
    authenticated,
    method: request.method,
    path: keep(path),
    headers: keptHeaders(request, keep),
    keyKind: keyKindOf(presented),
    requestBody: keptBody(bytes, notes, keep),
    requestBytes: bytes?.length,
    status: reply.statusCode,
    replyBody: keep(replied, bodyKeptMax),
    durationMs,
    trace: refusal?.trace ?? facts.trace,
    refused: refusal !== undefined || failed !== undefined || reply.statusCode >= 400,
    code: refusal?.error.entry.code ?? failed?.code,
    error: refusal?.error.key,
    hint: wrongKey ? undefined : hint(request, notes, { bytes, path, failed }, keep),
    tranRef: tranRef && keep(tranRef),
    cartId: cartId && keep(cartId),
    remoteAddress: request.ip,
  };
  return {
    call,
    refusedKey: wrongKey ? { presented: presented ?? "", profileId } : undefined,
  };
}

function hint(
  request: FastifyRequest,
  { refusal, body }: CallNotes,
  known: { bytes: Buffer | undefined; path: string; failed: ReplyFacts["failed"] },
  keep: Masker,
): string | undefined {
  const { bytes = Buffer.alloc(0), path, failed } = known;
  if (refusal === undefined) {
    return failed && `The transaction was refused: ${keep(failed.message)} (${failed.code}).`;
  }
  const contentType = sentHeader(request, "content-type");
  const { method } = request;
  return keep(
    hintOf({ method, path, contentType, bytes, body, error: refusal.error }),
    hintKeptMax,
  );
}

/** Characters kept of a hint. */
const hintKeptMax = 1024;

/** Headers that explain how a body was read; `authorization` is none of them. */
const headersKept = ["user-agent", "content-type", "content-encoding", "x-forwarded-for"];

function keptHeaders(request: FastifyRequest, keep: Masker): Readonly<Record<string, string>> {
  const sent = headersKept.map((name) => [name, sentHeader(request, name)] as const);
  return Object.fromEntries(
    sent.flatMap(([name, value]) => (value === undefined ? [] : [[name, keep(value)]])),
  );
}

/** A header as it came: the API takes every content type for JSON and writes so over it. */
function sentHeader(request: FastifyRequest, wanted: string): string | undefined {
  const { rawHeaders } = request.raw;
  const place = rawHeaders.findIndex(
    (name, index) => index % 2 === 0 && name.toLowerCase() === wanted,
  );
  return place === -1 ? undefined : rawHeaders[place + 1];
}

function keptBody(
  bytes: Buffer | undefined,
  { body, authenticated = false }: CallNotes,
  keep: Masker,
): string {
  if (bytes === undefined) return "";
  if (!isUtf8(bytes) || bytes.includes(0)) {
    return `${bytes.length} bytes that are not UTF-8 text: not kept`;
  }
  const lengthMax = authenticated ? bodyKeptMax : strangersBodyKeptMax;
  return keep(bytes.toString("utf8"), lengthMax, body !== undefined);
}

function memberOf({ body }: CallNotes, name: string): string | undefined {
  const value = body?.[name];
  if (value instanceof JsonNumber) return value.source;
  return typeof value === "string" ? value : undefined;
}

/** Our own reply, read back: the one place that knows what the caller was told. */
function readReply(reply: string): ReplyFacts {
  if (!reply.startsWith("{")) return { references: [] };
  const object = JSON.parse(reply) as Record<string, unknown>;
  const text = (name: string) => {
    const value = object[name];
    return typeof value === "string" ? value : undefined;
  };
  const trace = text("trace");
  const tranRef = text("tran_ref");
  const cartId = text("cart_id");
  const references = [trace, tranRef, text("previous_tran_ref")];
  const failed = failureIn(object["payment_result"]);
  return {
    ...(trace !== undefined && { trace }),
    ...(tranRef !== undefined && { tranRef }),
    ...(cartId !== undefined && { cartId }),
    references: references.filter((reference) => reference !== undefined),
    ...(failed !== undefined && { failed }),
  };
}

/** `payment_result` with status E (protocol.md 3.3). */
function failureIn(result: unknown): ReplyFacts["failed"] {
  const read = failedResult.safeParse(result);
  if (!read.success) return undefined;
  const { response_code: code, response_message: message } = read.data;
  return { code: Number.parseInt(code, 10), message };
}

const failedResult = z.object({
  response_status: z.literal("E"),
  response_code: z.string().regex(/^\d{1,6}$/),
  response_message: z.string(),
});
