import { afterEach } from "vitest";
import type { Completion } from "../../src/deliveries/delivery.ts";
import type { Sockets, SocketsPolicy } from "../../src/deliveries/sockets.ts";
import { attempt, held, newSockets } from "./attempts.ts";
import { type Behaviour, type Receiver, type ReceiverOptions, startReceiver } from "./receiver.ts";

export { attempt, held, leadsTo, sendingKey, sentBody } from "./attempts.ts";

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
    const created = newSockets(policy);
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
