/**
 * A fault on our side of the line: this machine, its name servers, the egress proxy. It says nothing
 * about the merchant's server, so it is not judged: the delivery is given back, no attempt is used
 * up, and no breaker hears of it. Unless it turns out to be one destination's; see own-faults.ts.
 * The message is for the operator's log.
 *
 * @example throw new OwnFault("EMFILE", "too many open files");
 */
export class OwnFault extends Error {
  override readonly name = "OwnFault";
  readonly code: string;
  /** How far the attempt had come. */
  readonly phase: "dns" | "connect" | "tls" | "exchange";

  constructor(code: string, message: string, phase: OwnFault["phase"] = "connect") {
    super(message);
    this.code = code;
    this.phase = phase;
  }
}

/** Codes of own faults that are our own finding. */
export const ownFaultCodes = {
  /** Cannot be reached, asks for other credentials, or fails in a way it does not explain. */
  egressProxy: "WASL_EGRESS_PROXY",
  /** Do not answer, or refuse us whatever is asked. */
  nameServers: "WASL_NAME_SERVERS",
} as const;

/** What the kernel says when it is this machine that lacks something or forbids it. */
const localCodes: ReadonlySet<string> = new Set([
  "EACCES",
  "EADDRINUSE",
  "EAGAIN",
  "EMFILE",
  "ENETDOWN",
  "ENFILE",
  "ENOBUFS",
  "ENOMEM",
  "EPERM",
]);

/**
 * What the resolver says when it is not the name that is at fault but the asking. `EREFUSED` and
 * `ECONNREFUSED` may be either: resolve.ts finds out.
 */
const resolverCodes: ReadonlySet<string> = new Set([
  "EAI_MEMORY",
  "ECANCELLED",
  "EDESTRUCTION",
  "EFILE",
  "ENOTINITIALIZED",
]);

/**
 * Whether a failure's code tells of a fault of ours.
 *
 * `ENETUNREACH` and `EHOSTUNREACH` do not: a merchant's stale AAAA record looks the same. Nor does
 * `EADDRNOTAVAIL` for IPv6, which is what a machine without IPv6 says; for IPv4 it means that all
 * local ports are taken.
 *
 * @param family of the address dialled, 0 when none was
 * @example isOwnCode("connect", "EMFILE", 4); // true
 */
export function isOwnCode(phase: string, code: string, family: 0 | 4 | 6): boolean {
  if (localCodes.has(code)) return true;
  if (phase === "dns") return resolverCodes.has(code);
  // undici's word for a request that cannot be sent as it stands: we have built it.
  if (phase === "exchange") return code === "UND_ERR_INVALID_ARG";
  return code === "EADDRNOTAVAIL" && family === 4;
}
