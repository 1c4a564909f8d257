import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Pool } from "pg";
import { z } from "zod";
import type { Clock } from "../clock.ts";
import {
  askRedelivery,
  findRedelivery,
  matchedMax,
  type Redelivery,
} from "../deliveries/redelivery.ts";
import { clientHabitsRoutes } from "./client-habits-routes.ts";
import { ApiError } from "../errors.ts";
import { JsonNumber } from "../http/json-body.ts";
import { type ApiBody, bodyOf, speakMerchantApi } from "../http/merchant-api.ts";
import { profileIdMax } from "../ids.ts";
import { optional, wholeNumber } from "../payment-requests/fields.ts";
import { deliveryNotes } from "../transactions/delivery-notes.ts";
import { apiCall, apiCallsPage } from "./api-calls.ts";
import { listFailedDeliveries, type ListPlace } from "./failed-deliveries.ts";
import { pageRows, pageRowsMax, readTime } from "./fields.ts";
import { firstFault } from "./first-fault.ts";
import { type IpnServices, ipnRoutes } from "./ipn-routes.ts";
import { type MailServices, mailRoutes } from "./mail-routes.ts";
import { isOperator } from "./operator-token.ts";
import { describe, describeFailing, readRedeliveryRequest } from "./redelivery-request.ts";
import { readRequestLimits, setRequestLimits } from "./request-limits.ts";
import { vaultKeys } from "./vault-keys.ts";
import { readRetrySchedule, setRetrySchedule } from "./retry-schedule.ts";

export interface OperatorServices extends IpnServices, MailServices {
  readonly pool: Pool;
  readonly clock: Clock;
  /** `undefined`: the API is closed. */
  readonly operatorToken: string | undefined;
}

/** The operators' API, for the console, the command line and scripts. */
export async function operatorRoutes(
  app: FastifyInstance,
  services: OperatorServices,
): Promise<void> {
  const { pool, clock, operatorToken } = services;
  speakMerchantApi(app, clock);
  app.addHook("onRequest", async (request) => {
    if (!isOperator(request.headers.authorization, operatorToken)) {
      throw new ApiError("OPERATOR_TOKEN");
    }
  });
  app.post("/operators/redeliveries", (request, reply) => redeliver(services, request, reply));
  app.get<{ Params: { id: string } }>("/operators/redeliveries/:id", async (request, reply) => {
    const id = z.uuid().safeParse(request.params.id);
    const found = id.success ? await findRedelivery(pool, id.data) : undefined;
    if (found === undefined) throw new ApiError("REDELIVERY_NOT_FOUND");
    return reply.send(progressOf(found));
  });
  app.get<{ Querystring: Record<string, unknown> }>(
    "/operators/failed-deliveries",
    async (request, reply) => reply.send(await failedPage(pool, request.query)),
  );
  app.get("/operators/api-calls", async (request, reply) =>
    reply.send(await apiCallsPage(pool, request.query)),
  );
  app.get<{ Params: { id: string } }>("/operators/api-calls/:id", async (request, reply) =>
    reply.send(await apiCall(pool, request.params.id)),
  );
  app.get("/operators/vault", async (_request, reply) => reply.send(await vaultKeys(pool)));
  app.put<{ Params: { profileId: string } }>(
    "/operators/profiles/:profileId/retry-schedule",
    async (request, reply) => {
      const schedule = readRetrySchedule(bodyOf(request));
      const profileId = await setRetrySchedule(pool, request.params.profileId, schedule);
      return reply.send({ profile_id: profileId, retry_delays_s: schedule });
    },
  );
  ipnRoutes(app, services);
  mailRoutes(app, services);
  clientHabitsRoutes(app, services);
  app.put<{ Params: { profileId: string } }>(
    "/operators/profiles/:profileId/limits",
    async (request, reply) => {
      const limits = readRequestLimits(bodyOf(request));
      const profileId = await setRequestLimits(pool, request.params.profileId, limits);
      return reply.send({
        profile_id: profileId,
        duplicate_window_s: limits.duplicateWindowS,
        requests_per_minute: limits.requestsPerMinute ?? null,
      });
    },
  );
}

const idempotencyKey = z.string().regex(/^[\x21-\x7e]{1,128}$/);

async function redeliver(
  { pool }: OperatorServices,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const key = idempotencyKey.safeParse(request.headers["idempotency-key"]);
  if (!key.success) {
    throw new ApiError("INVALID_FIELD", {
      field: "Idempotency-Key",
      rule: "is required: 1 to 128 visible characters, new for each wish and kept for its repeats",
    });
  }
  const body = bodyOf(request);
  const selection = readRedeliveryRequest(body);
  const asked = await askRedelivery(pool, key.data, plain(body), selection, deliveryNotes.hurried);
  if (asked.kind === "conflict") throw new ApiError("IDEMPOTENCY_KEY_REUSED");
  const { redelivery } = asked;
  const counted = redelivery.matched.toString();
  const matched = redelivery.matched === matchedMax ? `at least ${counted}` : counted;
  return reply.code(asked.kind === "created" ? 202 : 200).send({
    ...progressOf(redelivery),
    ...(asked.kind === "created" && { still_open: asked.stillOpen, hurried: asked.hurried }),
    will: describe(selection, { matched, until: redelivery.until }),
  });
}

/** The body as it was sent: numbers were kept as they were written. */
function plain(body: ApiBody): object {
  const entries = Object.entries(body);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, value instanceof JsonNumber ? value.source : value]),
  );
}

function progressOf(redelivery: Redelivery) {
  return {
    redelivery_id: redelivery.id,
    matched: redelivery.matched,
    requeued: redelivery.requeued,
    created_at: redelivery.createdAt.toISOString(),
    finished_at: redelivery.finishedAt?.toISOString() ?? null,
    failing: redelivery.failing ? describeFailing(redelivery.failing) : null,
  };
}

const placeRule = "must be the `next` of the page before";

/** Where a page ended: a time in microseconds, and an id. */
const place = z.string(placeRule).transform((text, context): ListPlace => {
  const [exhaustedAt = "", deliveryId = "", ...more] = text.split(" ");
  const fits =
    more.length === 0 && /\.\d{6}Z$/.test(exhaustedAt) && readTime(exhaustedAt) !== undefined;
  if (fits && z.uuid().safeParse(deliveryId).success) return { exhaustedAt, deliveryId };
  context.addIssue({ code: "custom", message: placeRule });
  return z.NEVER;
});

const listQuery = z.strictObject({
  profile_id: optional(wholeNumber(1, profileIdMax)),
  before: optional(place),
  limit: pageRows,
});

async function failedPage(pool: Pool, query: Record<string, unknown>) {
  const reading = listQuery.safeParse(query);
  if (!reading.success) throw firstFault(reading.error);
  const { profile_id: profileId, before, limit = pageRowsMax } = reading.data;
  const rows = await listFailedDeliveries(pool, {
    ...(profileId !== undefined && { profileId }),
    ...(before !== undefined && { before }),
    limit,
  });
  const last = rows.at(-1);
  const more = rows.length === limit && last !== undefined;
  return {
    deliveries: rows.map((row) => ({
      profile_id: row.profileId,
      delivery_id: row.deliveryId,
      tran_ref: row.subject,
      purpose: row.purpose,
      url: row.url,
      exhausted_at: row.exhaustedAt,
      verdict: row.verdict,
      detail: row.detail,
    })),
    next: more ? `${last.exhaustedAt} ${last.deliveryId}` : null,
  };
}
