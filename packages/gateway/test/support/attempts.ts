import { randomUUID } from "node:crypto";
import { systemClock } from "../../src/clock.ts";
import { makeAttempt } from "../../src/deliveries/attempt.ts";
import type { Completion, HeldDelivery } from "../../src/deliveries/delivery.ts";
import { OwnFaults } from "../../src/deliveries/own-faults.ts";
import { defaultSchedule } from "../../src/deliveries/schedule.ts";
import { Sockets, type SocketsPolicy } from "../../src/deliveries/sockets.ts";

export const sendingKey = "SZJ6NTEST1-JKLM4TEST2-WXYZ9TEST3";
export const sentBody = Buffer.from('{"cart_description":"سلة مشتريات / basket"}');

/** With one address for every local name, and no name servers. */
export function newSockets(policy: Partial<SocketsPolicy> = {}): Sockets {
  return new Sockets({
    resolvePublic: () => Promise.reject(new Error("no name servers in tests")),
    resolveLocal: () => Promise.resolve(["127.0.0.1"]),
    connectMsMax: 300,
    socketsMax: 512,
    ...policy,
  });
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
    ownFaults: new OwnFaults({ spacingMs: 0, aloneMsMax: Number.POSITIVE_INFINITY }),
  });
}

/** A resolver that leads every name to these addresses. */
export const leadsTo = (...addresses: readonly string[]) => {
  return () => Promise.resolve(addresses);
};
