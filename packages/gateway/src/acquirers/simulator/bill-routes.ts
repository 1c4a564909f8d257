import formBody from "@fastify/formbody";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Pool } from "pg";
import type { AssetUrls } from "../../http/look/document.ts";
import { newNonce, sendPage } from "../../http/page-reply.ts";
import { profileOfPageToken } from "../../ids.ts";
import { approvalCode } from "./approval-code.ts";
import { billPage } from "./bill-template.ts";
import { billPath } from "./bills.ts";
import { type Bill, findBill, moveBill } from "./bills-store.ts";
import { enterAuthorisation } from "./simulator-store.ts";

export interface BillPageServices {
  readonly pool: Pool;
  readonly assets: AssetUrls;
}

type BillPageRequest = FastifyRequest<{ Params: { token: string } }>;

interface Found {
  readonly profileId: number;
  readonly bill: Bill;
}

/** Where a bill of the simulator is paid: the bank's app, the kiosk, the counter. */
export async function billRoutes(app: FastifyInstance, services: BillPageServices): Promise<void> {
  app.removeAllContentTypeParsers();
  await app.register(formBody, { bodyLimit: 4096 });
  app.get(`${billPath}/:token`, async (request: BillPageRequest, reply) => {
    const found = await find(services.pool, request);
    return found === undefined ? reply.callNotFound() : show(services, request, reply, found);
  });
  app.post(`${billPath}/:token`, async (request: BillPageRequest, reply) => {
    const found = await find(services.pool, request);
    if (found === undefined) return reply.callNotFound();
    const { decision } = (request.body ?? {}) as { readonly decision?: unknown };
    if (decision === "expire") await letExpire(services.pool, found);
    else await pay(services.pool, found);
    const query = request.url.includes("?") ? request.url.slice(request.url.indexOf("?")) : "";
    return reply
      .header("cache-control", "no-store")
      .redirect(`${billPath}/${request.params.token}${query}`, 303);
  });
}

async function find(pool: Pool, request: BillPageRequest): Promise<Found | undefined> {
  const { token } = request.params;
  const profileId = profileOfPageToken(token);
  if (profileId === undefined) return undefined;
  const bill = await findBill(pool, profileId, { billToken: token });
  return bill && { profileId, bill };
}

/** Pays an open bill, and enters it in the book, so that it can be refunded. */
async function pay(pool: Pool, { profileId, bill }: Found): Promise<void> {
  const { requestId } = bill;
  if (!(await moveBill(pool, profileId, requestId, "paid"))) return;
  await enterAuthorisation(pool, profileId, {
    requestId,
    challengeToken: null,
    challenge: null,
    challengeOpen: false,
    answer: { kind: "approved", approvalCode: approvalCode(requestId) },
    answersInMs: 0,
    refunds: "at_once",
  });
}

/** Its time is over before its time: the gateway learns of it as of any bill that lapses. */
async function letExpire(pool: Pool, { profileId, bill }: Found): Promise<void> {
  await moveBill(pool, profileId, bill.requestId, "closed");
}

function show(
  services: BillPageServices,
  request: BillPageRequest,
  reply: FastifyReply,
  { bill }: Found,
): FastifyReply {
  const path = `${billPath}/${request.params.token}`;
  const wanted = (request.query as { lang?: unknown }).lang;
  const language = wanted === "ar" || wanted === "en" ? wanted : bill.view.language;
  const nonce = newNonce();
  const html = billPage({
    language,
    nonce,
    assets: services.assets,
    sandbox: true,
    requestId: request.id,
    languagePath: `${path}?lang=${language === "ar" ? "en" : "ar"}`,
    actionPath: `${path}?lang=${language}`,
    bill,
  });
  return sendPage(reply, { status: 200, nonce, html });
}
