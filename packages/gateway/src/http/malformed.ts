import type { Socket } from "node:net";
import type {
  FastifyBaseLogger,
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  RawRequestDefaultExpression,
} from "fastify";
import type { Clock } from "../clock.ts";
import { ApiError, type ErrorName } from "../errors.ts";
import { newTrace } from "../ids.ts";
import { replyWithError } from "./merchant-api.ts";

/** What Node's parser found wrong, where it was not the grammar. */
const faults: Readonly<Record<string, ErrorName>> = {
  ERR_HTTP_REQUEST_TIMEOUT: "REQUEST_TIMEOUT",
  HPE_HEADER_OVERFLOW: "HEADERS_TOO_LARGE",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "HEADERS_TOO_LARGE",
};

/** How often requests that take too long are looked for, in ms. */
const lookMs = 5000;

const reasons: Readonly<Record<number, string>> = {
  400: "Bad Request",
  408: "Request Timeout",
  431: "Request Header Fields Too Large",
};

/**
 * Server options that answer what reaches no route in the merchant API's own form: clients of PT2
 * break on HTML and on an empty body (protocol.md 4). What cannot be read has no path either, so
 * pages are answered in the same way.
 *
 * @param msMax how long a request may take to arrive, in ms
 * @example const app = Fastify({ ...malformedRequests(clock, 30_000), genReqId });
 */
export function malformedRequests(clock: Clock, msMax: number) {
  return {
    requestTimeout: msMax,
    http: {
      // Node would answer a request without Host with an empty body: `checkRequests` does it in ours.
      requireHostHeader: false,
      // The time for the whole request is looked at only if that for its headers is no longer.
      requestTimeout: msMax,
      headersTimeout: msMax,
      connectionsCheckingInterval: Math.min(msMax, lookMs),
    },
    clientErrorHandler(this: FastifyInstance, error: ConnectionError, socket: Socket): void {
      refuse(error, socket, clock, msMax, this.log);
    },
    frameworkErrors(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
      const rule = "is not a valid URL path";
      const { entry, message } = new ApiError("INVALID_FIELD", { field: "path", rule });
      const trace = newTrace("PMNT", clock.now());
      void reply.code(error.statusCode ?? entry.status).send({ code: entry.code, message, trace });
    },
    rewriteUrl: (request: RawRequestDefaultExpression): string => originForm(request.url ?? "/"),
  };
}

interface ConnectionError extends Error {
  readonly code: string;
}

/** Requests that Node reads, and would answer by itself or pass on against HTTP's rules. */
export function checkRequests(app: FastifyInstance, clock: Clock): void {
  // An expectation we do not know may be ignored (RFC 9110, 10.1.1).
  app.server.on("checkExpectation", (request, response) =>
    app.server.emit("request", request, response),
  );
  app.addHook("onRequest", async (request, reply) => {
    const { headers, raw } = request;
    if (headers.host !== undefined || raw.httpVersion !== "1.1") return undefined;
    const missing = new ApiError("INVALID_FIELD", { field: "Host", rule: "header is required" });
    return replyWithError(missing, request, reply, clock);
  });
}

/** What a client sends as if to a proxy, `POST https://host/path`, means the path (RFC 9112, 3.2.2). */
function originForm(target: string): string {
  if (target.startsWith("/")) return target;
  const url = URL.parse(target);
  return url === null || !url.protocol.startsWith("http") ? target : url.pathname + url.search;
}

function refuse(
  error: ConnectionError,
  socket: Socket & { readonly _httpMessage?: { readonly headersSent: boolean } | null },
  clock: Clock,
  msMax: number,
  log: FastifyBaseLogger,
): void {
  if (error.code === "ECONNRESET" || socket.destroyed) return;
  log.trace({ err: error }, "a request could not be read");
  // Bytes of our own in the middle of an answer under way would corrupt it.
  // oxlint-disable-next-line no-underscore-dangle -- the only way to know, Node's own default uses it
  if (socket.writable && socket._httpMessage?.headersSent !== true) {
    const seconds = Math.round(msMax / 1000).toString();
    const { entry, message } = new ApiError(faults[error.code] ?? "NOT_HTTP", { seconds });
    const trace = newTrace("PMNT", clock.now());
    const body = JSON.stringify({ code: entry.code, message, trace });
    socket.write(
      `HTTP/1.1 ${entry.status} ${reasons[entry.status]}\r\nConnection: close\r\n` +
        `Content-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  }
  socket.destroySoon();
}
