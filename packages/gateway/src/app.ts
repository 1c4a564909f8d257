import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from "fastify";
import { challengeRoutes } from "./acquirers/simulator/challenge-routes.ts";
import { uuidv7 } from "./ids.ts";
import { type Asset, assetCaching } from "./http/assets.ts";
import { paymentPageRoutes } from "./payment-page/routes.ts";
import { showProblem } from "./payment-page/show.ts";
import { frameOf } from "./payment-page/visit.ts";
import { paymentRequestRoutes } from "./payment-requests/routes.ts";
import { sandboxRoutes } from "./sandbox/routes.ts";
import type { SandboxServices } from "./sandbox/services.ts";

/** How long a client may take to send its request, in ms. */
const requestMsMax = 30_000;

export interface AppServices extends SandboxServices {
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
  });
  app.get("/health/live", () => ({ live: true }));
  app.get("/health/ready", async (_request, reply) => {
    const ready = await services.pool.query("select 1").then(
      () => true,
      () => false,
    );
    return reply.code(ready ? 200 : 503).send({ ready });
  });
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
