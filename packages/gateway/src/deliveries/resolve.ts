import dns from "node:dns";
import { setTimeout as sleep } from "node:timers/promises";
import { OwnFault, ownFaultCodes } from "./own-fault.ts";

/** Every address of a name, IPv4 and IPv6; rejects with Node's DNS error when there is none. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

/**
 * Asks the system as any program would, hosts file included: what a developer's machine or a
 * container network calls a name.
 */
export const resolveLocally: Resolve = async (hostname) => {
  const answers = await dns.promises.lookup(hostname, { all: true, order: "verbatim" });
  return answers.map(({ address }) => address);
};

/** The first try may take about this long and the second twice as long, with each name server. */
const dnsTryMs = 1000;

/** All tries together; with the pulse this stays below the time to connect. */
const silenceMsDefault = 3500;

/** Once one family has an answer, the other has so long; some servers drop what they do not have. */
const otherFamilyMs = 250;

/** How long a name server may take to show that it is alive. */
const pulseMs = 1000;

/**
 * Asks the name servers directly. The system's way holds one of a handful of threads until it has
 * an answer, so that a merchant whose name servers are dead would hold up everybody's names.
 *
 * Our name servers may be silent because the merchant's are, or because they are dead themselves;
 * they may refuse one name, or refuse us. They are asked for the root then: if that fares no better,
 * the fault is ours.
 *
 * @param servers instead of the system's, such as `["127.0.0.1:5353"]`
 * @param silenceMs how long they may take
 * @throws OwnFault when our name servers are dead, or do not serve us
 * @example await createPublicResolver()("shop.example"); // ["93.184.215.14", "2606:2800::1"]
 */
export function createPublicResolver(
  servers?: readonly string[],
  silenceMs = silenceMsDefault,
): Resolve {
  const resolver = new dns.promises.Resolver({ timeout: dnsTryMs, tries: 2 });
  const pulse = new dns.promises.Resolver({ timeout: pulseMs, tries: 1 });
  if (servers) {
    resolver.setServers(servers);
    pulse.setServers(servers);
  }
  return async (hostname) => {
    const found = await bothFamilies(
      resolver.resolve4(hostname),
      resolver.resolve6(hostname),
      silenceMs,
    );
    if (found.addresses.length > 0) return found.addresses;
    const error = mostTelling(found.errors) ?? timeout(hostname);
    const dead = deadIf.get(codeOf(error) ?? "");
    if (dead && (await feelPulse(pulse, dead))) {
      const message = `our name servers serve us nothing, the root included: ${codeOf(error)}`;
      throw new OwnFault(ownFaultCodes.nameServers, message, "dns");
    }
    throw error;
  };
}

interface Found {
  readonly addresses: string[];
  readonly errors: unknown[];
}

/** What has come in when both have an end, or one has an answer and the other takes its time. */
async function bothFamilies(
  four: Promise<string[]>,
  six: Promise<string[]>,
  msMax: number,
): Promise<Found> {
  const found: Found = { addresses: [], errors: [] };
  const families = [four, six].map((family) =>
    family.then(
      (addresses) => found.addresses.push(...addresses),
      (error: unknown) => {
        found.errors.push(error);
        throw error;
      },
    ),
  );
  const enough = new AbortController();
  const pause = (ms: number) => sleep(ms, undefined, enough).catch(() => undefined);
  const aWhileAfterTheFirst = Promise.any(families).then(() => pause(otherFamilyMs));
  await Promise.race([
    Promise.allSettled(families),
    // When neither has an answer, the line above is the one that knows.
    aWhileAfterTheFirst.catch(() => Promise.allSettled(families)),
    pause(msMax),
  ]);
  enough.abort();
  // A copy: what comes in later must not slip past the check that follows.
  return { addresses: [...found.addresses], errors: [...found.errors] };
}

const silent: ReadonlySet<string> = new Set([dns.TIMEOUT, dns.CONNREFUSED]);
const unserved: ReadonlySet<string> = new Set([...silent, dns.REFUSED]);

/** By what came of a name: what the root must come to as well for the fault to be ours. */
const deadIf: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  // Whoever refuses the root is at least there, and silent only about the name.
  [dns.TIMEOUT, silent],
  [dns.CONNREFUSED, silent],
  [dns.REFUSED, unserved],
]);

/** Whether the root comes to one of these. */
async function feelPulse(
  pulse: dns.promises.Resolver,
  dead: ReadonlySet<string>,
): Promise<boolean> {
  const asked = pulse.resolveNs(".").then(
    () => false,
    (error: unknown) => dead.has(codeOf(error) ?? ""),
  );
  return Promise.race([asked, sleep(pulseMs, true, { ref: false })]);
}

/** A server that fails says more than one that has no record of this type. */
function mostTelling(errors: readonly unknown[]): unknown {
  return errors.find((error) => codeOf(error) !== dns.NODATA) ?? errors[0];
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

function timeout(hostname: string): Error {
  return Object.assign(new Error(`no name server knows of ${hostname}`), { code: dns.TIMEOUT });
}
