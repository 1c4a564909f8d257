import net, { isIP } from "node:net";
import tls from "node:tls";
import type { buildConnector } from "undici";
import { judgeAddress } from "./address-guard.ts";
import { asConnectError, ConnectError } from "./connect-error.ts";
import type { EgressProxy } from "./egress-proxy.ts";
import type { Resolve } from "./resolve.ts";
import { quiet, reached } from "./socket-steps.ts";
import { failureCodes } from "./verdict.ts";

export interface ConnectPolicy {
  /** Loopback, private and carrier networks are allowed; see address-guard.ts. */
  readonly allowPrivate: boolean;
  readonly resolve: Resolve;
  /** For name, connection and handshake together. */
  readonly connectMsMax: number;
  /** Authorities to trust in place of the known ones: for tests that have their own. */
  readonly ca?: readonly string[];
  /** Everything leaves through it, and names are resolved by it. */
  readonly proxy?: EgressProxy | undefined;
}

/** What the latest connection of one client came to; written while it is being made. */
export interface ConnectRecord {
  /** Counts connections begun, so that a sender can tell whether it used a kept-alive one. */
  count: number;
  /** `count` must not pass it: undici connects anew for as long as connections end unused. */
  countMax: number;
  /** The address dialled; behind an egress proxy only a literal one is known. */
  address?: string;
  dnsMs?: number;
  connectMs?: number;
  tlsMs?: number;
  socket?: net.Socket;
}

type Target = buildConnector.Options;

/** Happy eyeballs: how long one address may take before the next is tried beside it (RFC 8305). */
const nextAddressMs = 1000;

/**
 * A connector for undici that dials only what it has checked. A name is resolved once; every answer
 * must be allowed, and these very addresses are dialled, so rebinding a name between check and
 * connection gains nothing. Literal addresses are checked here too: lookup hooks never see them.
 * Host header and server name (SNI) stay the URL's.
 *
 * @param record is written while a connection is made
 * @example new Client(origin, { connect: guardedConnector(policy, { count: 0, countMax: 2 }) });
 */
export function guardedConnector(
  policy: ConnectPolicy,
  record: ConnectRecord,
): buildConnector.connector {
  return (target, done) => {
    void connect(target, policy, record, done);
  };
}

async function connect(
  target: Target,
  policy: ConnectPolicy,
  record: ConnectRecord,
  done: buildConnector.Callback,
): Promise<void> {
  record.count += 1;
  delete record.address;
  delete record.dnsMs;
  delete record.connectMs;
  delete record.tlsMs;
  delete record.socket;
  if (record.count > record.countMax) {
    const message = "the connection ends, or speaks, before anything is sent";
    done(new ConnectError("connect", failureCodes.badAnswer, message), null);
    return;
  }
  const endsMs = performance.now() + policy.connectMsMax;
  let socket: net.Socket;
  try {
    const { proxy } = policy;
    socket = proxy
      ? await tunnelled(target, proxy, policy, record, endsMs)
      : await dialled(target, policy, record, endsMs);
    if (target.protocol === "https:")
      socket = await secured(target, socket, policy, record, endsMs);
  } catch (error) {
    done(asConnectError("connect", error), null);
    return;
  }
  record.socket = socket;
  done(null, socket);
}

/** Straight to an address that was checked. */
async function dialled(
  target: Target,
  policy: ConnectPolicy,
  record: ConnectRecord,
  endsMs: number,
): Promise<net.Socket> {
  const addresses = await checkedAddresses(target.hostname, policy, record);
  // Known before any answer, and all there is to know when none comes.
  record.address = addresses[0] ?? target.hostname;
  const startedMs = performance.now();
  const socket = quiet(
    net.connect({
      host: target.hostname,
      port: portOf(target),
      noDelay: true,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: nextAddressMs,
      lookup: onlyThese(addresses),
    }),
  );
  await step("connect", socket, "connect", endsMs);
  record.connectMs = performance.now() - startedMs;
  if (socket.remoteAddress !== undefined) record.address = socket.remoteAddress;
  return socket;
}

/** Through the proxy, which resolves the name and must refuse private addresses. */
async function tunnelled(
  target: Target,
  proxy: EgressProxy,
  policy: ConnectPolicy,
  record: ConnectRecord,
  endsMs: number,
): Promise<net.Socket> {
  const { hostname } = target;
  if (isIP(hostname) !== 0) {
    judge([hostname], hostname, policy);
    record.address = hostname;
  }
  const startedMs = performance.now();
  const socket = await proxy.open(hostname, portOf(target), endsMs);
  record.connectMs = performance.now() - startedMs;
  return socket;
}

async function secured(
  { hostname, servername }: Target,
  stream: net.Socket,
  { ca }: ConnectPolicy,
  record: ConnectRecord,
  endsMs: number,
): Promise<net.Socket> {
  const startedMs = performance.now();
  const socket = quiet(
    tls.connect({
      socket: stream,
      // Not dialled: it is what the certificate must be for when there is no server name.
      host: hostname,
      // Empty for a literal address, which no server name can be; the host is checked then.
      servername: isIP(hostname) === 0 ? (servername ?? hostname) : "",
      ALPNProtocols: ["http/1.1"],
      // Said here, so that an environment variable for development cannot unsay it.
      rejectUnauthorized: true,
      ...(ca && { ca: [...ca] }),
    }),
  );
  await step("tls", socket, "secureConnect", endsMs);
  record.tlsMs = performance.now() - startedMs;
  return socket;
}

async function step(
  phase: "connect" | "tls",
  socket: net.Socket,
  event: "connect" | "secureConnect",
  endsMs: number,
): Promise<void> {
  try {
    await reached(socket, event, endsMs, phase);
  } catch (error) {
    throw asConnectError(phase, error);
  }
}

function portOf({ protocol, port }: Target): number {
  return Number.parseInt(port || (protocol === "https:" ? "443" : "80"), 10);
}

async function checkedAddresses(
  hostname: string,
  policy: ConnectPolicy,
  record: ConnectRecord,
): Promise<readonly string[]> {
  const addresses =
    isIP(hostname) === 0 ? await timedResolve(hostname, policy, record) : [hostname];
  judge(addresses, hostname, policy);
  return addresses;
}

function judge(
  addresses: readonly string[],
  hostname: string,
  { allowPrivate }: ConnectPolicy,
): void {
  for (const address of addresses) {
    const judged = judgeAddress(address);
    if (judged.public || (judged.relaxable && allowPrivate)) continue;
    const where = address === hostname ? address : `${hostname} leads to ${address}, which`;
    throw new ConnectError("dns", failureCodes.privateAddress, `${where} is ${judged.range}`);
  }
}

async function timedResolve(
  hostname: string,
  policy: ConnectPolicy,
  record: ConnectRecord,
): Promise<readonly string[]> {
  const startedMs = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    const message = `no name server answered within ${policy.connectMsMax} ms`;
    const error = new ConnectError("dns", failureCodes.connectTimeout, message);
    timer = setTimeout(() => reject(error), policy.connectMsMax);
  });
  try {
    const addresses = await Promise.race([policy.resolve(hostname), timeout]);
    record.dnsMs = performance.now() - startedMs;
    if (addresses.length > 0) return addresses;
    throw new ConnectError("dns", "ENODATA", `${hostname} has no address`);
  } catch (error) {
    throw asConnectError("dns", error);
  } finally {
    clearTimeout(timer);
  }
}

/** A lookup hook that knows nothing but addresses already checked. */
function onlyThese(addresses: readonly string[]): net.LookupFunction {
  const answers = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_hostname, options, callback) => {
    if (options.all) return callback(null, answers);
    return callback(null, answers[0]?.address ?? "", answers[0]?.family);
  };
}
