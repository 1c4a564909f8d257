import { cardFacts } from "../acquirers/card-facts.ts";
import { uuidv7 } from "../ids.ts";
import { askForAuthorisation, type CardToCharge, recoverAfterMs, sealToKeep } from "./authorise.ts";
import { insertAuthorising, type StartOfDirectPayment } from "./direct-store.ts";
import type { TransactionServices } from "./services.ts";
import type { NewTransaction, Transaction } from "./transaction.ts";
import { findByReference, type InsertionOnce } from "./transactions-store.ts";

/** `challenge`: the shopper has to go to the payment's page, which leads to the issuer. */
export type DirectPayment =
  | {
      readonly kind: "challenge" | "done";
      /** With its outcome, or without one while the acquirer is silent. */
      readonly transaction: Transaction;
    }
  | Exclude<InsertionOnce, { readonly kind: "created" }>;

/**
 * Makes a payment with a card that is already here. That the acquirer is being asked is written in
 * the statement that writes the payment, so a crash leaves one that can be inquired about.
 *
 * @param rules what it must not repeat, and what it uses up
 * @throws VaultError when the card is to be stored and cannot be; nothing is written then
 */
export async function payDirectly(
  services: TransactionServices,
  created: NewTransaction,
  charge: CardToCharge,
  rules: Pick<StartOfDirectPayment, "duplicateWindowS" | "uses">,
): Promise<DirectPayment> {
  const { pool, acquirer, log } = services;
  const insertion = await insertAuthorising(pool, created, {
    acquirer: acquirer.name,
    requestId: uuidv7(),
    card: cardFacts(charge.card),
    recoverAfterMs,
    // There is no page of ours on which to tick a box.
    keeps: sealToKeep(services, created, { card: charge.card, savesCard: false }),
    ...rules,
  });
  if (insertion.kind !== "created") return insertion;
  const begun = insertion.transaction;
  const { profileId, tranRef } = begun.facts;
  const result = await askForAuthorisation(services, begun, charge).catch((error: unknown) => {
    // The acquirer may have been asked: it is not known yet, and an inquiry will find out.
    log.error({ err: error, tranRef }, "an outcome is unknown");
    return { kind: "unknown" } as const;
  });
  switch (result.kind) {
    case "completed":
      return {
        kind: "done",
        transaction: { ...begun, state: "completed", outcome: result.outcome },
      };
    case "challenge":
      return { kind: "challenge", transaction: begun };
    case "unknown":
      return { kind: "done", transaction: begun };
    case "moved_on": {
      // Another node inquired meanwhile.
      const now = await findByReference(pool, profileId, tranRef, { asQuery: false });
      return { kind: "done", transaction: now ?? begun };
    }
    default:
      return result satisfies never;
  }
}
