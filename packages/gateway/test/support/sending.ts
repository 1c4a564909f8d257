import { randomUUID } from "node:crypto";
import { afterEach } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { makeAttempt } from "../../src/deliveries/attempt.ts";
import type { Completion, HeldDelivery } from "../../src/deliveries/delivery.ts";
import { defaultSchedule } from "../../src/deliveries/schedule.ts";
import { Sockets, type SocketsPolicy } from "../../src/deliveries/sockets.ts";
import { type Behaviour, type Receiver, type ReceiverOptions, startReceiver } from "./receiver.ts";

export const sendingKey = "SZJ6NTEST1-JKLM4TEST2-WXYZ9TEST3";
export const sentBody = Buffer.from('{"cart_description":"سلة مشتريات / basket"}');

/** Everything a test of single attempts needs; what it starts ends with the test. */
export interface Sending {
  /** Runs after the test, the latest first. */
  readonly onEnd: (cleanup: () => unknown) => void;
  readonly receiver: (options?: ReceiverOptions) => Promise<Receiver>;
  /** With one address for every local name, and no name servers. */
  readonly sockets: (policy?: Partial<SocketsPolicy>) => Sockets;
  /** One attempt against a receiver that behaves so. */
  readonly attemptAgainst: (behaviour: Behaviour) => Promise<Completion>;
}

/**
 * Sets a test file up for sending without a database.
 *
 * @example
 * const { receiver, sockets } = useSending();
 * const completion = await attempt(held((await receiver()).url), sockets());
 */
export function useSending(): Sending {
  const cleanups: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  });
  const onEnd: Sending["onEnd"] = (cleanup) => void cleanups.push(cleanup);
  const receiver: Sending["receiver"] = async (options) => {
    const started = await startReceiver(options);
    onEnd(() => started.close());
    return started;
  };
  const sockets: Sending["sockets"] = (policy) => {
    const created = new Sockets({
      resolvePublic: () => Promise.reject(new Error("no name servers in tests")),
      resolveLocal: () => Promise.resolve(["127.0.0.1"]),
      connectMsMax: 300,
      socketsMax: 512,
      ...policy,
    });
    onEnd(() => created.close());
    return created;
  };
  return {
    onEnd,
    receiver,
    sockets,
    attemptAgainst: async (behaviour) => {
      const { url } = await receiver({ behaviour });
      return attempt(held(`${url}/cb`), sockets());
    },
  };
}

/** A delivery to this address, as a dispatcher holds it. */
export function held(url: string, allowPrivate = true): HeldDelivery {
  return {
    profileId: 45001,
    id: randomUUID(),
    lane: `45001 ${new URL(url).origin}`,
    url,
    contentType: "application/json",
    headers: { "User-Agent": "IPN/1.0", "Client-Key": "C1", Signature: "00ff" },
    body: sentBody,
    allowPrivate,
    attemptCount: 0,
    earlierAttempts: 0,
    laneId: "1",
    leaseToken: randomUUID(),
    leaseEndsMs: Number.POSITIVE_INFINITY,
  };
}

/** Sends it once and judges what came of it. */
export function attempt(
  delivery: HeldDelivery,
  by: Sockets,
  attemptMsMax = 500,
): Promise<Completion> {
  return makeAttempt(delivery, {
    sockets: by,
    clock: systemClock,
    random: () => 0.5,
    policyOf: () => Promise.resolve({ key: sendingKey, schedule: defaultSchedule }),
    attemptMsMax,
  });
}

/** A resolver that leads every name to these addresses. */
export const leadsTo = (...addresses: readonly string[]) => {
  return () => Promise.resolve(addresses);
};
