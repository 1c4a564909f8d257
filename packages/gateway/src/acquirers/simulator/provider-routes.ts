import formBody from "@fastify/formbody";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Pool } from "pg";
import type { AssetUrls } from "../../http/look/document.ts";
import { newNonce, sendPage } from "../../http/page-reply.ts";
import { profileOfPageToken } from "../../ids.ts";
import { providerMethod } from "../offered-methods.ts";
import { providerMinutesMax } from "../provider-methods.ts";
import { afterProvider, providerDecisions, providerPath } from "./providers.ts";
import { providerPage } from "./provider-template.ts";
import { lateAnswerMs } from "./simulator.ts";
import {
  type BookEntry,
  closeChallenge,
  findChallenge,
  isProviderView,
  type ProviderView,
} from "./simulator-store.ts";

export interface ProviderPageServices {
  readonly pool: Pool;
  readonly assets: AssetUrls;
}

type ProviderPageRequest = FastifyRequest<{ Params: { token: string } }>;

/** The simulated provider's page: the shopper pays, is refused, cancels, or leaves it open. */
export async function providerRoutes(
  app: FastifyInstance,
  services: ProviderPageServices,
): Promise<void> {
  app.removeAllContentTypeParsers();
  await app.register(formBody, { bodyLimit: 4096 });

  app.get(`${providerPath}/:token`, async (request: ProviderPageRequest, reply) => {
    const found = await find(services.pool, request);
    return found === undefined ? reply.callNotFound() : show(services, request, reply, found);
  });

  app.post(`${providerPath}/:token`, async (request: ProviderPageRequest, reply) => {
    const found = await find(services.pool, request);
    if (found === undefined) return reply.callNotFound();
    const decision = readDecision(request.body);
    if (decision === undefined) return show(services, request, reply, found);
    const { entry, profileId, view } = found;
    if (entry.challengeOpen && entry.answer !== null) {
      const answer = afterProvider(decision, entry.answer);
      const lateMs = decision === "approve_late" ? lateAnswerMs : 0;
      await closeChallenge(services.pool, profileId, entry.requestId, answer, lateMs);
    }
    return back(reply, view);
  });
}

interface Found {
  readonly profileId: number;
  readonly entry: BookEntry;
  readonly view: ProviderView;
}

async function find(pool: Pool, request: ProviderPageRequest): Promise<Found | undefined> {
  const { token } = request.params;
  const profileId = profileOfPageToken(token);
  if (profileId === undefined) return undefined;
  const entry = await findChallenge(pool, profileId, token);
  if (entry === undefined || !isProviderView(entry.challenge)) return undefined;
  return { profileId, entry, view: entry.challenge };
}

function back(reply: FastifyReply, { backUrl }: ProviderView): FastifyReply {
  return reply.header("cache-control", "no-store").redirect(backUrl, 303);
}

function show(
  services: ProviderPageServices,
  request: ProviderPageRequest,
  reply: FastifyReply,
  { entry, view }: Found,
): FastifyReply {
  const method = providerMethod(view.method);
  if (!entry.challengeOpen || method === undefined) return back(reply, view);
  const path = `${providerPath}/${request.params.token}`;
  const wanted = (request.query as { lang?: unknown }).lang;
  const language = wanted === "ar" || wanted === "en" ? wanted : view.language;
  const nonce = newNonce();
  const html = providerPage({
    language,
    nonce,
    assets: services.assets,
    sandbox: true,
    requestId: request.id,
    languagePath: `${path}?lang=${language === "ar" ? "en" : "ar"}`,
    actionPath: `${path}?lang=${language}`,
    methodName: method.names[language],
    merchantName: view.merchantName,
    amount: { decimal: view.amount, currency: view.currency },
    minutesLimit: providerMinutesMax,
  });
  return sendPage(reply, { status: 200, nonce, html, ancestors: view.frameAncestors ?? [] });
}

function readDecision(body: unknown): (typeof providerDecisions)[number] | undefined {
  const form = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  return providerDecisions.find((known) => known === form["decision"]);
}
