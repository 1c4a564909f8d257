import { findPaymentMethod, formatAmount } from "@wasl/protocol";
import type { Pool } from "pg";
import { newPageToken } from "../../ids.ts";
import type { AuthorisationAnswer, FinalAnswer, ProviderRequest } from "../acquirer.ts";
import { approvalCode } from "./approval-code.ts";
import { enterAuthorisation, findAuthorisation, type ProviderView } from "./simulator-store.ts";

export const providerPath = "/simulator/provider";

/** What the shopper did at the simulated provider. */
export type ProviderDecision = "approve" | "approve_late" | "reject" | "cancel" | "timed_out";

/** What a button of the page does; the rest happens by itself. */
export const providerDecisions = [
  "approve",
  "reject",
  "cancel",
  "approve_late",
] as const satisfies readonly ProviderDecision[];

export interface ProviderServices {
  readonly pool: Pool;
  /** The gateway's own address, without a slash at the end. */
  readonly publicUrl: () => string;
}

/** Enters the payment in the book, open, and answers with the page where the shopper decides. */
export async function beginAtProvider(
  { pool, publicUrl }: ProviderServices,
  request: ProviderRequest,
): Promise<AuthorisationAnswer> {
  const { profileId, requestId, method } = request;
  const refundable = findPaymentMethod(method)?.abilities.includes("refund") === true;
  await enterAuthorisation(pool, profileId, {
    requestId,
    challengeToken: newPageToken(profileId),
    challenge: providerView(request),
    challengeOpen: true,
    answer: { kind: "approved", approvalCode: approvalCode(requestId) },
    answersInMs: 0,
    refunds: refundable ? "at_once" : "never",
  });
  const entry = await findAuthorisation(pool, profileId, requestId);
  // An inquiry that came first has refused it for ever, or the shopper has decided already.
  if (entry?.challengeOpen !== true) return { kind: "unknown" };
  return { kind: "challenge", url: `${publicUrl()}${providerPath}/${entry.challengeToken}` };
}

function providerView(request: ProviderRequest): ProviderView {
  return {
    merchantName: request.merchantName,
    amount: formatAmount(request.amount),
    currency: request.amount.currency,
    method: request.method,
    language: request.language,
    backUrl: request.backUrl,
    ...(request.frameAncestors && { frameAncestors: request.frameAncestors }),
  };
}

/**
 * The final answer after the provider's page. A late answer is the same as one at once, only later.
 *
 * @example afterProvider("reject", planned) // { kind: "declined", reason: "notAuthorised" }
 */
export function afterProvider(decision: ProviderDecision, planned: FinalAnswer): FinalAnswer {
  switch (decision) {
    case "approve":
    case "approve_late":
      return planned;
    case "reject":
      return { kind: "declined", reason: "notAuthorised" };
    case "cancel":
      return { kind: "declined", reason: "cancelled" };
    case "timed_out":
      return { kind: "declined", reason: "expired" };
    default:
      return decision satisfies never;
  }
}
