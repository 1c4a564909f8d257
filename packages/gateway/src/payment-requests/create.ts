import { formatAmount } from "@wasl/protocol";
import type { Initiation } from "../acquirers/acquirer.ts";
import { checkDestination } from "../deliveries/destinations.ts";
import { ApiError } from "../errors.ts";
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
import { insertTransaction } from "../transactions/transactions-store.ts";
import type { PageRequest } from "./page-request.ts";
import { readReturnUrl } from "./return-url.ts";

export interface CreateServices extends Pick<TransactionServices, "pool" | "clock" | "strict"> {
  /** The gateway's own address as browsers reach it, without a slash at the end. */
  readonly publicUrl: () => string;
}

/** What a payment is that does not stand in the request itself. */
export interface Manner {
  readonly initiation: Initiation;
  readonly service: keyof typeof serviceIds;
  readonly options: PaymentOptions;
}

/**
 * Creates a payment with a hosted page and answers as PT2 does (protocol.md 3.1).
 *
 * @throws ApiError naming a faulty address; nothing is written then
 */
export async function createPage(
  services: CreateServices,
  profile: Profile,
  request: PageRequest,
  manner: Omit<Manner, "service">,
): Promise<Record<string, unknown>> {
  const created = newTransactionOf(services, profile, request, { ...manner, service: "hosted" });
  const transaction = await insertTransaction(services.pool, created);
  return pageReply(services, profile, request, transaction);
}

/** `tran_class` as responses write it (protocol.md 7.2). */
const wireClasses = { ecom: "ECom", moto: "Moto", recurring: "C/Auth" } as const;

/**
 * The payment a request asks for, ready to be written.
 *
 * @throws ApiError naming a faulty address
 */
export function newTransactionOf(
  services: CreateServices,
  profile: Profile,
  request: PageRequest,
  { initiation, service, options }: Manner,
): NewTransaction {
  const relaxed = profile.mode === "test" && !services.strict;
  const addresses = judgeAddresses(request, relaxed);
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
    liveWarnings: addresses.warnings,
    options,
    ttlMinutes: request.ttlMinutes,
  };
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
  if (request.callback === undefined) return { callback: undefined, warnings };
  const policy = { allowHttp: true, allowPort: relaxed, allowPrivate: relaxed };
  const destination = checkDestination(request.callback, policy, "callback");
  if (!destination.ok) {
    const rule = destination.message.replace(/^callback /, "");
    throw new ApiError("INVALID_FIELD", { field: "callback", rule });
  }
  for (const { message } of destination.warnings) warnings.push({ field: "callback", message });
  return { callback: destination.url, warnings };
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
