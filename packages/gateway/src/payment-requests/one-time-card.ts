import { ApiError } from "../errors.ts";
import type { ApiBody } from "../http/merchant-api.ts";
import { isPaymentToken } from "../managed-form/payment-token.ts";
import { findCard, useOfPaymentToken } from "../managed-form/payment-tokens-store.ts";
import { useOfWalletToken } from "../managed-form/wallet-tokens-store.ts";
import type { Profile } from "../profiles/profile.ts";
import type { NewTransaction } from "../transactions/transaction.ts";
import { findRepeated } from "../transactions/transactions-store.ts";
import { hasExpired } from "./card-request.ts";
import { type Asked, duplicateOf, newTransactionOf } from "./create.ts";
import type { ChargedCard, DirectServices } from "./direct.ts";
import { readCardRules } from "./page-options.ts";

type OneTimeCard = Pick<ChargedCard, "card" | "initiation" | "once">;

/**
 * The card of a managed form's `payment_token` or of an `apple_pay_token` (protocol.md 2.4, 11), if
 * the request has one. It is used up by the payment that is written, so whatever refuses the request
 * leaves it good.
 *
 * @throws ApiError INVALID_FIELD, DUPLICATE_REQUEST
 */
export async function oneTimeCard(
  services: DirectServices,
  profile: Profile,
  { body, request }: Asked,
): Promise<OneTimeCard | undefined> {
  const paymentToken = given(body, "payment_token");
  const walletToken = given(body, "apple_pay_token");
  if (paymentToken === undefined && walletToken === undefined) return undefined;
  const manner = { initiation: "ecom", service: "api", options: {}, warnings: [] } as const;
  const { facts } = newTransactionOf(services, profile, request, manner);
  readCardRules(body, request.amount.currency);
  await refuseRepeated(services, profile, facts);
  if (paymentToken === undefined) return openWallet(services, walletToken);
  if (walletToken !== undefined)
    throw invalid("apple_pay_token", "must not be given with payment_token");
  return openForm(services, profile, paymentToken);
}

/**
 * Sent again because its reply was lost, it is told of the payment, not that its token is used; unless
 * that payment failed, which may be repeated with another token.
 */
async function refuseRepeated(
  { pool }: DirectServices,
  profile: Profile,
  facts: NewTransaction["facts"],
): Promise<void> {
  if (profile.duplicateWindowS === 0) return;
  const tranRef = await findRepeated(pool, facts, profile.duplicateWindowS);
  if (tranRef !== undefined) throw duplicateOf(profile, tranRef);
}

function given(body: ApiBody, member: string): unknown {
  const value = body[member];
  return value === null || value === "" || value === false ? undefined : value;
}

async function openForm(
  { pool }: DirectServices,
  { profileId }: Profile,
  token: unknown,
): Promise<OneTimeCard> {
  if (typeof token !== "string" || !isPaymentToken(token)) {
    throw invalid("payment_token", "must be the 20 letters and digits that the managed form gave");
  }
  const rule = "is unknown, used already, or too old";
  const card = await findCard(pool, profileId, token);
  if (card === undefined) throw invalid("payment_token", rule);
  const { holder, ...others } = card;
  const once = { field: "payment_token", rule, use: useOfPaymentToken(token) };
  return { initiation: "ecom", card: { ...others, ...(holder !== "" && { holder }) }, once };
}

function openWallet({ acquirer, clock }: DirectServices, token: unknown): OneTimeCard {
  const reading = acquirer.openWallet(token);
  if (!reading.ok) throw invalid("apple_pay_token", reading.rule);
  if (hasExpired(reading.card, clock.now()))
    throw invalid("apple_pay_token", "has an expired card");
  const rule = "was used already, by its transactionIdentifier";
  const once = { field: "apple_pay_token", rule, use: useOfWalletToken(reading.tokenId) };
  return { initiation: reading.initiation, card: reading.card, once };
}

function invalid(field: string, rule: string): ApiError {
  return new ApiError("INVALID_FIELD", { field, rule });
}
