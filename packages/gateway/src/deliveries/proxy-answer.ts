import type net from "node:net";
import { ConnectError, type ConnectPhase } from "./connect-error.ts";
import { OwnFault, ownFaultCodes } from "./own-fault.ts";
import { reached } from "./socket-steps.ts";
import { failureCodes } from "./verdict.ts";

/** What an egress proxy said to one request. */
export interface ProxyAnswer {
  readonly status: number;
  readonly reason: string;
  /** Lower-case names; of a repeated one, the first. */
  readonly headers: ReadonlyMap<string, string>;
}

const headBytesMax = 16_384;

/**
 * Reads the head of a proxy's answer, and leaves in the socket what follows it.
 *
 * @throws OwnFault when the answer is no HTTP; `reached`'s errors when none comes
 * @example const { status } = await readProxyAnswer(socket, performance.now() + 5000);
 */
export async function readProxyAnswer(socket: net.Socket, endsMs: number): Promise<ProxyAnswer> {
  let bytes = Buffer.alloc(0);
  while (bytes.length <= headBytesMax) {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) {
      await reached(socket, "readable", endsMs, "connect");
      continue;
    }
    bytes = Buffer.concat([bytes, chunk]);
    const end = bytes.indexOf("\r\n\r\n");
    if (end < 0) continue;
    const rest = bytes.subarray(end + 4);
    if (rest.length > 0) socket.unshift(rest);
    return parse(bytes.toString("latin1", 0, end));
  }
  throw new OwnFault(ownFaultCodes.egressProxy, "the egress proxy's answer has no end");
}

function parse(head: string): ProxyAnswer {
  const [statusLine = "", ...lines] = head.split("\r\n");
  const [, status, reason = ""] = /^HTTP\/1\.[01] (\d{3})(?: (.*))?$/.exec(statusLine) ?? [];
  if (status === undefined) {
    throw new OwnFault(ownFaultCodes.egressProxy, "the egress proxy does not speak HTTP");
  }
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name = "", value = ""] = /^([^:]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (!headers.has(name.toLowerCase())) headers.set(name.toLowerCase(), value);
  }
  return { status: Number.parseInt(status, 10), reason, headers };
}

/** What a proxy can say about a destination, in the words that a direct connection would use. */
const meanings = {
  prohibited: { phase: "dns", code: failureCodes.privateAddress },
  name: { phase: "dns", code: "ENOTFOUND" },
  refused: { phase: "connect", code: "ECONNREFUSED" },
  unreachable: { phase: "connect", code: "EHOSTUNREACH" },
  timeout: { phase: "connect", code: failureCodes.connectTimeout },
  reset: { phase: "connect", code: "ECONNRESET" },
} as const satisfies Record<string, { phase: ConnectPhase; code: string }>;

/** `unclear`: it may be the destination or the proxy. */
type Meaning = keyof typeof meanings | "unclear";

/**
 * Whose fault it is that a proxy refused a CONNECT. The answer's own words come first: the header
 * `Proxy-Status` (RFC 9209), Squid's and smokescreen's. Without any, 502 and 504 speak of the
 * destination (RFC 9110, 15.6.3), and so does 403 once the proxy has let us through to another; all
 * else is the proxy's own fault, which is ours.
 *
 * @param opensOthers whether this proxy has opened a tunnel for us before
 * @example
 * faultOfProxyAnswer({ status: 504, reason: "", headers: new Map() }, false);
 * // ConnectError { phase: "connect", code: "WASL_CONNECT_TIMEOUT" }
 */
export function faultOfProxyAnswer(
  answer: ProxyAnswer,
  opensOthers: boolean,
): ConnectError | OwnFault {
  const meaning = wordsOf(answer) ?? meaningOfStatus(answer.status, opensOthers);
  const message = `the egress proxy answered ${answer.status} ${saidBy(answer)}`.trimEnd();
  if (meaning === "unclear") return new OwnFault(ownFaultCodes.egressProxy, message);
  const { phase, code } = meanings[meaning];
  return new ConnectError(phase, code, message);
}

const explainingHeaders = ["proxy-status", "x-squid-error", "x-smokescreen-error"] as const;
const saidCharactersMax = 200;

function saidBy({ reason, headers }: ProxyAnswer): string {
  const name = explainingHeaders.find((header) => headers.has(header));
  return (name === undefined ? reason : (headers.get(name) ?? "")).slice(0, saidCharactersMax);
}

function meaningOfStatus(status: number, opensOthers: boolean): Meaning {
  if (status === 502) return "unreachable";
  if (status === 504) return "timeout";
  return status === 403 && opensOthers ? "prohibited" : "unclear";
}

/** What the proxy says in words we know; `undefined` when it says nothing that we understand. */
function wordsOf({ reason, headers }: ProxyAnswer): Meaning | undefined {
  const standard = headers.get("proxy-status");
  if (standard !== undefined) {
    // Quoted strings are for people, and could hold anything.
    const [, type] =
      /;\s*error=([a-z_]+)/.exec(standard.replaceAll(/"(?:[^"\\]|\\.)*"/g, "")) ?? [];
    if (type !== undefined) return standardErrors.get(type) ?? "unclear";
  }
  const squid = headers.get("x-squid-error");
  if (squid !== undefined) return squidErrors.get(squid);
  const text = `${reason}\n${headers.get("x-smokescreen-error") ?? ""}`;
  return phrases.find(({ pattern }) => pattern.test(text))?.meaning;
}

/** RFC 9209, 2.3; types that are missing here are the proxy's own. */
const standardErrors: ReadonlyMap<string, Meaning> = new Map([
  ["dns_timeout", "name"],
  ["dns_error", "name"],
  ["destination_unavailable", "unreachable"],
  ["destination_ip_prohibited", "prohibited"],
  ["destination_ip_unroutable", "unreachable"],
  ["connection_refused", "refused"],
  ["connection_terminated", "reset"],
  ["connection_timeout", "timeout"],
]);

/** Squid's error and the number of the system's: 101 no network, 110 time, 111 refused, 113 no host. */
const squidErrors: ReadonlyMap<string, Meaning> = new Map([
  ["ERR_DNS_FAIL 0", "name"],
  ["ERR_CONNECT_FAIL 101", "unreachable"],
  ["ERR_CONNECT_FAIL 104", "reset"],
  ["ERR_CONNECT_FAIL 110", "timeout"],
  ["ERR_CONNECT_FAIL 111", "refused"],
  ["ERR_CONNECT_FAIL 113", "unreachable"],
]);

/**
 * Go's words for a failed dial, which smokescreen passes on, its own denial of an address, and
 * tinyproxy's. A host's name cannot forge them: it has no spaces.
 */
const phrases: readonly { readonly pattern: RegExp; readonly meaning: Meaning }[] = [
  { pattern: /destination address \S+ was denied|in global deny list/i, meaning: "prohibited" },
  { pattern: /no such host|server misbehaving/i, meaning: "name" },
  { pattern: /connection refused/i, meaning: "refused" },
  { pattern: /i\/o timeout|timed out connecting/i, meaning: "timeout" },
  { pattern: /no route to host|network is unreachable/i, meaning: "unreachable" },
  { pattern: /connection reset by peer/i, meaning: "reset" },
  { pattern: /^unable to connect/i, meaning: "unreachable" },
];
