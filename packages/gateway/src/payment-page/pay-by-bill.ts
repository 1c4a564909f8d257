import type { FastifyReply, FastifyRequest } from "fastify";
import { billMethod } from "../acquirers/offered-methods.ts";
import { requestBill } from "../transactions/offline.ts";
import { afterOutcome } from "./pay.ts";
import type { PageServices } from "./services.ts";
import { seeOther, type Visit } from "./visit.ts";

/** The shopper chose to pay later, elsewhere: the page ends with the bill's number. */
export async function payByBill(
  services: PageServices,
  visit: Visit,
  request: FastifyRequest<{ Params: { code: string } }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { transaction, options, profile, frame, customer } = visit;
  const method = billMethod(request.params.code);
  const offered = options.methods?.includes(request.params.code) === true;
  if (transaction.state !== "open" || method === undefined || !offered || options.donation) {
    return seeOther(reply, visit.path());
  }
  const result = await requestBill(services, transaction, {
    method: { code: method.code, name: method.wireName },
    customer,
    merchantName: profile.name,
    language: frame.language,
  });
  return afterOutcome(services, visit, reply, result);
}
