import type { FastifyInstance, FastifyRequest } from "fastify";
import { ApiError } from "../errors.ts";
import { isApiPath } from "../http/api-paths.ts";
import { type ApiBody, bodyOf } from "../http/merchant-api.ts";
import type { ProfileDirectory } from "../profiles/directory.ts";
import type { Profile } from "../profiles/profile.ts";
import { authenticate } from "./authenticate.ts";
import type { CreateServices } from "./create.ts";
import type { TransactionServices } from "../transactions/services.ts";
import { query } from "./query.ts";
import type { RateLimiter } from "./rate-limit.ts";
import { requestPayment } from "./request-payment.ts";
import { type ServerApiServices, serveMerchantApi } from "./server-api.ts";
import { queryToken, removeToken } from "./tokens.ts";

export interface PaymentRequestServices
  extends CreateServices, TransactionServices, ServerApiServices {
  readonly profiles: ProfileDirectory;
  readonly rateLimiter: RateLimiter;
}

type Action = (
  services: PaymentRequestServices,
  profile: Profile,
  body: ApiBody,
) => Promise<unknown>;

const actions: Readonly<Record<string, Action>> = {
  "/payment/request": requestPayment,
  "/payment/query": query,
  "/payment/token": queryToken,
  "/payment/token/delete": removeToken,
};

/** Calls that count against the profile's rate limit, whether they are in order or not. */
const limited: ReadonlySet<string> = new Set(["/payment/request"]);

/** The merchant's server API. Always answers in JSON (protocol.md 4). */
export async function paymentRequestRoutes(
  app: FastifyInstance,
  services: PaymentRequestServices,
): Promise<void> {
  serveMerchantApi(app, services);
  for (const [path, action] of Object.entries(actions)) {
    app.post(path, async (request) => {
      const body = bodyOf(request);
      const profile = await authenticate(services.profiles, request, body);
      if (limited.has(path)) await services.rateLimiter.admit(profile);
      return action(services, profile, body);
    });
    app.route({
      method: ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"],
      url: path,
      handler: () => {
        throw new ApiError("NOT_POST", { path });
      },
    });
  }
  app.all("/payment/*", (request: FastifyRequest, reply) => {
    // What lies below a payment page's address is for people.
    if (!isApiPath(request.url)) return reply.callNotFound();
    throw new ApiError("UNKNOWN_PATH", { path: request.url.split("?")[0] ?? "" });
  });
}
