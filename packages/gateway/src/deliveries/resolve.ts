import dns from "node:dns";

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

/** One try may take this long, and there are two, which stays below the time to connect. */
const dnsTryMs = 2000;

/**
 * Asks the name servers directly. The system's way holds one of a handful of threads until it has
 * an answer, so that a merchant whose name servers are dead would hold up everybody's names.
 *
 * @param servers instead of the system's, such as `["127.0.0.1:5353"]`
 */
export function createPublicResolver(servers?: readonly string[]): Resolve {
  const resolver = new dns.promises.Resolver({ timeout: dnsTryMs, tries: 2 });
  if (servers) resolver.setServers(servers);
  return async (hostname) => {
    const families = await Promise.allSettled([
      resolver.resolve4(hostname),
      resolver.resolve6(hostname),
    ]);
    const addresses = families.flatMap((family) =>
      family.status === "fulfilled" ? family.value : [],
    );
    if (addresses.length > 0) return addresses;
    throw mostTelling(families);
  };
}

/** A server that fails says more than one that has no record of this type. */
function mostTelling(families: readonly PromiseSettledResult<unknown>[]): Error {
  const errors = families
    .filter((family) => family.status === "rejected")
    .map((family): unknown => family.reason)
    .filter((error) => error instanceof Error);
  const failure = errors.find((error) => "code" in error && error.code !== "ENODATA");
  return failure ?? errors[0] ?? new Error("the name has no address");
}
