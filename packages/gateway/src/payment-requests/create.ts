import { formatAmount } from "@wasl/protocol";
import { ApiError } from "../errors.ts";
import type { ApiBody } from "../http/merchant-api.ts";
import { newPageToken, newTrace } from "../ids.ts";
import type { Profile } from "../profiles/profile.ts";
import { wireContact } from "../responses/contact.ts";
import { channels, serviceIds } from "../responses/facts.ts";
import type { TransactionServices } from "../transactions/services.ts";
import type { LiveWarning, NewTransaction, Transaction } from "../transactions/transaction.ts";
import { insertTransaction, insertUnlessRepeated } from "../transactions/transactions-store.ts";
import { judgeCallback } from "./callback-url.ts";
import { readPageOptions } from "./page-options.ts";
import { type PageRequest, readPageRequest } from "./page-request.ts";
import { readReturnUrl } from "./return-url.ts";

export interface CreateServices extends Pick<TransactionServices, "pool" | "clock" | "strict"> {
  /** The gateway's own address as browsers reach it, without a slash at the end. */
  readonly publicUrl: () => string;
}

/**
 * Creates a payment with a hosted page and answers as PT2 does (protocol.md 3.1).
 *
 * @throws ApiError naming the faulty member; nothing is written then
 */
export async function createPage(
  services: CreateServices,
  profile: Profile,
  body: ApiBody,
): Promise<Record<string, unknown>> {
  const request = readPageRequest(body, profile.currencies);
  const transaction = await insertOnce(services.pool, profile, {
    ...termsOf(body, request, profile, services),
    pageToken: newPageToken(profile.profileId),
    trace: newTrace("PMNT", services.clock.now()),
  });
  return pageReply(services, profile, request, transaction);
}

/** What a payment is made from, now or when somebody pays an invoice. */
export type PaymentTerms = Omit<NewTransaction, "pageToken" | "trace" | "requestedBy">;

/**
 * Reads the terms of a payment that may be made later, with the rules of a page that is made now.
 *
 * @throws ApiError naming the faulty member
 */
export function readTerms(
  services: Pick<CreateServices, "strict">,
  profile: Profile,
  body: ApiBody,
): PaymentTerms {
  return termsOf(body, readPageRequest(body, profile.currencies), profile, services);
}

function termsOf(
  body: ApiBody,
  request: PageRequest,
  profile: Profile,
  { strict }: Pick<CreateServices, "strict">,
): PaymentTerms {
  const relaxed = profile.mode === "test" && !strict;
  const addresses = judgeAddresses(request, relaxed);
  const page = readPageOptions(body, request, { profile, relaxed });
  return {
    facts: {
      profileId: profile.profileId,
      tranType: request.tranType,
      tranClass: "ECom",
      cartId: request.cartId,
      cartDescription: request.cartDescription,
      amount: request.amount,
      customer: request.customer,
      serviceId: serviceIds.hosted,
      paymentChannel: request.paymentChannel ?? channels.hosted,
      ...(request.shipping === undefined ? {} : { shipping: request.shipping }),
      ...(request.userDefined === undefined ? {} : { userDefined: request.userDefined }),
      ...(request.customerRef === undefined ? {} : { customerRef: request.customerRef }),
    },
    callbackUrl: addresses.callback,
    returnUrl: request.returnUrl,
    returnUsingGet: request.returnUsingGet,
    language: request.language,
    liveWarnings: [...addresses.warnings, ...page.warnings],
    options: { page: page.options },
    ttlMinutes: request.ttlMinutes,
  };
}

/**
 * Writes the page unless it repeats one (protocol.md 4.1). The caller holds the profile's key, so it
 * may be told which.
 *
 * @throws ApiError DUPLICATE_REQUEST
 */
async function insertOnce(
  pool: TransactionServices["pool"],
  { duplicateWindowS }: Profile,
  created: NewTransaction,
): Promise<Transaction> {
  if (duplicateWindowS === 0) return insertTransaction(pool, created);
  const insertion = await insertUnlessRepeated(pool, created, duplicateWindowS);
  if (insertion.kind === "created") return insertion.transaction;
  const { tranRef } = insertion;
  throw new ApiError("DUPLICATE_REQUEST", { seconds: duplicateWindowS.toString(), tranRef });
}

function judgeAddresses(
  request: PageRequest,
  relaxed: boolean,
): { readonly callback: string | undefined; readonly warnings: readonly LiveWarning[] } {
  const warnings: LiveWarning[] = [];
  if (request.returnUrl !== undefined) {
    const reading = readReturnUrl(request.returnUrl, { relaxed });
    if (!reading.ok) {
      throw new ApiError("INVALID_FIELD", { field: "return", rule: reading.rule });
    }
    warnings.push(...reading.warnings);
  }
  const callback = judgeCallback(request.callback, { relaxed });
  return { callback: callback.url, warnings: [...warnings, ...callback.warnings] };
}

/** Members, types and order of protocol.md 3.1; there is no `code`, clients take any for failure. */
function pageReply(
  services: CreateServices,
  profile: Profile,
  request: PageRequest,
  { facts, pageToken, trace }: Transaction,
): Record<string, unknown> {
  return {
    tran_ref: facts.tranRef,
    tran_type: facts.tranType,
    cart_id: facts.cartId,
    cart_description: facts.cartDescription,
    cart_currency: facts.amount.currency,
    cart_amount: formatAmount(facts.amount),
    tran_currency: "",
    tran_total: "0",
    callback: request.callback ?? "none",
    return: request.returnUrl ?? "none",
    redirect_url: `${services.publicUrl()}/payment/page/${pageToken}`,
    customer_ref: facts.customerRef,
    customer_details: wireContact(facts.customer),
    shipping_details: facts.shipping && wireContact(facts.shipping),
    user_defined: facts.userDefined,
    serviceId: facts.serviceId,
    paymentChannel: request.paymentChannel,
    profileId: profile.profileId,
    merchantId: profile.merchantId,
    trace,
  };
}
