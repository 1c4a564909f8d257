import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from "fastify";
import { billRoutes } from "./acquirers/simulator/bill-routes.ts";
import { challengeRoutes } from "./acquirers/simulator/challenge-routes.ts";
import { providerRoutes } from "./acquirers/simulator/provider-routes.ts";
import type { CaptureServices } from "./api-log/capture.ts";
import { ApiError } from "./errors.ts";
import { uuidv7 } from "./ids.ts";
import { isApiPath } from "./http/api-paths.ts";
import { type Asset, assetCaching } from "./http/assets.ts";
import { rememberAddresses, tellUnnamedProxy } from "./http/client-address.ts";
import { checkRequests, malformedRequests } from "./http/malformed.ts";
import { replyWithError, speakMerchantApi } from "./http/merchant-api.ts";
import { invoicePageRoutes } from "./invoices/page-routes.ts";
import { invoiceRoutes } from "./invoices/routes.ts";
import { managedFormRoutes } from "./managed-form/routes.ts";
import { operatingRoutes, type OperatingServices } from "./operators/operating-routes.ts";
import { type OperatorServices, operatorRoutes } from "./operators/routes.ts";
import { paymentPageRoutes } from "./payment-page/routes.ts";
import { showProblem } from "./payment-page/show.ts";
import { showFailure } from "./payment-page/show-failure.ts";
import { frameOf } from "./payment-page/visit.ts";
import { paymentRequestRoutes, type PaymentRequestServices } from "./payment-requests/routes.ts";
import { referenceRoutes } from "./reference/routes.ts";
import { sandboxRoutes } from "./sandbox/routes.ts";
import type { SandboxServices } from "./sandbox/services.ts";

/** How long a client may take to send its request, in ms. */
const requestMsMax = 30_000;

export interface AppServices
  extends
    SandboxServices,
    OperatorServices,
    OperatingServices,
    CaptureServices,
    PaymentRequestServices {
  readonly assetFiles: readonly Asset[];
  /** Addresses and networks whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
}

/** The whole gateway over HTTP, not listening yet; tests call it with `inject`. */
export async function createApp(services: AppServices): Promise<FastifyInstance> {
  const loggerInstance: FastifyBaseLogger = services.log;
  const app = Fastify({
    loggerInstance,
    trustProxy: [...services.trustedProxies],
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => uuidv7(),
    ...malformedRequests(services.clock, requestMsMax),
    // What still comes over open connections is answered by the routes, in their own form.
    return503OnClosing: false,
    // Merchants' clients join base address and path with one slash too many (protocol.md 1.4).
    routerOptions: { ignoreDuplicateSlashes: true, ignoreTrailingSlash: true },
    forceCloseConnections: "idle",
    // A HEAD must not count as a visit to the page.
    exposeHeadRoutes: false,
  });
  app.setErrorHandler((error, request, reply) => showFailure(services, error, request, reply));
  checkRequests(app, services.clock);
  rememberAddresses(app);
  tellUnnamedProxy(app, services.log);
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
  await app.register(async (scope) => referenceRoutes(scope, services));
  await app.register(async (scope) => paymentRequestRoutes(scope, services));
  await app.register(async (scope) => invoiceRoutes(scope, services));
  await app.register(async (scope) => invoicePageRoutes(scope, services));
  await app.register(async (scope) => managedFormRoutes(scope, services));
  await app.register(async (scope) => paymentPageRoutes(scope, services));
  await app.register(async (scope) => challengeRoutes(scope, services));
  await app.register(async (scope) => billRoutes(scope, services));
  await app.register(async (scope) => providerRoutes(scope, services));
  await app.register(async (scope) => sandboxRoutes(scope, services));
  app.setNotFoundHandler((request, reply) => {
    if (isApiPath(request.url)) {
      const key = request.method === "POST" ? "UNKNOWN_PATH" : "NOT_POST";
      const unknown = new ApiError(key, { path: request.url.split("?")[0] ?? "" });
      return replyWithError(unknown, request, reply, services.clock);
    }
    const frame = frameOf(services, request, undefined);
    return showProblem(frame, reply, { name: "not_found", status: 404 });
  });
  return app;
}

/** What a node that only delivers answers, programs all of them: how it is. */
export function createWorkerApp(services: AppServices): FastifyInstance {
  const { clock, log } = services;
  const loggerInstance: FastifyBaseLogger = log;
  const app = Fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    ...malformedRequests(clock, requestMsMax),
    forceCloseConnections: "idle",
  });
  speakMerchantApi(app, clock);
  app.setNotFoundHandler((request) => {
    throw new ApiError("UNKNOWN_PATH", { path: request.url.split("?")[0] ?? "" });
  });
  void app.register(async (scope) => operatingRoutes(scope, services));
  void app.register(async (scope) => operatorRoutes(scope, services));
  return app;
}
