import type { FastifyReply, FastifyRequest } from "fastify";
import type { PageServices } from "./services.ts";
import { showProblem } from "./show.ts";
import { frameOf } from "./visit.ts";

/** A browser never sees a stack trace or a database's words; the log has them. */
export function showFailure(
  services: Pick<PageServices, "assets">,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const status = statusOf(error);
  if (status >= 500) request.log.error({ err: error }, "a page failed");
  const name = status >= 500 ? "server_error" : "not_found";
  return showProblem(frameOf(services, request, undefined), reply, { name, status });
}

/** What Fastify blames on the request keeps its status; everything else is our fault. */
export function statusOf(error: unknown): number {
  const status = error instanceof Error && "statusCode" in error ? error.statusCode : 500;
  return typeof status === "number" && status >= 400 ? status : 500;
}
