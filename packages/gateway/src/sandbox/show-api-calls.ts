import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { listCallsOfSandbox } from "../api-log/api-calls-store.ts";
import { sendPage } from "../http/page-reply.ts";
import type { SandboxServices } from "./services.ts";
import { frameFor } from "./show.ts";
import { apiCallsPage } from "./templates/api-calls.ts";

/** Calls on one page. */
const pageCallsMax = 25;

const query = z.object({ before: z.uuid().optional().catch(undefined) });

/** The API calls of this sandbox, newest first; `?before=` goes on from a call. */
export async function showApiCalls(
  services: SandboxServices,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { before } = query.parse(request.query);
  const { pool, profileId, apiLog } = services;
  const calls = await listCallsOfSandbox(pool, { profileId, before, limit: pageCallsMax });
  const last = calls.at(-1);
  const more = calls.length === pageCallsMax && last !== undefined;
  const frame = frameFor(services, request);
  const html = apiCallsPage(frame, {
    calls,
    olderPath: more ? `/sandbox/api-calls?before=${last.callId}` : null,
    isOlder: before !== undefined,
    retentionDays: apiLog.retentionDays,
  });
  return sendPage(reply, { status: 200, nonce: frame.nonce, html });
}
