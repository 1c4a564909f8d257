import type { PreparedDelivery } from "../deliveries/delivery.ts";
import { type DeliveryNode, prepareDelivery } from "../deliveries/enqueue.ts";
import type { PreparedMail } from "../mail/mail.ts";
import type { IpnConfiguration, IpnFormat } from "../profiles/ipn-configuration.ts";
import type { Profile } from "../profiles/profile.ts";
import { makeCallback, type SignedMessage } from "./callback.ts";
import type { Outcome, TransactionFacts } from "./facts.ts";
import { ipnHeaders, makeIpn, selects } from "./ipn.ts";
import { paymentMails } from "./payment-mail.ts";

/** What is about to be committed. */
export interface Committing {
  readonly facts: TransactionFacts;
  readonly outcome: Outcome;
  /** Follow-ups have none: they are told of by IPN (protocol.md 8.4). */
  readonly callbackUrl: string | undefined;
  /** The shopper's, if it is known. */
  readonly language: "en" | "ar" | undefined;
}

export interface ComposingPolicy {
  /** Who will send what is prepared. */
  readonly node: DeliveryNode;
  /** Rules of live gateways apply to the sandbox too. */
  readonly strict: boolean;
  /** Whether e-mails are sent at all. */
  readonly mails: boolean;
  /** Is told of a message that could not be made: the payment has its outcome all the same. */
  readonly failed: (
    error: unknown,
    what: { readonly ipn: string } | { readonly mails: true },
  ) => void;
}

/** Everything that tells of an outcome, to be written in the statement that commits it. */
export interface ComposedResponses {
  /** The Callback first, if there is one. */
  readonly deliveries: readonly PreparedDelivery[];
  /** The Callback's id. */
  readonly callbackDelivery: string | undefined;
  readonly mails: readonly PreparedMail[];
}

/**
 * Makes all messages of one outcome from the one outcome: the Callback, an IPN for each configuration
 * that selects it, the e-mails. The Return, the query and the direct reply are made of the same facts
 * later, so no two can disagree.
 *
 * @throws Error when the Callback breaks a bound, which the payment's creation should have refused
 */
export function composeResponses(
  profile: Profile,
  committing: Committing,
  policy: ComposingPolicy,
): ComposedResponses {
  const { facts, outcome, callbackUrl } = committing;
  const relaxed = isRelaxed(profile, policy);
  const prepare = (purpose: "callback" | "ipn", url: string, message: SignedMessage) =>
    prepareDelivery(
      {
        profileId: facts.profileId,
        subject: facts.tranRef,
        purpose,
        url,
        allowPrivate: relaxed,
        ...message,
      },
      policy.node,
    );
  const callback =
    callbackUrl === undefined
      ? []
      : [prepare("callback", callbackUrl, makeCallback(profile, facts, outcome))];
  const made = new Map<IpnFormat, SignedMessage>();
  const ipns = (profile.ipns ?? [])
    .filter((ipn) => isCalled(ipn, relaxed) && selects(ipn, facts, outcome))
    .flatMap((ipn) => {
      try {
        const message = made.get(ipn.format) ?? makeIpn(profile, ipn.format, facts, outcome);
        made.set(ipn.format, message);
        return [prepare("ipn", ipn.url, { ...message, headers: ipnHeaders(ipn, message) })];
      } catch (error) {
        policy.failed(error, { ipn: ipn.ipnId });
        return [];
      }
    });
  return {
    deliveries: [...callback, ...ipns],
    callbackDelivery: callback[0]?.id,
    mails: policy.mails ? mailsOf(profile, committing, policy) : [],
  };
}

/** Whether the sandbox's relaxations hold for the profile: http, ports, private addresses. */
export function isRelaxed(
  { mode }: Pick<Profile, "mode">,
  { strict }: Pick<ComposingPolicy, "strict">,
): boolean {
  return mode === "test" && !strict;
}

/**
 * A configuration of the time before `--strict` may still name plain http, over which no live gateway
 * sends data (protocol.md 7.7).
 */
export function isCalled({ url }: Pick<IpnConfiguration, "url">, relaxed: boolean): boolean {
  return relaxed || url.startsWith("https:");
}

function mailsOf(
  profile: Profile,
  { facts, outcome, language }: Committing,
  { failed }: ComposingPolicy,
): PreparedMail[] {
  try {
    return paymentMails(profile, facts, outcome, language);
  } catch (error) {
    failed(error, { mails: true });
    return [];
  }
}
