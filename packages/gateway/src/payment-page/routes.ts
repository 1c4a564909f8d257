import formBody from "@fastify/formbody";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { extend } from "./extend.ts";
import { backFromChallenge, confirmCancel, pay } from "./pay.ts";
import { providerMethod } from "../acquirers/offered-methods.ts";
import { payAtProvider } from "./pay-at-provider.ts";
import { payByBill } from "./pay-by-bill.ts";
import type { PageServices } from "./services.ts";
import { showConfirmCancel, showPage, showProblem, showResult } from "./show.ts";
import { frameOf, openVisit, seeOther, type Visit } from "./visit.ts";

/** The largest form a page takes, in bytes. */
export const formBytesMax = 16_384;

type PageRequest = FastifyRequest<{ Params: { token: string; code: string } }>;
type PageAction = (visit: Visit, request: PageRequest, reply: FastifyReply) => unknown;

/** The shopper's pages of a payment, all below its secret address. */
export async function paymentPageRoutes(
  app: FastifyInstance,
  services: PageServices,
): Promise<void> {
  app.removeAllContentTypeParsers();
  await app.register(formBody, { bodyLimit: formBytesMax });

  const on = (method: "GET" | "POST", path: string, action: PageAction): void => {
    app.route<{ Params: { token: string; code: string } }>({
      method,
      url: path,
      handler: async (request, reply) => {
        const visit = await openVisit(services, request);
        if (visit !== undefined) return action(visit, request, reply);
        const frame = frameOf(services, request, undefined);
        return showProblem(frame, reply, { name: "unknown_link", status: 404 });
      },
    });
  };

  // Both addresses are PT2's (protocol.md 1.3).
  for (const base of ["/payment/page/:token", "/payment/wr/:token"]) {
    on("GET", base, (visit, _request, reply) => showPage(services, visit, reply));
    on("POST", base, (visit, request, reply) => pay(services, visit, request, reply));
    on("POST", `${base}/method/:code`, (visit, request, reply) =>
      providerMethod(request.params.code) === undefined
        ? payByBill(services, visit, request, reply)
        : payAtProvider(services, visit, request, reply),
    );
    on("GET", `${base}/cancel`, (visit, _request, reply) => showConfirmCancel(visit, reply));
    on("POST", `${base}/cancel`, (visit, _request, reply) => confirmCancel(services, visit, reply));
    on("GET", `${base}/back`, (visit, _request, reply) =>
      backFromChallenge(services, visit, reply),
    );
    on("GET", `${base}/result`, (visit, _request, reply) => showResult(services, visit, reply));
    on("POST", `${base}/extend`, async (visit, _request, reply) => {
      await extend(services, visit);
      return seeOther(reply, visit.path());
    });
  }
}
