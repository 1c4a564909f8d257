import type { IpnConfiguration, IpnFormat, IpnTranType } from "../profiles/ipn-configuration.ts";
import type { Profile } from "../profiles/profile.ts";
import { callbackBody, signed, type SignedMessage } from "./callback.ts";
import { type Outcome, type TransactionFacts, wireTranType } from "./facts.ts";

/** Whether a configuration wants to be told of this outcome. */
export function selects(
  { tranTypes, statuses }: Pick<IpnConfiguration, "tranTypes" | "statuses">,
  facts: Pick<TransactionFacts, "tranType">,
  { status }: Pick<Outcome, "status">,
): boolean {
  if (statuses !== null && !statuses.includes(status)) return false;
  return tranTypes === null || tranTypes.includes(eventOf(wireTranType(facts, status)));
}

/** The message's `tran_type` as configurations write it. */
function eventOf(tranType: string): IpnTranType {
  return tranType.toLowerCase().replaceAll(" ", "_") as IpnTranType;
}

/**
 * Makes an IPN's bytes and signs them (protocol.md 7, 8.2). Default Web has the very bytes of the
 * Callback, `ipn_trace` included, so that a shop that gets both can drop the second.
 */
export function makeIpn(
  profile: Profile,
  format: IpnFormat,
  facts: TransactionFacts,
  outcome: Outcome,
): SignedMessage {
  const whole = callbackBody(profile.merchantId, facts, outcome);
  switch (format) {
    case "default_web":
      return signed(profile, whole);
    case "basic_web":
      return signed(profile, basicBody(whole));
    default:
      return format satisfies never;
  }
}

/** Members of Basic Web, and those of its `payment_result`. */
const basicMembers = [
  "tran_ref",
  "previous_tran_ref",
  "merchant_id",
  "profile_id",
  "cart_id",
  "cart_currency",
  "cart_amount",
  "tran_currency",
  "tran_total",
  "tran_type",
  "tran_class",
  "payment_result",
  "ipn_trace",
] as const;

const basicResultMembers = [
  "response_status",
  "response_code",
  "response_message",
  "transaction_time",
] as const;

/**
 * Basic Web: which transaction, how much, what came of it, and nothing about people or cards. PT2
 * publishes no list; these are the members plugins read in an IPN (protocol.md 8.5), taken from the
 * whole message so that the two formats cannot disagree.
 */
function basicBody(whole: Record<string, unknown>): Record<string, unknown> {
  const basic = membersOf(whole, basicMembers);
  const result = whole["payment_result"] as Record<string, unknown>;
  return { ...basic, payment_result: membersOf(result, basicResultMembers) };
}

function membersOf(
  whole: Record<string, unknown>,
  names: readonly string[],
): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, whole[name]]));
}

/** The headers of one configuration's IPN: PT2's own, then what the merchant added. */
export function ipnHeaders(
  { userAgent, headers }: Pick<IpnConfiguration, "userAgent" | "headers">,
  message: SignedMessage,
): Record<string, string> {
  return {
    ...(userAgent !== null && { "User-Agent": userAgent }),
    ...message.headers,
    ...headers,
  };
}
