import { enqueueParameter, prepareDelivery } from "../deliveries/enqueue.ts";
import { makeCallback } from "../responses/callback.ts";
import type { ContactDetails, Outcome } from "../responses/facts.ts";
import type { TransactionServices } from "./services.ts";
import type { Actor, Transaction, TransactionEvent, TransactionStep } from "./transaction.ts";
import { writeOutcome } from "./transactions-store.ts";

export interface Completion {
  readonly step: Extract<TransactionStep, "answer" | "cancel" | "expire" | "record">;
  readonly actor: Actor;
  readonly outcome: Outcome;
  /** The shopper's details as they are known now, the address of the browser included. */
  readonly customer?: ContactDetails;
}

/** `moved_on`: the payment had its outcome already, or is in a state that forbids this step. */
export type CompletionResult =
  | { readonly kind: "completed"; readonly callbackDelivery: string | undefined }
  | { readonly kind: "moved_on" };

/**
 * Gives a payment its one outcome. The Callback's bytes are made and signed here; outcome, history
 * and delivery are written by one statement; then this node sends the Callback at once.
 */
export async function complete(
  services: TransactionServices,
  transaction: Transaction,
  completion: Completion,
): Promise<CompletionResult> {
  const { pool, outbox, log } = services;
  const { profileId, tranRef } = transaction.facts;
  const customer = completion.customer ?? transaction.facts.customer;
  const prepared = await prepareCallback(services, transaction, { ...completion, customer });
  const startedMs = performance.now();
  const written = await writeOutcome(pool, {
    profileId,
    tranRef,
    step: completion.step,
    events: eventsOf(transaction, completion),
    outcome: completion.outcome,
    customer,
    callbackDelivery: prepared[0]?.id,
    deliveries: enqueueParameter(prepared),
    companion: services.companionOf?.(transaction.facts),
  });
  services.outcomeWritten?.(performance.now() - startedMs);
  if (!written) {
    const { status } = completion.outcome;
    const moneyMayHaveMoved = status === "A" || status === "H";
    const line = { tranRef, status };
    if (moneyMayHaveMoved) log.error(line, "an approval came after the payment had its outcome");
    return { kind: "moved_on" };
  }
  outbox.handOver(prepared);
  return { kind: "completed", callbackDelivery: prepared[0]?.id };
}

type NewEvent = Pick<TransactionEvent, "kind" | "actor" | "detail">;

function eventsOf({ state }: Transaction, { actor, outcome }: Completion): NewEvent[] {
  const { status, code, message, threeDs } = outcome;
  const challenge: NewEvent = {
    kind: "challenge_ended",
    actor: "shopper",
    detail: { transStatus: threeDs?.paResStatus ?? "", eci: threeDs?.eci ?? "" },
  };
  const end: NewEvent = { kind: "completed", actor, detail: { status, code, message } };
  return state === "challenging" ? [challenge, end] : [end];
}

async function prepareCallback(
  { profiles, outbox, strict }: TransactionServices,
  { facts, callbackUrl }: Transaction,
  { customer, outcome }: { customer: ContactDetails; outcome: Outcome },
) {
  if (callbackUrl === undefined) return [];
  const profile = await profiles.find(facts.profileId);
  if (profile === undefined) throw new Error(`profile ${facts.profileId} is gone`);
  const message = makeCallback(profile, { ...facts, customer }, outcome);
  const delivery = prepareDelivery(
    {
      profileId: facts.profileId,
      subject: facts.tranRef,
      purpose: "callback",
      url: callbackUrl,
      allowPrivate: profile.mode === "test" && !strict,
      ...message,
    },
    outbox.node,
  );
  return [delivery];
}
