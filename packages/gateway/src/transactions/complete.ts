import type { Queryable } from "../database/in-transaction.ts";
import { enqueueParameter } from "../deliveries/enqueue.ts";
import { mailParameter } from "../mail/enqueue-store.ts";
import type { Profile } from "../profiles/profile.ts";
import { type ComposedResponses, composeResponses } from "../responses/compose.ts";
import type { ContactDetails, Outcome } from "../responses/facts.ts";
import { newCardToken } from "./card-token.ts";
import type { TransactionServices } from "./services.ts";
import { isTakenToken, type KeptCardEnd } from "./tokens-store.ts";
import type { Actor, Transaction, TransactionEvent, TransactionStep } from "./transaction.ts";
import { writeOutcome } from "./outcome-store.ts";
import { findByReference } from "./transactions-store.ts";

export interface Completion {
  readonly step: Extract<
    TransactionStep,
    "answer" | "cancel" | "expire" | "refuse" | "await" | "lapse" | "record"
  >;
  readonly actor: Actor;
  readonly outcome: Outcome;
  /** With step `await`: where the bill can be paid in a browser. */
  readonly payUrl?: string | undefined;
  /** The shopper's details as they are known now, the address of the browser included. */
  readonly customer?: ContactDetails;
}

/** `moved_on`: the payment had its outcome already, or is in a state that forbids this step. */
export type CompletionResult =
  | {
      readonly kind: "completed";
      readonly outcome: Outcome;
      readonly callbackDelivery: string | undefined;
    }
  | { readonly kind: "moved_on" };

/** Tokens of 16 digits may meet by chance; twice in a row they do not. */
const tokenTriesMax = 5;

/**
 * Gives a payment its one outcome. All that tells of it is made and signed here; outcome, history,
 * the card's token, deliveries and e-mails are written by one statement; then this node sends at
 * once.
 */
export async function complete(
  services: TransactionServices,
  transaction: Transaction,
  completion: Completion,
): Promise<CompletionResult> {
  for (let tries = 1; ; tries += 1) {
    const keptCard = endOfKeptCard(transaction, completion.outcome);
    const { outcome } = completion;
    const told = keptCard?.kind === "tokenised" ? { ...outcome, token: keptCard.token } : outcome;
    try {
      return await writeAndSend(services, transaction, { ...completion, outcome: told }, keptCard);
    } catch (error) {
      if (!isTakenToken(error) || tries === tokenTriesMax) throw error;
    }
  }
}

/** A card that was to be stored gets its token with an authorisation, and is dropped otherwise. */
function endOfKeptCard(
  { savesCard, options }: Transaction,
  { status }: Outcome,
): KeptCardEnd | undefined {
  if (savesCard === undefined || options.save === undefined) return undefined;
  if (status !== "A" && status !== "H") return { kind: "dropped" };
  const { format, mandate } = options.save;
  return { kind: "tokenised", token: newCardToken(format), mandate };
}

async function writeAndSend(
  services: TransactionServices,
  transaction: Transaction,
  completion: Completion,
  keptCard: KeptCardEnd | undefined,
): Promise<CompletionResult> {
  const { pool, profiles } = services;
  const { profileId } = transaction.facts;
  const profile = await profiles.find(profileId);
  if (profile === undefined) throw new Error(`profile ${profileId} is gone`);
  const written = await writeCompletion(services, pool, transaction, {
    ...completion,
    profile,
    keptCard,
  });
  const { outcome } = completion;
  if (written === undefined) {
    await reportIfOtherwise(services, transaction, outcome);
    return { kind: "moved_on" };
  }
  written.handOver();
  return { kind: "completed", outcome, callbackDelivery: written.callbackDelivery };
}

interface WrittenCompletion {
  readonly callbackDelivery: string | undefined;
  /**
   * Lets this node send at once. Call it when COMMIT has returned. If nobody knows how that ended,
   * do not: what was written is sent when its lease has run out.
   */
  readonly handOver: () => void;
}

/**
 * Writes an outcome with all that tells of it, in the open database transaction of `connection` if
 * it has one. No other connection is used.
 *
 * @returns `undefined`, and nothing is written, when the payment had moved on
 */
export async function writeCompletion(
  services: TransactionServices,
  connection: Queryable,
  transaction: Transaction,
  completion: Completion & {
    readonly profile: Profile;
    readonly keptCard?: KeptCardEnd | undefined;
  },
): Promise<WrittenCompletion | undefined> {
  const { outbox, mail } = services;
  const { profileId, tranRef } = transaction.facts;
  const customer = completion.customer ?? transaction.facts.customer;
  const composed = await compose(services, transaction, { ...completion, customer });
  const { deliveries, callbackDelivery, mails } = composed;
  const startedMs = performance.now();
  const written = await writeOutcome(connection, {
    profileId,
    tranRef,
    step: completion.step,
    events: eventsOf(transaction, completion),
    outcome: completion.outcome,
    customer,
    callbackDelivery,
    payUrl: completion.payUrl,
    deliveries: enqueueParameter(deliveries),
    mails: mails.length === 0 ? undefined : mailParameter(mails),
    followUp: transaction.facts.previousTranRef !== undefined,
    companion: services.companionOf?.(transaction.facts),
    keptCard: completion.keptCard,
  });
  services.outcomeWritten?.(performance.now() - startedMs);
  if (!written) return undefined;
  return {
    callbackDelivery,
    handOver() {
      outbox.handOver(deliveries);
      if (mails.length > 0) mail.handOver();
    },
  };
}

/** Two who ask at once hear the same; but an approval that is not the outcome may have moved money. */
async function reportIfOtherwise(
  { pool, log }: TransactionServices,
  { facts: { profileId, tranRef } }: Transaction,
  { status, code }: Outcome,
): Promise<void> {
  if (status !== "A" && status !== "H") return;
  const stored = await findByReference(pool, profileId, tranRef, { asQuery: false });
  if (stored?.outcome?.status === status && stored.outcome.code === code) return;
  log.error({ tranRef, status }, "an approval came after the payment had its outcome");
}

type NewEvent = Pick<TransactionEvent, "kind" | "actor" | "detail">;

/** It may have been left without an answer, which an inquiry brings later. */
function wasChallenged({ state, challengeUrl, facts }: Transaction): boolean {
  const asked = state === "challenging" || state === "authorising";
  return asked && challengeUrl !== undefined && facts.method === undefined;
}

function eventsOf(transaction: Transaction, { step, actor, outcome }: Completion): NewEvent[] {
  const { status, code, message, threeDs, card, token } = outcome;
  const challenge: NewEvent = {
    kind: "challenge_ended",
    actor: "shopper",
    detail: { transStatus: threeDs?.paResStatus ?? "", eci: threeDs?.eci ?? "" },
  };
  const end: NewEvent = { kind: "completed", actor, detail: { status, code, message } };
  const refused: NewEvent = {
    kind: "card_refused",
    actor: "gateway",
    detail: { card: card?.description ?? "" },
  };
  const stored: NewEvent = { kind: "tokenised", actor: "gateway", detail: {} };
  return [
    ...(wasChallenged(transaction) ? [challenge] : []),
    ...(step === "refuse" ? [refused] : []),
    end,
    ...(token === undefined ? [] : [stored]),
  ];
}

async function compose(
  { outbox, mail, strict, log }: TransactionServices,
  { facts, callbackUrl, language }: Transaction,
  { profile, customer, outcome }: { profile: Profile; customer: ContactDetails; outcome: Outcome },
): Promise<ComposedResponses> {
  const { tranRef } = facts;
  return composeResponses(
    profile,
    { facts: { ...facts, customer }, outcome, callbackUrl, language },
    {
      node: outbox.node,
      strict,
      mails: mail.enabled,
      failed: (error, what) =>
        log.error({ err: error, tranRef, ...what }, "a response could not be made"),
    },
  );
}
