import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Clock } from "../clock.ts";
import { isDatabaseDown } from "../database/faults.ts";
import { ApiError } from "../errors.ts";
import { newTrace } from "../ids.ts";
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
  if (reading.ok) return reading.value;
  const { rule } = reading;
  if ("field" in reading) throw new ApiError("INVALID_FIELD", { field: reading.field, rule });
  throw new ApiError("NOT_JSON", { rule });
}

/** Whether an address belongs to the merchant's API; below a payment page's it is for people. */
export function isApiPath(url: string): boolean {
  return /^\/payment(?:\/(?!page\/|wr\/)|$)/.test(pathOf(url));
}

/** The path of an address, with single slashes and without its query. */
function pathOf(url: string): string {
  return (url.split("?")[0] ?? "").replaceAll(/\/{2,}/g, "/");
}

/** For what reaches no route, such as a method that no route knows: also this is told in JSON. */
export function refuseUnrouted(
  request: FastifyRequest,
  reply: FastifyReply,
  clock: Clock,
): FastifyReply {
  const key = request.method === "POST" ? "UNKNOWN_PATH" : "NOT_POST";
  const path = pathOf(request.url).slice(0, 200);
  return replyWithError(new ApiError(key, { path }), request, reply, clock);
}

function replyWithError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  clock: Clock,
): FastifyReply {
  const known = toApiError(error);
  const trace = newTrace("PMNT", clock.now());
  if (known.entry.status >= 500) request.log.error({ err: error, trace }, "API call failed");
  else request.log.info({ trace, error: known.key, message: known.message }, "API call refused");
  return reply
    .code(known.entry.status)
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
