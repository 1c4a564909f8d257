import net, { isIP } from "node:net";
import tls from "node:tls";
import type { buildConnector } from "undici";
import { judgeAddress } from "./address-guard.ts";
import type { Resolve } from "./resolve.ts";
import { failureCodes } from "./verdict.ts";

export type ConnectPhase = "dns" | "connect" | "tls";

/** Why there is no connection, and how far it came. */
export class ConnectError extends Error {
  override readonly name = "ConnectError";
  readonly phase: ConnectPhase;
  readonly code: string;

  constructor(phase: ConnectPhase, code: string, message: string) {
    super(message);
    this.phase = phase;
    this.code = code;
  }
}

export interface ConnectPolicy {
  /** Loopback, private and carrier networks are allowed; see address-guard.ts. */
  readonly allowPrivate: boolean;
  readonly resolve: Resolve;
  /** For name, connection and handshake together. */
  readonly connectMsMax: number;
  /** Authorities to trust in place of the known ones: for tests that have their own. */
  readonly ca?: readonly string[];
}

/** What the latest connection of one client came to; written while it is being made. */
export interface ConnectRecord {
  /** Counts connections begun, so that a sender can tell whether it used a kept-alive one. */
  count: number;
  /** The address dialled. */
  address?: string;
  dnsMs?: number;
  connectMs?: number;
  tlsMs?: number;
}

type Target = buildConnector.Options;

/** Happy eyeballs: how long one address may take before the next is tried beside it (RFC 8305). */
const nextAddressMs = 1000;

/**
 * A connector for undici that dials only what it has checked. A name is resolved once; every answer
 * must be allowed, and these very addresses are dialled, so rebinding a name between check and
 * connection gains nothing. Literal addresses are checked here too: lookup hooks never see them.
 * Host header and server name (SNI) stay the URL's.
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
  const endsMs = performance.now() + policy.connectMsMax;
  let socket: net.Socket;
  try {
    const addresses = await checkedAddresses(target.hostname, policy, record);
    const leftMs = Math.max(1, endsMs - performance.now());
    socket = await dial(target, addresses, policy, record, leftMs);
  } catch (error) {
    done(asConnectError("connect", error), null);
    return;
  }
  done(null, socket);
}

async function checkedAddresses(
  hostname: string,
  policy: ConnectPolicy,
  record: ConnectRecord,
): Promise<readonly string[]> {
  const addresses =
    isIP(hostname) === 0 ? await timedResolve(hostname, policy, record) : [hostname];
  for (const address of addresses) {
    const judged = judgeAddress(address);
    if (judged.public || (judged.relaxable && policy.allowPrivate)) continue;
    const where = address === hostname ? address : `${hostname} leads to ${address}, which`;
    throw new ConnectError("dns", failureCodes.privateAddress, `${where} is ${judged.range}`);
  }
  return addresses;
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

function dial(
  target: Target,
  addresses: readonly string[],
  policy: ConnectPolicy,
  record: ConnectRecord,
  connectMsMax: number,
): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const secure = target.protocol === "https:";
    const startedMs = performance.now();
    let phase: ConnectPhase = "connect";
    const socket = openSocket(target, addresses, policy);
    const fail = (error: Error) => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(() => {
      const message = `${secure ? "no TLS connection" : "no connection"} within the time to connect`;
      fail(new ConnectError(phase, failureCodes.connectTimeout, message));
    }, connectMsMax);
    const done = () => {
      clearTimeout(timer);
      socket.off("error", onError).off("close", onClose);
      resolve(socket);
    };
    const onError = (error: Error) => fail(asConnectError(phase, error));
    const onClose = () => fail(new ConnectError(phase, "ECONNRESET", "the connection was closed"));
    socket.on("error", onError).on("close", onClose);
    socket.once("connect", () => {
      record.connectMs = performance.now() - startedMs;
      if (socket.remoteAddress !== undefined) record.address = socket.remoteAddress;
      phase = "tls";
      if (!secure) done();
    });
    socket.once("secureConnect", () => {
      record.tlsMs = performance.now() - startedMs - (record.connectMs ?? 0);
      done();
    });
    // Known before any answer, and all there is to know when none comes.
    record.address = addresses[0] ?? target.hostname;
  });
}

function openSocket(
  { hostname, protocol, port, servername }: Target,
  addresses: readonly string[],
  { ca }: ConnectPolicy,
): net.Socket {
  const to = {
    host: hostname,
    port: Number.parseInt(port || (protocol === "https:" ? "443" : "80"), 10),
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: nextAddressMs,
    lookup: onlyThese(addresses),
  };
  const socket =
    protocol === "https:"
      ? tls.connect({
          ...to,
          // Empty for a literal address, which no server name can be; the host is checked then.
          servername: isIP(hostname) === 0 ? (servername ?? hostname) : "",
          ALPNProtocols: ["http/1.1"],
          // Said here, so that an environment variable for development cannot unsay it.
          rejectUnauthorized: true,
          ...(ca && { ca: [...ca] }),
        })
      : net.connect(to);
  socket.setNoDelay(true);
  return socket;
}

/** A lookup hook that knows nothing but addresses already checked. */
function onlyThese(addresses: readonly string[]): net.LookupFunction {
  const answers = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_hostname, options, callback) => {
    if (options.all) return callback(null, answers);
    return callback(null, answers[0]?.address ?? "", answers[0]?.family);
  };
}

function asConnectError(phase: ConnectPhase, error: unknown): ConnectError {
  if (error instanceof ConnectError) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "UNKNOWN";
  return new ConnectError(phase, code, messageOf(error));
}

function messageOf(error: unknown): string {
  // What Node says when several addresses failed one after the other has no text of its own.
  if (error instanceof AggregateError && error.message === "") {
    return error.errors.map(messageOf).join("; ");
  }
  return error instanceof Error ? error.message : String(error);
}
