import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Clock } from "../clock.ts";
import { type CallNotes, notesOf, openNotes } from "../http/call-notes.ts";
import { clientAddress } from "../http/client-address.ts";
import type { ApiLog } from "./api-log.ts";
import { describeCall, type SeenCall } from "./describe-call.ts";

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
export function recordApiCalls(app: FastifyInstance, { clock, apiLog }: CaptureServices): void {
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
      if (notes === undefined) return;
      apiLog.record(notes.authenticated === true, () =>
        describeCall(seen(request, reply, notes, clock)),
      );
    } catch (error) {
      apiLog.faulty(error);
    }
  });
}

function seen(
  request: FastifyRequest,
  reply: FastifyReply,
  notes: CallNotes,
  clock: Clock,
): SeenCall {
  return {
    at: new Date(clock.now().getTime() - reply.elapsedTime),
    durationMs: reply.elapsedTime,
    method: request.method,
    path: request.raw.url?.split("?")[0] ?? "",
    rawHeaders: request.raw.rawHeaders,
    remoteAddress: clientAddress(request),
    bytes: Buffer.isBuffer(request.body) ? request.body : undefined,
    status: reply.statusCode,
    reply: replies.get(reply) ?? "",
    notes,
  };
}
