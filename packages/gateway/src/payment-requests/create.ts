import { formatAmount } from "@wasl/protocol";
import type { Initiation } from "../acquirers/acquirer.ts";
import { ApiError } from "../errors.ts";
import type { ApiBody } from "../http/merchant-api.ts";
import { newPageToken, newTrace } from "../ids.ts";
import type { Profile } from "../profiles/profile.ts";
import { wireContact } from "../responses/contact.ts";
import { channels, serviceIds } from "../responses/facts.ts";
import type { TransactionServices } from "../transactions/services.ts";
import type {
  LiveWarning,
  NewTransaction,
  PaymentOptions,
  Transaction,
} from "../transactions/transaction.ts";
import { insertUnlessRepeated, type UsedOnce } from "../transactions/transactions-store.ts";
import { type CallbackRules, judgeCallback } from "./callback-url.ts";
import { readPageOptions } from "./page-options.ts";
import { type PageRequest, readPageRequest } from "./page-request.ts";
import { readReturnUrl } from "./return-url.ts";

export interface CreateServices extends Pick<TransactionServices, "pool" | "clock" | "strict"> {
  /** The gateway's own address as browsers reach it, without a slash at the end. */
  readonly publicUrl: () => string;
}

/** A request as it came, and as it is understood. */
export interface Asked {
  readonly body: ApiBody;
  readonly request: PageRequest;
}

/** What a payment is that does not stand in the request itself. */
export interface Manner {
  readonly initiation: Initiation;
  readonly service: keyof typeof serviceIds;
  readonly options: PaymentOptions;
  readonly warnings: readonly LiveWarning[];
}

/**
 * Creates a payment with a hosted page and answers as PT2 does (protocol.md 3.1).
 *
 * @throws ApiError naming a faulty member; nothing is written then
 */
export async function createPage(
  services: CreateServices,
  profile: Profile,
  { body, request }: Asked,
  { initiation, options }: Pick<Manner, "initiation" | "options">,
): Promise<Record<string, unknown>> {
  const page = readPageOptions(body, request, {
    profile,
    relaxed: isRelaxed(services, profile),
    byToken: options.token !== undefined,
  });
  const created = newTransactionOf(services, profile, request, {
    initiation,
    service: "hosted",
    options: { ...options, page: page.options },
    warnings: page.warnings,
  });
  const transaction = await insertOnce(services.pool, profile, created);
  return pageReply(services, profile, request, transaction);
}

/** What a payment is made from, now or when somebody pays an invoice. */
export type PaymentTerms = Omit<NewTransaction, "pageToken" | "trace" | "requestedBy">;

/**
 * Reads the terms of a payment that may be made later, with the rules of a page that is made now.
 *
 * @throws ApiError naming the faulty member
 */
export function readTerms(services: CreateServices, profile: Profile, body: ApiBody): PaymentTerms {
  const request = readPageRequest(body, profile.currencies);
  const page = readPageOptions(body, request, { profile, relaxed: isRelaxed(services, profile) });
  const {
    pageToken: _token,
    trace: _trace,
    ...terms
  } = newTransactionOf(services, profile, request, {
    initiation: "ecom",
    service: "hosted",
    options: { page: page.options },
    warnings: page.warnings,
  });
  return terms;
}

/**
 * Writes the payment unless it repeats one (protocol.md 4.1).
 *
 * @throws ApiError DUPLICATE_REQUEST, or INVALID_FIELD when what it uses was used before
 */
export async function insertOnce(
  pool: TransactionServices["pool"],
  profile: Profile,
  created: NewTransaction,
  once?: OneUse,
): Promise<Transaction> {
  const insertion = await insertUnlessRepeated(pool, created, {
    windowS: profile.duplicateWindowS,
    uses: once?.use,
  });
  if (insertion.kind === "created") return insertion.transaction;
  throw insertion.kind === "used_before"
    ? usedBefore(once)
    : duplicateOf(profile, insertion.tranRef);
}

/** What a payment uses up, and what to say when an earlier one has. */
export interface OneUse {
  readonly field: string;
  readonly rule: string;
  readonly use: UsedOnce;
}

export function usedBefore(once: OneUse | undefined): ApiError {
  if (once === undefined) throw new Error("a payment that uses nothing up was refused for its use");
  return new ApiError("INVALID_FIELD", { field: once.field, rule: once.rule });
}

/** The caller holds the profile's key, so it may be told which payment it repeats. */
export function duplicateOf({ duplicateWindowS }: Profile, tranRef: string): ApiError {
  return new ApiError("DUPLICATE_REQUEST", { seconds: duplicateWindowS.toString(), tranRef });
}

/** `tran_class` as responses write it (protocol.md 7.2). */
const wireClasses = {
  ecom: "ECom",
  moto: "Moto",
  recurring: "C/Auth",
  wallet: "ECom",
  unproven_wallet: "ECom",
} as const;

/**
 * The payment a request asks for, ready to be written.
 *
 * @throws ApiError naming a faulty address
 */
export function newTransactionOf(
  services: CreateServices,
  profile: Profile,
  request: PageRequest,
  { initiation, service, options, warnings }: Manner,
): NewTransaction {
  const addresses = judgeAddresses(request, {
    relaxed: isRelaxed(services, profile),
    habits: profile.habits,
  });
  return {
    facts: {
      profileId: profile.profileId,
      tranType: request.tranType,
      tranClass: wireClasses[initiation],
      cartId: request.cartId,
      cartDescription: request.cartDescription,
      amount: request.amount,
      customer: request.customer,
      serviceId: serviceIds[service],
      paymentChannel: request.paymentChannel ?? channels[service],
      ...(request.shipping === undefined ? {} : { shipping: request.shipping }),
      ...(request.userDefined === undefined ? {} : { userDefined: request.userDefined }),
      ...(request.customerRef === undefined ? {} : { customerRef: request.customerRef }),
    },
    pageToken: newPageToken(profile.profileId),
    trace: newTrace("PMNT", services.clock.now()),
    callbackUrl: addresses.callback,
    returnUrl: request.returnUrl,
    returnUsingGet: request.returnUsingGet,
    language: request.language,
    liveWarnings: [...addresses.warnings, ...warnings],
    options,
    ttlMinutes: request.ttlMinutes,
  };
}

function isRelaxed({ strict }: CreateServices, { mode }: Profile): boolean {
  return mode === "test" && !strict;
}

function judgeAddresses(
  request: PageRequest,
  rules: CallbackRules,
): { readonly callback: string | undefined; readonly warnings: readonly LiveWarning[] } {
  const warnings: LiveWarning[] = [];
  if (request.returnUrl !== undefined) {
    const reading = readReturnUrl(request.returnUrl, { relaxed: rules.relaxed });
    if (!reading.ok) {
      throw new ApiError("INVALID_FIELD", { field: "return", rule: reading.rule });
    }
    warnings.push(...reading.warnings);
  }
  const callback = judgeCallback(request.callback, rules);
  return { callback: callback.url, warnings: [...warnings, ...callback.warnings] };
}

export function pageUrl({ publicUrl }: CreateServices, pageToken: string): string {
  return `${publicUrl()}/payment/page/${pageToken}`;
}

/** Members, types and order of protocol.md 3.1; there is no `code`, clients take any for failure. */
export function pageReply(
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
    redirect_url: pageUrl(services, pageToken),
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
