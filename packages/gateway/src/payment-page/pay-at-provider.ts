import type { FastifyReply, FastifyRequest } from "fastify";
import { providerMethod } from "../acquirers/offered-methods.ts";
import { payAtProvider as beginAtProvider } from "../transactions/pay-at-provider.ts";
import { afterOutcome } from "./pay.ts";
import type { PageServices } from "./services.ts";
import { seeOther, type Visit } from "./visit.ts";

/** The shopper chose a method that is paid on its provider's page, and is led there. */
export async function payAtProvider(
  services: PageServices,
  visit: Visit,
  request: FastifyRequest<{ Params: { code: string } }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { transaction, options, profile, frame, customer, ancestors } = visit;
  const method = providerMethod(request.params.code);
  const offered = options.methods?.includes(request.params.code) === true;
  if (transaction.state !== "open" || method === undefined || !offered || options.donation) {
    return seeOther(reply, visit.path());
  }
  const result = await beginAtProvider(services, transaction, {
    method,
    customer,
    merchantName: profile.name,
    language: frame.language,
    backUrl: `${services.publicUrl()}${visit.path("back")}`,
    ...(ancestors.length > 0 && { frameAncestors: ancestors }),
  }).catch((error: unknown) => {
    // The provider may have been asked: the payment is finished by an inquiry.
    request.log.error({ err: error, tranRef: transaction.facts.tranRef }, "an outcome is unknown");
    return { kind: "unknown" } as const;
  });
  if (result.kind === "challenge") return seeOther(reply, result.url);
  return afterOutcome(services, visit, reply, result);
}
