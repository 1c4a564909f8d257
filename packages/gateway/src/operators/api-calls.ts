import type { Pool } from "pg";
import { z } from "zod";
import type { ApiCall } from "../api-log/api-call.ts";
import { findCall, listCalls } from "../api-log/api-calls-store.ts";
import { asKept } from "../api-log/mask.ts";
import { ApiError } from "../errors.ts";
import { profileIdMax } from "../ids.ts";
import { optional, text, wholeNumber, word } from "../payment-requests/fields.ts";
import { pageRows, pageRowsMax } from "./fields.ts";

const filters = z.strictObject({
  profile_id: optional(wholeNumber(1, profileIdMax)),
  trace: optional(text(64)),
  tran_ref: optional(text(64)),
  cart_id: optional(text(64)),
  outcome: optional(word(["refused", "accepted"])),
  before: optional(z.uuid("must be the `next` of the page before")),
  limit: pageRows,
});

/**
 * A page of the log of API calls, newest first, without bodies; `next` goes on from there.
 *
 * @param query the address's: profile_id, trace, tran_ref, cart_id (of a profile), outcome, before,
 *   limit
 * @throws ApiError INVALID_FIELD
 */
export async function apiCallsPage(pool: Pool, query: unknown): Promise<Record<string, unknown>> {
  const reading = filters.safeParse(query);
  if (!reading.success) throw refusal(reading.error);
  const { profile_id, trace, tran_ref, cart_id, outcome, before } = reading.data;
  const { limit = pageRowsMax } = reading.data;
  if (cart_id !== undefined && profile_id === undefined) {
    const rule = "is required with cart_id, which is a profile's";
    throw new ApiError("INVALID_FIELD", { field: "profile_id", rule });
  }
  const calls = await listCalls(pool, {
    ...(profile_id !== undefined && { profileId: profile_id }),
    ...(trace !== undefined && { trace }),
    ...(tran_ref !== undefined && { tranRefs: [tran_ref, asKept(tran_ref)] }),
    ...(cart_id !== undefined && { cartIds: [cart_id, asKept(cart_id)] }),
    ...(outcome !== undefined && { refused: outcome === "refused" }),
    ...(before !== undefined && { before }),
    limit,
  });
  const last = calls.at(-1);
  return {
    calls: calls.map(lineOf),
    next: calls.length === limit && last !== undefined ? last.callId : null,
  };
}

/**
 * One call with its bodies.
 *
 * @throws ApiError API_CALL_NOT_FOUND
 */
export async function apiCall(pool: Pool, id: string): Promise<Record<string, unknown>> {
  const known = z.uuid().safeParse(id);
  const call = known.success ? await findCall(pool, known.data) : undefined;
  if (call === undefined) throw new ApiError("API_CALL_NOT_FOUND");
  return { ...lineOf(call), request_body: call.requestBody, reply_body: call.replyBody };
}

function lineOf(call: ApiCall): Record<string, unknown> {
  return {
    call_id: call.callId,
    at: call.at.toISOString(),
    profile_id: call.profileId ?? null,
    authenticated: call.authenticated,
    key_kind: call.keyKind,
    method: call.method,
    path: call.path,
    status: call.status,
    outcome: call.refused ? "refused" : "accepted",
    code: call.code ?? null,
    error: call.error ?? null,
    hint: call.hint ?? null,
    trace: call.trace ?? null,
    tran_ref: call.tranRef ?? null,
    cart_id: call.cartId ?? null,
    duration_ms: call.durationMs,
    request_bytes: call.requestBytes ?? null,
    headers: call.headers,
    remote_address: call.remoteAddress,
  };
}

function refusal({ issues }: z.ZodError): ApiError {
  const [issue] = issues;
  if (issue?.code === "unrecognized_keys") {
    return new ApiError("INVALID_FIELD", { field: issue.keys[0] ?? "query", rule: "is not known" });
  }
  const field = issue?.path.join(".") ?? "query";
  return new ApiError("INVALID_FIELD", { field, rule: issue?.message ?? "is invalid" });
}
