import { type Currency, moneyOf } from "@wasl/protocol";
import type { Pool } from "pg";
import type { Clock } from "../clock.ts";
import type { DeliveryRecord } from "../deliveries/delivery.ts";
import type { Outbox } from "../deliveries/dispatcher.ts";
import { enqueueAlone, prepareDelivery } from "../deliveries/enqueue.ts";
import { deliveriesOf } from "../deliveries/history.ts";
import { verdicts } from "../deliveries/verdicts.ts";
import { newTrace, uuidv7 } from "../ids.ts";
import type { IpnConfiguration } from "../profiles/ipn-configuration.ts";
import type { Profile } from "../profiles/profile.ts";
import { type Outcome, serviceIds, type TransactionFacts, wireTime } from "../responses/facts.ts";
import { ipnHeaders, makeIpn } from "../responses/ipn.ts";

/** How long the call waits for the first attempt; after that, the test is asked for by its id. */
const waitMsMax = 10_000;

/** Says to whoever reads headers that no payment was made. */
const testHeader = "Wasl-Test";

export interface IpnTestServices {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly outbox: Outbox;
}

/**
 * Sends a sample to a configuration's address, by the way all IPNs go, and waits for the first
 * attempt.
 *
 * @param relaxed whether the sandbox's relaxations hold for the profile
 * @returns the test's id
 */
export async function sendIpnTest(
  { pool, clock, outbox }: IpnTestServices,
  profile: Profile,
  ipn: IpnConfiguration,
  relaxed: boolean,
): Promise<string> {
  const testId = uuidv7();
  const { facts, outcome } = sample(profile, clock.now());
  const message = makeIpn(profile, ipn.format, facts, outcome);
  const prepared = prepareDelivery(
    {
      ...message,
      profileId: profile.profileId,
      subject: subjectOf(ipn.ipnId, testId),
      purpose: "ipn",
      url: ipn.url,
      headers: { ...ipnHeaders(ipn, message), [testHeader]: "ipn" },
      allowPrivate: relaxed,
    },
    outbox.node,
  );
  await enqueueAlone(pool, [prepared]);
  outbox.handOver([prepared]);
  await outbox.firstAttempt(prepared, waitMsMax);
  return testId;
}

/** What became of a test; `undefined` when there is none, or none any more. */
export async function findIpnTest(
  pool: Pool,
  profileId: number,
  ipnId: string,
  testId: string,
): Promise<object | undefined> {
  const [delivery] = await deliveriesOf(pool, profileId, subjectOf(ipnId, testId));
  return delivery && { test_id: testId, ...viewOf(delivery) };
}

const subjectOf = (ipnId: string, testId: string): string => `ipn-test ${ipnId} ${testId}`;

/**
 * A paid sale that every member says is none. Its reference names day 0 of the year, which no
 * payment's does (protocol.md 3.2), so a shop that looks it up finds nothing.
 */
function sample(
  profile: Profile,
  now: Date,
): { readonly facts: TransactionFacts; readonly outcome: Outcome } {
  const currency = profile.currencies[0] ?? ("SAR" as Currency);
  return {
    facts: {
      profileId: profile.profileId,
      tranRef: `TST${wireTime(now).slice(2, 4)}00000000000`,
      tranType: "Sale",
      tranClass: "ECom",
      serviceId: serviceIds.api,
      cartId: "ipn-test",
      cartDescription: "Test of an IPN configuration: no payment was made",
      amount: moneyOf(100n, currency),
      customer: { name: "IPN Test" },
      userDefined: { udf1: "ipn-test" },
      paymentChannel: "IPN Test",
    },
    outcome: {
      status: "A",
      code: "G00000",
      message: "Authorised",
      time: wireTime(now),
      ipnTrace: newTrace("IPNS", now),
    },
  };
}

function viewOf(delivery: DeliveryRecord): object {
  return {
    delivery_id: delivery.id,
    url: delivery.url,
    state: delivery.state,
    headers: delivery.headers,
    body: delivery.body.toString("utf8"),
    next_attempt_at: delivery.state === "pending" ? delivery.dueAt.toISOString() : null,
    attempts: delivery.attempts.map((attempt) => ({
      number: attempt.number,
      started_at: attempt.startedAt.toISOString(),
      total_ms: Math.round(attempt.timings.totalMs),
      http_status: attempt.httpStatus ?? null,
      verdict: attempt.verdict,
      ...verdicts[attempt.verdict],
      detail: attempt.detail,
      answer: attempt.answer.toString("utf8"),
    })),
  };
}
