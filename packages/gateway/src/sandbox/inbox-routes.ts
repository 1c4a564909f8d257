import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import {
  type InboxKind,
  keptHeaders,
  messageBytesMax,
  profileOfInbox,
  tranRefOf,
} from "./inbox.ts";
import { keepMessage, paymentOfInbox } from "./inbox-store.ts";
import type { SandboxServices } from "./services.ts";

type InboxRequest = FastifyRequest<{ Params: { inboxId: string } }>;

/**
 * The built-in receiver, standing in for a shop that is not written yet: it keeps what comes and
 * answers as a shop should. Open to everybody who knows an inbox's secret address.
 */
export async function inboxRoutes(app: FastifyInstance, services: SandboxServices): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "*",
    { parseAs: "buffer", bodyLimit: messageBytesMax },
    (_request, body, done) => done(null, body),
  );
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply));

  app.route<{ Params: { inboxId: string } }>({
    method: ["GET", "POST"],
    url: "/sandbox/inbox/:inboxId/return",
    handler: async (request, reply) => {
      const tranRef = await keep(services, request, "return");
      if (tranRef === undefined) return noInbox(reply);
      return reply
        .header("cache-control", "no-store")
        .redirect(`/sandbox/payments/${tranRef}`, 303);
    },
  });
  app.post<{ Params: { inboxId: string } }>(
    "/sandbox/inbox/:inboxId/callback",
    async (request, reply) => {
      const tranRef = await keep(services, request, "callback");
      return tranRef === undefined ? noInbox(reply) : { status: "received" };
    },
  );
}

/** Writes the message down; the payment it is about, or `undefined` when there is no such inbox. */
async function keep(
  { pool }: SandboxServices,
  request: InboxRequest,
  kind: InboxKind,
): Promise<string | undefined> {
  const { inboxId } = request.params;
  const profileId = profileOfInbox(inboxId);
  if (profileId === undefined) return undefined;
  const inbox = { profileId, inboxId };
  const opener = await paymentOfInbox(pool, inbox);
  if (opener === undefined) return undefined;
  const message = {
    url: request.raw.url ?? "",
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
  };
  const tranRef = tranRefOf(kind, message) ?? opener;
  await keepMessage(pool, inbox, {
    ...message,
    kind,
    tranRef,
    method: request.method,
    headers: keptHeaders(request.raw.rawHeaders),
  });
  return tranRef;
}

function noInbox(reply: FastifyReply): FastifyReply {
  return reply.code(404).send({ error: "There is no such inbox, or newer ones took its place." });
}

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const status = error instanceof Error && "statusCode" in error ? error.statusCode : 500;
  if (typeof status === "number" && status >= 400 && status < 500) {
    return reply.code(status).send({ error: `An inbox takes at most ${messageBytesMax} bytes.` });
  }
  request.log.error({ err: error }, "an inbox failed");
  return reply.code(500).send({ error: "The inbox could not keep the message." });
}
