import formBody from "@fastify/formbody";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Pool } from "pg";
import type { AssetUrls } from "../../http/look/document.ts";
import { typedDigits } from "../../http/typed-digits.ts";
import { newNonce, sendPage } from "../../http/page-reply.ts";
import { profileOfPageToken } from "../../ids.ts";
import { challengePage, type ChallengeError } from "./challenge-template.ts";
import { challengePath } from "./simulator.ts";
import {
  type BookEntry,
  type ChallengeView,
  closeChallenge,
  findChallenge,
  isProviderView,
} from "./simulator-store.ts";
import { afterChallenge, type ChallengeResult, oneTimeCodes } from "./three-ds.ts";

export interface ChallengeServices {
  readonly pool: Pool;
  readonly assets: AssetUrls;
}

type ChallengeRequest = FastifyRequest<{ Params: { token: string } }>;

/** The simulated issuer's page: the shopper confirms, refuses or leaves (experience.md 5.6). */
export async function challengeRoutes(
  app: FastifyInstance,
  services: ChallengeServices,
): Promise<void> {
  app.removeAllContentTypeParsers();
  await app.register(formBody, { bodyLimit: 4096 });

  app.get(`${challengePath}/:token`, async (request: ChallengeRequest, reply) => {
    const found = await find(services.pool, request);
    if (found === undefined) return reply.callNotFound();
    return show(services, request, reply, { ...found, error: null });
  });

  app.post(`${challengePath}/:token`, async (request: ChallengeRequest, reply) => {
    const found = await find(services.pool, request);
    if (found === undefined) return reply.callNotFound();
    const decision = readDecision(request.body);
    if ("error" in decision) return show(services, request, reply, { ...found, ...decision });
    const { entry, profileId, challenge } = found;
    if (entry.challengeOpen && entry.answer !== null) {
      const answer = afterChallenge(decision.result, entry.answer);
      await closeChallenge(services.pool, profileId, entry.requestId, answer);
    }
    return back(reply, challenge);
  });
}

interface Found {
  readonly profileId: number;
  readonly entry: BookEntry;
  readonly challenge: ChallengeView;
}

async function find(pool: Pool, request: ChallengeRequest): Promise<Found | undefined> {
  const { token } = request.params;
  const profileId = profileOfPageToken(token);
  if (profileId === undefined) return undefined;
  const entry = await findChallenge(pool, profileId, token);
  const challenge = entry?.challenge ?? null;
  if (entry === undefined || challenge === null || isProviderView(challenge)) return undefined;
  return { profileId, entry, challenge };
}

function back(reply: FastifyReply, { backUrl }: ChallengeView): FastifyReply {
  return reply.header("cache-control", "no-store").redirect(backUrl, 303);
}

function show(
  services: ChallengeServices,
  request: ChallengeRequest,
  reply: FastifyReply,
  { entry, challenge, error }: Found & { readonly error: ChallengeError | null },
): FastifyReply {
  if (!entry.challengeOpen) return back(reply, challenge);
  const path = `${challengePath}/${request.params.token}`;
  const wanted = (request.query as { lang?: unknown }).lang;
  const language = wanted === "ar" || wanted === "en" ? wanted : challenge.language;
  const nonce = newNonce();
  const html = challengePage({
    language,
    nonce,
    assets: services.assets,
    sandbox: true,
    requestId: request.id,
    languagePath: `${path}?lang=${language === "ar" ? "en" : "ar"}`,
    merchantName: challenge.merchantName,
    amount: { decimal: challenge.amount, currency: challenge.currency },
    maskedCard: challenge.maskedCard,
    actionPath: `${path}?lang=${language}`,
    minutesLimit: 5,
    error,
  });
  const { frameAncestors: ancestors = [] } = challenge;
  return sendPage(reply, { status: error === null ? 200 : 422, nonce, html, ancestors });
}

/** A code decides when there is one; without one it takes the button that approves. */
function readDecision(
  body: unknown,
): { readonly result: ChallengeResult } | { readonly error: ChallengeError } {
  const form = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const { decision, otp } = form;
  if (decision === "reject") return { result: "rejected" };
  if (decision === "cancel") return { result: "cancelled" };
  const code = typeof otp === "string" ? typedDigits(otp).trim() : "";
  if (code === "" && decision === "approve") return { result: "passed" };
  const result = Object.entries(oneTimeCodes).find(([known]) => known === code)?.[1];
  return result === undefined ? { error: "unknown_code" } : { result };
}
