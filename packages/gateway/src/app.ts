import Fastify, {
  type FastifyError,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  LogController,
} from "fastify";
import { challengeRoutes } from "./acquirers/simulator/challenge-routes.ts";
import type { Clock } from "./clock.ts";
import { ApiError } from "./errors.ts";
import { newTrace, uuidv7 } from "./ids.ts";
import { type Asset, assetCaching } from "./http/assets.ts";
import { speakMerchantApi } from "./http/merchant-api.ts";
import { operatingRoutes, type OperatingServices } from "./operators/operating-routes.ts";
import { type OperatorServices, operatorRoutes } from "./operators/routes.ts";
import { paymentPageRoutes } from "./payment-page/routes.ts";
import { showProblem } from "./payment-page/show.ts";
import { showFailure } from "./payment-page/show-failure.ts";
import { frameOf } from "./payment-page/visit.ts";
import { paymentRequestRoutes } from "./payment-requests/routes.ts";
import { sandboxRoutes } from "./sandbox/routes.ts";
import type { SandboxServices } from "./sandbox/services.ts";

/** How long a client may take to send its request, in ms. */
const requestMsMax = 30_000;

export interface AppServices extends SandboxServices, OperatorServices, OperatingServices {
  readonly assetFiles: readonly Asset[];
}

/** The whole gateway over HTTP, not listening yet; tests call it with `inject`. */
export async function createApp(services: AppServices): Promise<FastifyInstance> {
  const loggerInstance: FastifyBaseLogger = services.log;
  const app = Fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => uuidv7(),
    requestTimeout: requestMsMax,
    // Merchants' clients join base address and path with one slash too many (protocol.md 1.4).
    routerOptions: { ignoreDuplicateSlashes: true, ignoreTrailingSlash: true },
    forceCloseConnections: "idle",
    // A HEAD must not count as a visit to the page.
    exposeHeadRoutes: false,
    // A path that cannot even be decoded reaches no route, and no error handler either.
    frameworkErrors: (error, _request, reply) =>
      refusePath(error, reply as FastifyReply, services.clock),
  });
  app.setErrorHandler((error, request, reply) => showFailure(services, error, request, reply));
  await app.register(async (scope) => operatingRoutes(scope, services));
  await app.register(async (scope) => operatorRoutes(scope, services));
  for (const asset of services.assetFiles) {
    app.get(asset.path, (_request, reply) =>
      reply
        .header("cache-control", assetCaching)
        .header("x-content-type-options", "nosniff")
        .type(asset.type)
        .send(asset.body),
    );
  }
  await app.register(async (scope) => paymentRequestRoutes(scope, services));
  await app.register(async (scope) => paymentPageRoutes(scope, services));
  await app.register(async (scope) => challengeRoutes(scope, services));
  await app.register(async (scope) => sandboxRoutes(scope, services));
  app.setNotFoundHandler((request, reply) =>
    showProblem(frameOf(services, request, undefined), reply, { name: "not_found", status: 404 }),
  );
  return app;
}

/** What a node that only delivers answers, programs all of them: how it is. */
export function createWorkerApp(services: AppServices): FastifyInstance {
  const { clock, log } = services;
  const loggerInstance: FastifyBaseLogger = log;
  const app = Fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    requestTimeout: requestMsMax,
    forceCloseConnections: "idle",
    frameworkErrors: (error, _request, reply) => refusePath(error, reply as FastifyReply, clock),
  });
  speakMerchantApi(app, clock);
  app.setNotFoundHandler((request) => {
    throw new ApiError("UNKNOWN_PATH", { path: request.url.split("?")[0] ?? "" });
  });
  void app.register(async (scope) => operatingRoutes(scope, services));
  void app.register(async (scope) => operatorRoutes(scope, services));
  return app;
}

function refusePath(error: FastifyError, reply: FastifyReply, clock: Clock): void {
  const { entry, message } = new ApiError("INVALID_FIELD", {
    field: "path",
    rule: "is not a valid URL path",
  });
  const trace = newTrace("PMNT", clock.now());
  void reply.code(error.statusCode ?? entry.status).send({ code: entry.code, message, trace });
}
