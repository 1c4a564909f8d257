import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";
import type { Clock } from "../clock.ts";
import { ApiError, type ErrorName } from "../errors.ts";
import { newTrace } from "../ids.ts";

/**
 * Answers what is no HTTP, or more of it than is read, with an error object like any other refusal
 * (protocol.md 4), and ends the connection: what would come next on it cannot be told.
 */
export function refuseBrokenRequest(
  clock: Clock,
): (error: Error & { readonly code?: string }, socket: Socket) => void {
  return ({ code = "" }, socket) => {
    if (code === "ECONNRESET" || !socket.writable) {
      socket.destroy();
      return;
    }
    const { entry, message } = new ApiError(names[code] ?? "NOT_HTTP");
    const body = JSON.stringify({
      code: entry.code,
      message,
      trace: newTrace("PMNT", clock.now()),
    });
    socket.write(
      `HTTP/1.1 ${entry.status} Refused\r\n` +
        "content-type: application/json; charset=utf-8\r\n" +
        `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    );
    socket.destroySoon();
  };
}

/** By the codes of Node's parser. */
const names: Readonly<Record<string, ErrorName>> = {
  HPE_HEADER_OVERFLOW: "HEADERS_TOO_LARGE",
  ERR_HTTP_REQUEST_TIMEOUT: "REQUEST_TOO_SLOW",
};

/** An `Expect` that is not understood is passed over; by itself Node refuses it without a word. */
export function passOverExpectations(server: FastifyInstance["server"]): void {
  server.on("checkExpectation", (request, response) => server.emit("request", request, response));
}
