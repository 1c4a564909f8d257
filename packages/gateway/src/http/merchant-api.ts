import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Clock } from "../clock.ts";
import { isDatabaseDown } from "../database/faults.ts";
import { ApiError } from "../errors.ts";
import { newTrace } from "../ids.ts";
import { note } from "./call-notes.ts";
import { readJsonObject } from "./json-body.ts";

/** The largest body of an API call, in bytes. */
export const bodyBytesMax = 262_144;

export type ApiBody = Readonly<Record<string, unknown>>;

/**
 * Makes this scope speak as PT2's server API does: every body is read as JSON whatever its content
 * type, every reply is JSON, every error has `code`, `message` and `trace` (protocol.md 1.4, 4).
 */
export function speakMerchantApi(app: FastifyInstance, clock: Clock): void {
  app.removeAllContentTypeParsers();
  app.addHook("onRequest", async (request) => {
    // Absent, mistyped and form content types all carry JSON here.
    request.headers["content-type"] = "application/json";
  });
  app.addContentTypeParser(
    "application/json",
    { parseAs: "buffer", bodyLimit: bodyBytesMax },
    (_request, body, done) => done(null, body),
  );
  app.setErrorHandler((error, request, reply) => replyWithError(error, request, reply, clock));
}

/**
 * The JSON object of the call.
 *
 * @throws ApiError NOT_JSON or INVALID_FIELD
 */
export function bodyOf(request: FastifyRequest): ApiBody {
  const { body } = request;
  const reading = readJsonObject(Buffer.isBuffer(body) ? body : Buffer.alloc(0));
  if (reading.ok) {
    note(request, { body: reading.value });
    return reading.value;
  }
  const { rule } = reading;
  if ("field" in reading) throw new ApiError("INVALID_FIELD", { field: reading.field, rule });
  throw new ApiError("NOT_JSON", { rule });
}

const with200 = new WeakSet<FastifyRequest>();

/** Should this call be refused, its client expects status 200, with the body that refuses. */
export function refuseWith200(request: FastifyRequest): void {
  with200.add(request);
}

/** Answers with `code`, `message` and `trace`, and nothing of what went wrong inside. */
export function replyWithError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  clock: Clock,
): FastifyReply {
  const known = toApiError(error);
  const trace = newTrace("PMNT", clock.now());
  note(request, { refusal: { error: known, trace } });
  if (known.entry.status >= 500) request.log.error({ err: error, trace }, "API call failed");
  else request.log.info({ trace, error: known.key, message: known.message }, "API call refused");
  if (known.retryAfterS !== undefined) void reply.header("retry-after", known.retryAfterS);
  const refused = known.entry.status < 500;
  return reply
    .code(refused && with200.has(request) ? 200 : known.entry.status)
    .type("application/json")
    .send({ code: known.entry.code, message: known.message, trace });
}

function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") {
    return new ApiError("BODY_TOO_LARGE", { limit: bodyBytesMax.toString() });
  }
  if (isDatabaseDown(error)) return new ApiError("UNAVAILABLE");
  if (typeof code === "string" && code.startsWith("FST_ERR_CTP")) {
    return new ApiError("NOT_JSON", { rule: "it could not be read" });
  }
  return new ApiError("INTERNAL");
}
