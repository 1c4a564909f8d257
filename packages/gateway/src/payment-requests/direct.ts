import type { Card, Initiation } from "../acquirers/acquirer.ts";
import { brandOf, cardFacts } from "../acquirers/card-facts.ts";
import { methodOfBrand } from "../acquirers/offered-methods.ts";
import type { Mandate } from "../acquirers/mandate.ts";
import { ApiError } from "../errors.ts";
import type { Profile } from "../profiles/profile.ts";
import { directReply } from "../responses/direct-reply.ts";
import { payDirectly } from "../transactions/pay-directly.ts";
import { passesFilter, type Price, priceFor } from "../transactions/price.ts";
import { refuseCard } from "../transactions/refuse.ts";
import type { TransactionServices } from "../transactions/services.ts";
import type { NewTransaction, SaveOptions, Transaction } from "../transactions/transaction.ts";
import { requireMethod } from "./choose-methods.ts";
import {
  type Asked,
  type CreateServices,
  duplicateOf,
  insertOnce,
  type OneUse,
  usedBefore,
  newTransactionOf,
  pageReply,
  pageUrl,
} from "./create.ts";
import { readCardRules } from "./page-options.ts";
import type { PageRequest } from "./page-request.ts";

export type DirectServices = CreateServices & TransactionServices;

/** A card that is already here, from a merchant's own form or from the vault. */
export interface ChargedCard {
  readonly card: Omit<Card, "holder"> & { readonly holder?: string };
  readonly initiation: Initiation;
  readonly save: SaveOptions | undefined;
  readonly mandate?: Mandate;
  /** The member whose value is good for one payment, and that use. */
  readonly once?: OneUse;
}

const holderLengthMax = 100;

/**
 * Pays with a card that is here, and answers with the payment as it ended or as pending, or with a
 * page object when the card's issuer wants to see the shopper (protocol.md 2.6, 3.3).
 *
 * @throws ApiError when the card cannot be taken, a member is faulty, or it repeats a payment; nothing
 *   is written then
 */
export async function payWithCard(
  services: DirectServices,
  profile: Profile,
  { body, request }: Asked,
  { card: given, initiation, save, mandate, once }: ChargedCard,
): Promise<Record<string, unknown>> {
  requireTakeable(services, given.number);
  requireMethodOf(profile, { body, request }, { number: given.number, initiation });
  const card = { ...given, holder: holderOf(given, request) };
  const rules = readCardRules(body, request.amount.currency);
  const created = priced(
    newTransactionOf(services, profile, request, {
      initiation,
      service: "api",
      options: save === undefined ? {} : { save },
      warnings: [],
    }),
    priceFor(rules, request.amount, card.number),
  );
  const { merchantId } = profile;
  if (!passesFilter(rules.cardFilter, card.number)) {
    const refused = await refuse(services, profile, created, { card, once });
    return directReply(refused, { merchantId, trace: refused.trace });
  }
  const agreed = save?.mandate ?? mandate;
  const charge = {
    card,
    initiation,
    ...(agreed === undefined ? {} : { mandate: agreed }),
    language: request.language ?? "en",
    merchantName: profile.name,
    backUrl: `${pageUrl(services, created.pageToken)}/back`,
  };
  const { duplicateWindowS } = profile;
  const payment = await payDirectly(services, created, charge, {
    duplicateWindowS,
    uses: once?.use,
  });
  if (payment.kind === "repeated") throw duplicateOf(profile, payment.tranRef);
  if (payment.kind === "used_before") throw usedBefore(once);
  const { kind, transaction } = payment;
  if (kind === "challenge") return pageReply(services, profile, request, transaction);
  return directReply(transaction, { merchantId, trace: transaction.trace });
}

/** The own form has no field for it (protocol.md 2.4): the customer's name stands in. */
function holderOf(
  { holder }: ChargedCard["card"],
  { customer }: Pick<PageRequest, "customer">,
): string {
  return holder ?? (customer.name ?? "").slice(0, holderLengthMax);
}

/** What is charged, where a discount of the request makes it less than the amount. */
function priced(created: NewTransaction, { amount, charged }: Price): NewTransaction {
  if (charged.minor === amount.minor) return created;
  return { ...created, facts: { ...created.facts, charged } };
}

/** A card that `card_filter` does not take ends the payment as on the page. */
async function refuse(
  services: DirectServices,
  profile: Profile,
  created: NewTransaction,
  { card, once }: { readonly card: Card; readonly once: ChargedCard["once"] },
): Promise<Transaction> {
  const transaction = await insertOnce(services.pool, profile, created, once);
  const { tranRef, customer } = transaction.facts;
  const result = await refuseCard(services, transaction, { card, customer });
  // Nobody else knows of it yet.
  if (result.kind !== "completed") throw new Error(`${tranRef} was ended by somebody else`);
  return { ...transaction, card: cardFacts(card), outcome: result.outcome };
}

function requireTakeable({ acquirer }: DirectServices, number: string): void {
  if (acquirer.refusal(number) !== undefined) {
    throw new ApiError("CARD_NUMBER", {
      rule: "this is not a test card, and the sandbox takes no other; they are in docs/test-cards.md",
    });
  }
  if (brandOf(number) === undefined) {
    throw new ApiError("NOT_SUPPORTED", { rule: "this kind of card is not accepted" });
  }
}

/** The method of the card's brand; of a wallet's card the wallet's, wherever the brand can go at all. */
function requireMethodOf(
  profile: Profile,
  { body, request }: Asked,
  { number, initiation }: { readonly number: string; readonly initiation: Initiation },
): void {
  const { amount, tranType } = request;
  const needs = { currency: amount.currency, needs: tranType === "Auth" ? ["auth" as const] : [] };
  const ofBrand = methodOfBrand(brandOf(number) ?? "") ?? "";
  if (initiation !== "wallet" && initiation !== "unproven_wallet")
    return requireMethod(ofBrand, body, profile, needs);
  requireMethod("applepay", body, profile, needs);
  requireMethod(ofBrand, {}, {}, needs);
}
