import formBody from "@fastify/formbody";
import type { FastifyInstance } from "fastify";
import { isCrossSite, isLocalVisitor, visitorOf } from "../http/local-visitor.ts";
import { statusOf } from "../payment-page/show-failure.ts";
import { createTestPayment } from "./create-test-payment.ts";
import { inboxRoutes } from "./inbox-routes.ts";
import { readPaymentForm } from "./payment-form.ts";
import type { SandboxServices } from "./services.ts";
import { showApiCalls } from "./show-api-calls.ts";
import {
  sandboxProfile,
  showFrontDoor,
  showPayment,
  showPaymentState,
  showRefusal,
} from "./show.ts";
import { timelineRoutes } from "./timeline-routes.ts";

/** The largest form the front door takes, in bytes. */
const formBytesMax = 16_384;

/**
 * The sandbox's own surface: front door, test payments, built-in inbox, timeline. Pages for people
 * are served to this computer only; the inbox takes messages from wherever they come.
 */
export async function sandboxRoutes(
  app: FastifyInstance,
  services: SandboxServices,
): Promise<void> {
  await app.register(async (scope) => inboxRoutes(scope, services));
  await app.register(async (scope) => timelineRoutes(scope, services));
  await app.register(async (scope) => pageRoutes(scope, services));
}

async function pageRoutes(app: FastifyInstance, services: SandboxServices): Promise<void> {
  app.removeAllContentTypeParsers();
  await app.register(formBody, { bodyLimit: formBytesMax });
  app.addHook("onRequest", async (request, reply) => {
    if (!isLocalVisitor(visitorOf(request))) {
      return showRefusal(services, request, reply, "not_local", 403);
    }
    return undefined;
  });
  app.setErrorHandler((error, request, reply) => {
    const status = statusOf(error);
    if (status >= 500) request.log.error({ err: error }, "a page of the sandbox failed");
    return showRefusal(services, request, reply, "failed", status);
  });

  app.get("/", (request, reply) => showFrontDoor(services, request, reply));
  app.post("/sandbox/payments", async (request, reply) => {
    if (isCrossSite(request.headers["sec-fetch-site"])) {
      return showRefusal(services, request, reply, "cross_site", 403);
    }
    const form = readPaymentForm((request.body ?? {}) as Record<string, unknown>);
    const made = await createTestPayment(services, await sandboxProfile(services), form);
    if (!made.ok) return showFrontDoor(services, request, reply, { form, error: made.error });
    return reply
      .header("cache-control", "no-store")
      .redirect(`/sandbox/payments/${made.tranRef}`, 303);
  });
  app.get("/sandbox/api-calls", (request, reply) => showApiCalls(services, request, reply));
  app.get<{ Params: { tranRef: string } }>("/sandbox/payments/:tranRef", (request, reply) =>
    showPayment(services, request, reply),
  );
  app.get<{ Params: { tranRef: string } }>("/sandbox/payments/:tranRef/state", (request, reply) =>
    showPaymentState(services, request, reply),
  );
}
