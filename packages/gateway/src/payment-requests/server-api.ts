import type { FastifyInstance } from "fastify";
import { type CaptureServices, recordApiCalls } from "../api-log/capture.ts";
import { ApiError } from "../errors.ts";
import { speakMerchantApi } from "../http/merchant-api.ts";

export interface ServerApiServices extends CaptureServices {
  readonly phase: () => "starting" | "running" | "stopping";
}

/**
 * Makes this scope a part of the merchant's server API: its calls are logged, it answers in JSON
 * (protocol.md 4), and a node that stops takes no more of them.
 */
export function serveMerchantApi(app: FastifyInstance, services: ServerApiServices): void {
  recordApiCalls(app, services);
  speakMerchantApi(app, services.clock);
  app.addHook("onRequest", async () => {
    if (services.phase() === "stopping") throw new ApiError("STOPPING");
  });
}
