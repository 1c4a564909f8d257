import { formatAmount } from "@wasl/protocol";
import { ApiError } from "../errors.ts";
import type { ApiBody } from "../http/merchant-api.ts";
import { newPageToken, newTrace } from "../ids.ts";
import type { Profile } from "../profiles/profile.ts";
import { directReply } from "../responses/direct-reply.ts";
import { channels, serviceIds } from "../responses/facts.ts";
import { follow, type FollowUpWish } from "../transactions/follow.ts";
import type { FollowUpKind, FollowUpRefusal } from "../transactions/follow-up.ts";
import type { TransactionServices } from "../transactions/services.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { findByReference } from "../transactions/transactions-store.ts";
import { judgeCallback } from "./callback-url.ts";
import { type FollowUpRequest, readFollowUp } from "./follow-up-request.ts";

/**
 * Captures, voids, releases, refunds or extends an earlier transaction, and answers with the new
 * one as it ended, or as pending (protocol.md 3.3, 5).
 *
 * @throws ApiError naming what stands against it; nothing is written then
 */
export async function followUp(
  services: TransactionServices,
  profile: Profile,
  body: ApiBody,
): Promise<Record<string, unknown>> {
  const request = readFollowUp(body);
  const { profileId, merchantId } = profile;
  const { pool, strict, clock } = services;
  const original = await findByReference(pool, profileId, request.tranRef, { asQuery: false });
  if (original === undefined) throw new ApiError("TRANSACTION_NOT_FOUND");
  const relaxed = profile.mode === "test" && !strict;
  const callback = judgeCallback(request.callback, { relaxed, habits: profile.habits });
  const trace = newTrace("PMNT", clock.now());
  const result = await follow(services, original, {
    kind: request.kind,
    amount: request.amountIn(original.facts.amount.currency),
    facts: factsOf(request, original),
    pageToken: newPageToken(profileId),
    trace,
    callbackUrl: callback.url,
    liveWarnings: callback.warnings,
  });
  if (result.kind !== "done") throw refusalOf(result, request.kind);
  return directReply(result.transaction, { merchantId, trace });
}

/** What the follow-up does not say is as with the original, the shopper's address left out. */
function factsOf(request: FollowUpRequest, { facts, outcome }: Transaction): FollowUpWish["facts"] {
  const { ip: _address, ...customer } = facts.customer;
  return {
    profileId: facts.profileId,
    tranClass: facts.tranClass,
    serviceId: serviceIds.api,
    cartId: request.cartId ?? facts.cartId,
    cartDescription: request.cartDescription ?? facts.cartDescription,
    customer,
    paymentChannel: request.paymentChannel ?? channels.api,
    ...(facts.userDefined && { userDefined: facts.userDefined }),
    ...(facts.customerRef !== undefined && { customerRef: facts.customerRef }),
    ...(outcome?.method && { method: outcome.method }),
  };
}

function refusalOf(refusal: FollowUpRefusal, kind: FollowUpKind): ApiError {
  switch (refusal.kind) {
    case "not_possible":
      return kind === "refund"
        ? new ApiError("REFUND_NOT_AVAILABLE", { rule: refusal.rule })
        : new ApiError("NOT_SUPPORTED", { rule: refusal.rule });
    case "exceeds": {
      const rule = `${refusal.left.currency} ${formatAmount(refusal.left)} is left`;
      return new ApiError("AMOUNT_ABOVE_BALANCE", { rule });
    }
    case "nothing_left":
      return kind === "refund"
        ? new ApiError("REFUND_BALANCE_EXCEEDED")
        : new ApiError("AMOUNT_ABOVE_BALANCE", { rule: "nothing is left" });
    default:
      return refusal satisfies never;
  }
}
