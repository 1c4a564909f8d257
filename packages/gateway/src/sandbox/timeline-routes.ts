import type { FastifyInstance } from "fastify";
import { ApiError } from "../errors.ts";
import { speakMerchantApi } from "../http/merchant-api.ts";
import { isServerKey } from "../profiles/profile.ts";
import { readRecords } from "./records.ts";
import type { SandboxServices } from "./services.ts";
import { buildTimeline } from "./timeline.ts";

/** What happened to a payment, as JSON, for whoever has the server key. */
export async function timelineRoutes(
  app: FastifyInstance,
  services: SandboxServices,
): Promise<void> {
  speakMerchantApi(app, services.clock);
  app.get<{ Params: { tranRef: string } }>(
    "/sandbox/transactions/:tranRef/timeline",
    async (request, reply) => {
      const profile = await services.profiles.find(services.profileId);
      const presented = request.headers.authorization ?? "";
      if (profile === undefined || !isServerKey(profile, presented)) {
        throw new ApiError("AUTHENTICATION_FAILED");
      }
      const records = await readRecords(services, request.params.tranRef);
      if (records === undefined) throw new ApiError("TRANSACTION_NOT_FOUND");
      return reply.header("cache-control", "no-store").send(buildTimeline(records));
    },
  );
}
