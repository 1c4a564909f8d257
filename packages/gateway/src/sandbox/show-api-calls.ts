import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { listCallsOfSandbox } from "../api-log/api-calls-store.ts";
import { sendPage } from "../http/page-reply.ts";
import type { SandboxServices } from "./services.ts";
import { frameFor } from "./show.ts";
import { apiCallsPage } from "./templates/api-calls.ts";

/** Calls on one page. */
const pageCallsMax = 25;

/** What is pasted may have blanks around it; longer than any trace it matches none. */
const traceLengthMax = 64;

const wanted = z.object({
  before: z.uuid().optional().catch(undefined),
  trace: z
    .string()
    // oxlint-disable-next-line no-control-regex -- no text of the database holds them
    .transform((text) => text.replaceAll(/[\u0000-\u001F]/g, "").trim())
    .transform((text) => text.slice(0, traceLengthMax + 1) || undefined)
    .optional()
    .catch(undefined),
});

/**
 * The API calls of this sandbox, newest first; `?trace=` looks for one, `?before=` goes on from a
 * call.
 */
export async function showApiCalls(
  services: SandboxServices,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { before, trace } = wanted.parse(request.query);
  const { pool, profileId, apiLog } = services;
  const calls = await listCallsOfSandbox(pool, { profileId, trace, before, limit: pageCallsMax });
  const last = calls.at(-1);
  const more = calls.length === pageCallsMax && last !== undefined;
  const frame = frameFor(services, request);
  const html = apiCallsPage(frame, {
    calls,
    olderPath: more ? olderPath(last.callId, trace) : null,
    isOlder: before !== undefined,
    trace: trace ?? null,
    retentionDays: apiLog.retentionDays,
  });
  return sendPage(reply, { status: 200, nonce: frame.nonce, html });
}

function olderPath(before: string, trace: string | undefined): string {
  const query = new URLSearchParams({ ...(trace !== undefined && { trace }), before });
  return `/sandbox/api-calls?${query.toString()}`;
}
