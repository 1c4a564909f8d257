import type { Card, Initiation } from "../acquirers/acquirer.ts";
import { brandOf } from "../acquirers/card-facts.ts";
import type { Mandate } from "../acquirers/mandate.ts";
import { ApiError } from "../errors.ts";
import type { Profile } from "../profiles/profile.ts";
import { directReply } from "../responses/direct-reply.ts";
import { payDirectly } from "../transactions/pay-directly.ts";
import type { TransactionServices } from "../transactions/services.ts";
import type { SaveOptions } from "../transactions/transaction.ts";
import { type CreateServices, newTransactionOf, pageReply, pageUrl } from "./create.ts";
import type { PageRequest } from "./page-request.ts";

export type DirectServices = CreateServices & TransactionServices;

/** A card that is already here, from a merchant's own form or from the vault. */
export interface ChargedCard {
  readonly card: Omit<Card, "holder"> & { readonly holder?: string };
  readonly initiation: Initiation;
  readonly save: SaveOptions | undefined;
  readonly mandate?: Mandate;
}

const holderLengthMax = 100;

/**
 * Pays with a card that is here, and answers with the payment as it ended or as pending, or with a
 * page object when the card's issuer wants to see the shopper (protocol.md 2.6, 3.3).
 *
 * @throws ApiError when the card cannot be taken, or a member is faulty; nothing is written then
 */
export async function payWithCard(
  services: DirectServices,
  profile: Profile,
  request: PageRequest,
  { card, initiation, save, mandate }: ChargedCard,
): Promise<Record<string, unknown>> {
  refuseCard(services, card.number);
  const options = save === undefined ? {} : { save };
  const created = newTransactionOf(services, profile, request, {
    initiation,
    service: "api",
    options,
  });
  const agreed = save?.mandate ?? mandate;
  const { kind, transaction } = await payDirectly(services, created, {
    card: { ...card, holder: holderOf(card, request) },
    initiation,
    ...(agreed === undefined ? {} : { mandate: agreed }),
    language: request.language ?? "en",
    merchantName: profile.name,
    backUrl: `${pageUrl(services, created.pageToken)}/back`,
  });
  if (kind === "challenge") return pageReply(services, profile, request, transaction);
  const { merchantId } = profile;
  return directReply(transaction, { merchantId, trace: transaction.trace });
}

/** The own form has no field for it (protocol.md 2.4): the customer's name stands in. */
function holderOf(
  { holder }: ChargedCard["card"],
  { customer }: Pick<PageRequest, "customer">,
): string {
  return holder ?? (customer.name ?? "").slice(0, holderLengthMax);
}

function refuseCard({ acquirer }: DirectServices, number: string): void {
  if (acquirer.refusal(number) !== undefined) {
    throw new ApiError("CARD_NUMBER", {
      rule: "this is not a test card, and the sandbox takes no other; they are in docs/test-cards.md",
    });
  }
  if (brandOf(number) === undefined) {
    throw new ApiError("NOT_SUPPORTED", { rule: "this kind of card is not accepted" });
  }
}
