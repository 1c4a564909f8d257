import type { FastifyInstance, FastifyRequest } from "fastify";
import { ApiError } from "../errors.ts";
import { type ApiBody, bodyOf } from "../http/merchant-api.ts";
import { authenticate, authenticateByKey } from "../payment-requests/authenticate.ts";
import { type ServerApiServices, serveMerchantApi } from "../payment-requests/server-api.ts";
import type { Profile } from "../profiles/profile.ts";
import { cancelInvoice } from "./cancel-invoice.ts";
import { createInvoice } from "./create-invoice.ts";
import { createLink } from "./create-link.ts";
import { invoiceIdOf } from "./find-own-invoice.ts";
import { invoiceStatus } from "./invoice-status.ts";
import { markPaid } from "./mark-paid.ts";
import { sendSms } from "./send-sms.ts";
import type { InvoiceServices } from "./services.ts";

type Action = (
  services: InvoiceServices,
  profile: Profile,
  body: ApiBody,
) => Promise<Record<string, unknown>>;

/** The paths whose body names the profile and whose calls are limited, as a page's are. */
const creating: Readonly<Record<string, Action>> = {
  "/payment/invoice/new": createInvoice,
  "/payment/new/invoice": createInvoice,
  "/payment/link/create": createLink,
};

/** The paths whose body may leave it to the key (protocol.md 1.3). */
const byInvoiceId: Readonly<Record<string, Action>> = {
  "/payment/invoice/status": (services, profile, body) =>
    invoiceStatus(services, profile, invoiceIdOf(body)),
  "/payment/invoice/cancel": (services, profile, body) =>
    cancelInvoice(services, profile, invoiceIdOf(body)),
  "/payment/invoice/paid": markPaid,
};

type PathRequest = FastifyRequest<{ Params: { id: string } }>;

/** The merchant's API of invoices and payment links. Always answers in JSON (protocol.md 4). */
export async function invoiceRoutes(
  app: FastifyInstance,
  services: InvoiceServices & ServerApiServices,
): Promise<void> {
  serveMerchantApi(app, services);
  const byKey = (request: FastifyRequest, body: ApiBody) =>
    authenticateByKey(services, request, body);
  for (const [path, action] of Object.entries(creating)) {
    app.post(path, async (request) => {
      const body = bodyOf(request);
      const profile = await authenticate(services.profiles, request, body);
      await services.rateLimiter.admit(profile);
      return action(services, profile, body);
    });
    refuseOtherMethods(app, path);
  }
  for (const [path, action] of Object.entries(byInvoiceId)) {
    app.post(path, async (request) => {
      const body = bodyOf(request);
      return action(services, await byKey(request, body), body);
    });
    refuseOtherMethods(app, path);
  }
  app.get("/payment/invoice/:id/status", async (request: PathRequest) =>
    invoiceStatus(services, await byKey(request, {}), request.params.id),
  );
  app.put("/payment/invoice/:id/cancel", async (request: PathRequest) =>
    cancelInvoice(services, await byKey(request, bodyOrNone(request)), request.params.id),
  );
  app.post("/payment/invoice/:id/sms", async (request: PathRequest) => {
    const body = bodyOf(request);
    return sendSms(services, await byKey(request, body), request.params.id, body);
  });
}

function refuseOtherMethods(app: FastifyInstance, path: string): void {
  app.route({
    method: ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"],
    url: path,
    handler: () => {
      throw new ApiError("NOT_POST", { path });
    },
  });
}

/** A PUT may come without a body, since its path says everything. */
function bodyOrNone(request: FastifyRequest): ApiBody {
  const { body } = request;
  return Buffer.isBuffer(body) && body.length > 0 ? bodyOf(request) : {};
}
