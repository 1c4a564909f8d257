import { createHash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { PageFrame } from "../http/look/document.ts";
import { newNonce, sendPage } from "../http/page-reply.ts";
import type { Profile } from "../profiles/profile.ts";
import { curlOf } from "./curl.ts";
import { callbackLeg, returnLeg } from "./legs.ts";
import { newestPayments } from "./payments-store.ts";
import { type FormError, newPaymentForm, type PaymentForm } from "./payment-form.ts";
import { newCartNumber } from "./create-test-payment.ts";
import { readRecords } from "./records.ts";
import { requestLike } from "./request-like.ts";
import type { SandboxServices } from "./services.ts";
import { frontDoorPage } from "./templates/front-door.ts";
import { livePart, paymentPage, type PaymentView } from "./templates/payment.ts";
import { type RefusalName, refusedPage } from "./templates/refused.ts";
import { buildTimeline } from "./timeline.ts";

/** How many payments the front door lists. */
const recentMax = 10;

/** The sandbox's one profile; it is made when the gateway starts. */
export async function sandboxProfile(services: SandboxServices): Promise<Profile> {
  const profile = await services.profiles.find(services.profileId);
  if (profile === undefined) throw new Error(`profile ${services.profileId} is gone`);
  return profile;
}

/** The front door; with an error, as the form was filled in. */
export async function showFrontDoor(
  services: SandboxServices,
  request: FastifyRequest,
  reply: FastifyReply,
  filled?: { readonly form: PaymentForm; readonly error: FormError },
): Promise<FastifyReply> {
  const profile = await sandboxProfile(services);
  const frame = frameFor(services, request);
  const html = frontDoorPage(frame, {
    profile,
    publicUrl: services.publicUrl(),
    form: filled?.form ?? newPaymentForm(profile.currencies[0] ?? "SAR", newCartNumber()),
    error: filled?.error,
    recent: await newestPayments(services.pool, profile.profileId, recentMax),
    now: services.clock.now(),
  });
  return sendPage(reply, { status: filled === undefined ? 200 : 422, nonce: frame.nonce, html });
}

/** A test payment with its Return and Callback side by side. */
export async function showPayment(
  services: SandboxServices,
  request: FastifyRequest<{ Params: { tranRef: string } }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const view = await paymentView(services, request.params.tranRef);
  if (view === undefined) return showRefusal(services, request, reply, "unknown_payment", 404);
  const frame = frameFor(services, request);
  const html = paymentPage(frame, view, liveOf(view));
  return sendPage(reply, { status: 200, nonce: frame.nonce, html });
}

/** The changing part of that page, for its script: 304 while nothing has changed. */
export async function showPaymentState(
  services: SandboxServices,
  request: FastifyRequest<{ Params: { tranRef: string } }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const view = await paymentView(services, request.params.tranRef);
  if (view === undefined) return reply.code(404).send({ error: "There is no such payment." });
  const { html, version } = liveOf(view);
  const etag = `"${version}"`;
  reply.header("etag", etag).header("cache-control", "no-store");
  reply.header("x-content-type-options", "nosniff");
  if (request.headers["if-none-match"] === etag) return reply.code(304).send();
  return reply.send({ version, html: html.toString() });
}

export function showRefusal(
  services: SandboxServices,
  request: FastifyRequest,
  reply: FastifyReply,
  name: RefusalName,
  status: number,
): FastifyReply {
  const frame = frameFor(services, request);
  return sendPage(reply, { status, nonce: frame.nonce, html: refusedPage(frame, name) });
}

/** What every page of the sandbox carries. */
export function frameFor({ assets }: SandboxServices, request: FastifyRequest): PageFrame {
  return {
    language: "en",
    nonce: newNonce(),
    assets,
    sandbox: true,
    requestId: request.id,
    languagePath: null,
  };
}

function liveOf(view: PaymentView) {
  const html = livePart(view);
  const version = createHash("sha256").update(html.toString()).digest("hex").slice(0, 16);
  return { html, version };
}

async function paymentView(
  services: SandboxServices,
  tranRef: string,
): Promise<PaymentView | undefined> {
  const records = await readRecords(services, tranRef);
  if (records === undefined) return undefined;
  const profile = await sandboxProfile(services);
  const publicUrl = services.publicUrl();
  const relaxed = profile.mode === "test" && !services.strict;
  const context = { records, profile, publicUrl, relaxed };
  const { transaction, events } = records;
  const { members, isSame } = requestLike(transaction);
  return {
    transaction,
    timeline: buildTimeline(records),
    returnLeg: returnLeg(context),
    callbackLeg: callbackLeg(context),
    outcomeAt: events.find(({ kind }) => kind === "completed")?.at ?? null,
    payUrl: `${publicUrl}/payment/page/${transaction.pageToken}`,
    statePath: `/sandbox/payments/${tranRef}/state`,
    curl: {
      shown: curlOf(publicUrl, members),
      copied: curlOf(publicUrl, members, profile.serverKey),
      isSame,
    },
    now: services.clock.now(),
  };
}
