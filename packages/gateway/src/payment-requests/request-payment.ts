import { ApiError } from "../errors.ts";
import type { ApiBody } from "../http/merchant-api.ts";
import type { Profile } from "../profiles/profile.ts";
import { findByReference } from "../transactions/transactions-store.ts";
import { type CardRequest, readCardRequest } from "./card-request.ts";
import { type Asked, createPage } from "./create.ts";
import { type DirectServices, payWithCard } from "./direct.ts";
import { followUp } from "./follow-up.ts";
import { isFollowUp } from "./follow-up-request.ts";
import { oneTimeCard } from "./one-time-card.ts";
import { readPageRequest } from "./page-request.ts";
import { openStoredCard, refuseExpired, requireToken } from "./stored-card.ts";

/**
 * A payment, in the form its members ask for (protocol.md 2.6): a hosted page, a page that asks only
 * the security code of a stored card, the merchant's own form, or a stored card without the shopper;
 * or a step that follows an earlier one. A shipped client sends a capture with the class and the
 * token of a recurring payment (protocol.md 1.4), so the type is looked at first.
 *
 * @throws ApiError naming the faulty member; nothing is written then
 */
export async function requestPayment(
  services: DirectServices,
  profile: Profile,
  body: ApiBody,
): Promise<Record<string, unknown>> {
  if (isFollowUp(body["tran_type"])) return followUp(services, profile, body);
  const request = readPageRequest(body, profile.currencies);
  const asked = { body, request };
  const now = services.clock.now();
  const wish = readCardRequest(body, request.amount.currency, now);
  refuseMixtures(wish);
  if (wish.token !== undefined) return payWithToken(services, profile, asked, wish);
  if (wish.initiation === "recurring") {
    throw unsupported("tran_class recurring needs a token");
  }
  const { initiation, save, card } = wish;
  if (save !== undefined && !services.vault.ready) {
    throw unsupported("tokens need WASL_VAULT_KEYS, which this gateway has not");
  }
  if (card !== undefined) return payWithCard(services, profile, asked, { card, initiation, save });
  const oneTime = await oneTimeCard(services, profile, asked);
  if (oneTime !== undefined) return payWithCard(services, profile, asked, { ...oneTime, save });
  const options = save === undefined ? {} : { save };
  return createPage(services, profile, asked, { initiation, options });
}

async function payWithToken(
  services: DirectServices,
  profile: Profile,
  asked: Asked,
  { token, tranRef, initiation, mandate }: CardRequest,
): Promise<Record<string, unknown>> {
  if (initiation === "moto") throw unsupported("a token goes with tran_class ecom or recurring");
  if (initiation === "recurring" && !profile.recurring) {
    throw unsupported("recurring payments are not enabled on this profile");
  }
  if (initiation === "recurring" && asked.request.tranType === "Register") {
    throw unsupported("register needs a shopper or a card");
  }
  const found = await requireToken(services, profile, token ?? "");
  refuseExpired(found, services.clock.now());
  await requireEarlier(services, profile, tranRef);
  if (initiation === "ecom") {
    return createPage(services, profile, asked, { initiation, options: { token: found.token } });
  }
  const card = await openStoredCard(services, profile, found);
  const agreed = found.mandate ?? mandate;
  return payWithCard(services, profile, asked, {
    card,
    initiation,
    save: undefined,
    ...(agreed === undefined ? {} : { mandate: agreed }),
  });
}

/** A token payment may name the payment that made the token, or a later one of the agreement. */
async function requireEarlier(
  { pool }: DirectServices,
  { profileId }: Profile,
  tranRef: string | undefined,
): Promise<void> {
  if (tranRef === undefined) return;
  const found = await findByReference(pool, profileId, tranRef, { asQuery: false });
  if (found === undefined) throw new ApiError("TRANSACTION_NOT_FOUND");
}

function refuseMixtures({ token, card, initiation }: CardRequest): void {
  if (token !== undefined && card !== undefined) {
    throw new ApiError("INVALID_FIELD", {
      field: "card_details",
      rule: "must not be given together with a token",
    });
  }
  if (card !== undefined && initiation === "recurring") {
    throw unsupported("tran_class recurring needs a token, and no card_details");
  }
}

function unsupported(rule: string): ApiError {
  return new ApiError("NOT_SUPPORTED", { rule });
}
