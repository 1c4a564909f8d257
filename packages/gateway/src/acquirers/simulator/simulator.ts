import { setTimeout as wait } from "node:timers/promises";
import { formatAmount, maskCardNumber, responseCode } from "@wasl/protocol";
import type { Pool } from "pg";
import { newPageToken } from "../../ids.ts";
import type {
  Acquirer,
  AuthorisationAnswer,
  AuthorisationRequest,
  FinalAnswer,
  Inquiry,
  InquiryAnswer,
} from "../acquirer.ts";
import { approvalCode } from "./approval-code.ts";
import { inquireBill, issueBill } from "./bills.ts";
import { afterProvider, beginAtProvider } from "./providers.ts";
import { openWalletToken } from "./wallet-token.ts";
import { followUp, refundsOf } from "./follow-ups.ts";
import { breaksMandate } from "./mandate-check.ts";
import {
  type BookEntry,
  closeChallenge,
  enterAuthorisation,
  findAuthorisation,
  isProviderView,
} from "./simulator-store.ts";
import { findTestCard, isRefusal, refusals, type TestCard } from "./test-cards.ts";
import { afterChallenge, notEnrolled, withoutIssuer } from "./three-ds.ts";

/** How long a card without an answer keeps the gateway waiting, in ms. */
const silenceMs = 1000;

/** How long a late answer takes, in ms; until then every inquiry is told "not yet". */
export const lateAnswerMs = 4000;

export const challengePath = "/simulator/3-d-secure";

export interface SimulatorServices {
  readonly pool: Pool;
  /** The gateway's own address, without a slash at the end. */
  readonly publicUrl: () => string;
}

/** The built-in acquirer of the sandbox: moves no money, takes test cards only. */
export function createSimulator(services: SimulatorServices): Acquirer {
  return {
    name: "simulator",
    refusal: (cardNumber) =>
      findTestCard(cardNumber) === undefined ? "real_card_in_sandbox" : undefined,
    authorise: (request) => authorise(services, request),
    followUp: (request) => followUp(services.pool, request),
    inquire: (inquiry) => inquire(services.pool, inquiry),
    openWallet: openWalletToken,
    beginAtProvider: (request) => beginAtProvider(services, request),
    issueBill: (request) => issueBill(services, request),
    inquireBill: (inquiry) => inquireBill(services.pool, inquiry),
  };
}

async function authorise(
  { pool, publicUrl }: SimulatorServices,
  request: AuthorisationRequest,
): Promise<AuthorisationAnswer> {
  const testCard = findTestCard(request.card.number);
  if (testCard === undefined) return { kind: "declined", reason: "notAuthorised" };
  const planned = planFor(testCard, request);
  const challenges = testCard.threeDs && mayBeAsked(request);
  const challengeToken = challenges ? newPageToken(request.profileId) : null;
  const entered = await enterAuthorisation(pool, request.profileId, {
    requestId: request.requestId,
    challengeToken,
    challenge: challenges ? challengeView(request) : null,
    challengeOpen: challenges,
    answer: planned,
    answersInMs: testCard.behaviour === "late_answer" ? lateAnswerMs : 0,
    refunds: refundsOf(testCard),
  });
  if (!entered) return known(await inquire(pool, { ...request, endChallenge: false }));
  if (challengeToken !== null) {
    return { kind: "challenge", url: `${publicUrl()}${challengePath}/${challengeToken}` };
  }
  if (testCard.behaviour === "no_answer" || testCard.behaviour === "late_answer") {
    await wait(silenceMs);
    return { kind: "unknown" };
  }
  return planned;
}

function known(answer: InquiryAnswer): AuthorisationAnswer {
  return answer.kind === "not_received" || answer.kind === "open" ? { kind: "unknown" } : answer;
}

/** Only a shopper at a browser can be, and only one whom no device has asked before. */
function mayBeAsked({ initiation }: AuthorisationRequest): boolean {
  return initiation === "ecom" || initiation === "unproven_wallet";
}

/** The issuer's answer, without 3-D Secure where there was nobody to authenticate. */
function planFor(testCard: TestCard, request: AuthorisationRequest): FinalAnswer {
  const planned = breaksMandate(request)
    ? ({ kind: "declined", reason: "notPermitted" } as const)
    : planAnswer(testCard, request);
  if (mayBeAsked(request) || planned.kind === "failed") return planned;
  const { threeDs: _none, ...answer } = planned;
  return answer;
}

/** A shopper who is there has the security code; one that is given must be right. */
function isCodeWrong(testCard: TestCard, { card, initiation }: AuthorisationRequest): boolean {
  if (card.securityCode === undefined) return initiation === "ecom";
  return card.securityCode !== testCard.securityCode;
}

/** What the card's issuer says, once the shopper is authenticated where that is asked. */
function planAnswer(testCard: TestCard, request: AuthorisationRequest): FinalAnswer {
  const threeDs = notEnrolled;
  if (isCodeWrong(testCard, request)) {
    return { kind: "declined", reason: "cvvMismatch", threeDs };
  }
  const { behaviour } = testCard;
  if (isRefusal(behaviour)) return refuse(behaviour);
  switch (behaviour) {
    case "approve":
    case "late_answer":
    case "late_refund":
    case "no_refund":
      return { kind: "approved", approvalCode: approvalCode(request.requestId), threeDs };
    case "hold":
      return { kind: "held", approvalCode: approvalCode(request.requestId), threeDs };
    case "no_recurring":
      return request.initiation === "recurring"
        ? { kind: "declined", reason: "insufficientFunds" }
        : { kind: "approved", approvalCode: approvalCode(request.requestId), threeDs };
    case "no_answer":
      return { kind: "failed", reason: "noResponse" };
    default:
      return behaviour satisfies never;
  }
}

function refuse(behaviour: keyof typeof refusals): FinalAnswer {
  const reason = refusals[behaviour];
  if (responseCode(reason).status === "E") return { kind: "failed", reason };
  const threeDs = behaviour === "three_ds_unavailable" ? withoutIssuer : notEnrolled;
  return { kind: "declined", reason, threeDs };
}

function challengeView(request: AuthorisationRequest): NonNullable<BookEntry["challenge"]> {
  return {
    merchantName: request.merchantName,
    amount: formatAmount(request.amount),
    currency: request.amount.currency,
    maskedCard: maskCardNumber(request.card.number),
    language: request.language,
    backUrl: request.backUrl,
    ...(request.frameAncestors && { frameAncestors: request.frameAncestors }),
  };
}

async function inquire(pool: Pool, inquiry: Inquiry): Promise<InquiryAnswer> {
  const { profileId, requestId } = inquiry;
  const entry = await findAuthorisation(pool, profileId, requestId);
  if (entry === undefined) return refuseForEver(pool, profileId, requestId);
  if (entry.answer === null) return { kind: "not_received" };
  if (entry.challengeOpen) {
    if (!inquiry.endChallenge) return { kind: "open" };
    const end = isProviderView(entry.challenge) ? afterProvider : afterChallenge;
    await closeChallenge(pool, profileId, requestId, end("timed_out", entry.answer));
    return inquire(pool, inquiry);
  }
  return entry.answersInMs > 0 ? { kind: "unknown" } : entry.answer;
}

/** Enters the request without an answer, so that it is not accepted should it still arrive. */
async function refuseForEver(
  pool: Pool,
  profileId: number,
  requestId: string,
): Promise<InquiryAnswer> {
  const empty = { challengeToken: null, challenge: null, challengeOpen: false, answer: null };
  const entered = await enterAuthorisation(pool, profileId, {
    requestId,
    ...empty,
    answersInMs: 0,
    refunds: "at_once",
  });
  return entered ? { kind: "not_received" } : { kind: "unknown" };
}
