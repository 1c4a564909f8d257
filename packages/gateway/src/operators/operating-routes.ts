import type { FastifyInstance } from "fastify";
import type { Pool } from "pg";
import type { Clock } from "../clock.ts";
import { ApiError } from "../errors.ts";
import { isLocalVisitor, visitorOf } from "../http/local-visitor.ts";
import { speakMerchantApi } from "../http/merchant-api.ts";
import type { Metrics } from "./metrics.ts";
import { isOperator } from "./operator-token.ts";

/** Only a `running` node does its work; one that stops has given it back, or is about to. */
export type NodePhase = "starting" | "running" | "stopping";

export interface OperatingServices {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly phase: () => NodePhase;
  /** `undefined`: metrics are for this computer alone, or for nobody. */
  readonly operatorToken: string | undefined;
  /**
   * Others have a way to this node, through a proxy mostly. One that hides that it forwards, as nginx
   * does unless it is told to say so, makes everybody look like this computer.
   */
  readonly isPublic: boolean;
}

/** How long readiness waits for the database, in ms: a probe waits no longer itself. */
const databaseMsMax = 2000;

/** What whoever runs a node asks it: whether it lives, whether it can work, how it does. */
export async function operatingRoutes(
  app: FastifyInstance,
  services: OperatingServices,
): Promise<void> {
  const databaseAnswers = askOnce(services.pool);
  app.get("/health/live", () => ({ live: true }));
  app.get("/health/ready", async (_request, reply) => {
    const phase = services.phase();
    if (phase !== "running") return reply.code(503).send({ ready: false, reason: phase });
    if (await databaseAnswers()) return reply.send({ ready: true });
    return reply.code(503).send({ ready: false, reason: "database" });
  });
  await app.register(async (scope) => metricsRoute(scope, services));
}

/** Whoever is at this computer may look, unless the node is public; others show the token. */
async function metricsRoute(
  app: FastifyInstance,
  { clock, metrics, operatorToken, isPublic }: OperatingServices,
): Promise<void> {
  speakMerchantApi(app, clock);
  app.get("/metrics", async (request, reply) => {
    const allowed =
      (!isPublic && isLocalVisitor(visitorOf(request))) ||
      isOperator(request.headers.authorization, operatorToken);
    if (!allowed) throw new ApiError("OPERATOR_TOKEN");
    const { contentType, text } = await metrics.scrape();
    return reply.header("cache-control", "no-store").type(contentType).send(text);
  });
}

/** Whether the database answers in time. Whoever asks meanwhile shares the answer. */
function askOnce(pool: Pool): () => Promise<boolean> {
  let asking: Promise<boolean> | undefined;
  return () => {
    asking ??= answers(pool).finally(() => {
      asking = undefined;
    });
    return asking;
  };
}

async function answers(pool: Pool): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), databaseMsMax);
  });
  const asked = pool.query("select 1").then(
    () => true,
    () => false,
  );
  return Promise.race([asked, late]).finally(() => clearTimeout(timer));
}
