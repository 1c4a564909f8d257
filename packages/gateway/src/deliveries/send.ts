import { setImmediate } from "node:timers/promises";
import type { AttemptReport, AttemptTimings, HeldDelivery } from "./delivery.ts";
import { ConnectError } from "./connect-error.ts";
import { exchange, type ExchangeEnd } from "./exchange.ts";
import { isOwnCode, OwnFault, ownFaultCodes } from "./own-fault.ts";
import type { Slot, Sockets } from "./sockets.ts";
import { unpackGzip } from "./unpack.ts";
import { failureCodes, type Observation } from "./verdict.ts";
import { webhookHeaders } from "./webhook-signature.ts";

/** Kept of an answer, as bytes, for people to look at. */
const keptBytesMax = 1024;

/** A packed answer is unpacked up to this size; what it would grow to beyond is dropped. */
const unpackedBytesMax = 65_536;

/** Sent unless the delivery's own headers name another; PT2's agent follows ours. */
export const defaultUserAgent = "Wasl/0.1.0 IPN/1.0";

export interface Attempt {
  readonly observation: Observation;
  readonly report: AttemptReport;
  /** All headers of the answer; the report keeps those worth keeping. */
  readonly answerHeaders: Readonly<Record<string, string>>;
  /** Set when it failed for a reason of ours, and then says nothing about the merchant's server. */
  readonly ownFault?: OwnFault;
  /** Whether the notice may have been sent, in whole or in part. */
  readonly maybeSent: boolean;
}

/**
 * Makes one attempt: one POST with the delivery's finished headers and bytes, signed for this
 * attempt by the Standard Webhooks headers. Never follows a redirect.
 *
 * @param key the profile's server key
 * @param msMax for the whole attempt
 * @example judge((await send(sockets, held, key, clock.now(), 30_000)).observation);
 */
export async function send(
  sockets: Sockets,
  held: HeldDelivery,
  key: string,
  at: Date,
  msMax: number,
): Promise<Attempt> {
  const startedMs = performance.now();
  const url = new URL(held.url);
  const request = {
    path: `${url.pathname}${url.search}`,
    headers: headersOf(held, key, at),
    body: held.body,
  };
  let slot = sockets.acquire(held.lane, url.origin, held.allowPrivate);
  if (slot.connection.socket) await lookOnce();
  let connections = slot.connection.count;
  let end = await exchange(slot, request, msMax);
  if (lostKeptAlive(end, slot, connections)) {
    // The server hung up on the idle connection as we wrote to it. That says nothing about the
    // notice, so the attempt goes on over a new connection.
    slot = sockets.replace(slot, url.origin, held.allowPrivate);
    connections = slot.connection.count;
    end = await exchange(slot, request, msMax - (performance.now() - startedMs));
  }
  const connection = { ...slot.connection, fresh: slot.connection.count > connections };
  const totalMs = performance.now() - startedMs;
  if (end.kind === "answer" && !end.cut) sockets.release(slot);
  else sockets.discard(slot);
  const ownFault = end.kind === "failure" ? await ownFaultOf(end.error, sockets) : undefined;
  return { ...(await attemptOf(end, connection, totalMs)), ...(ownFault && { ownFault }) };
}

/** Ends that have two possible causes when there is something between us and the server. */
const unclearCodes: ReadonlySet<string> = new Set([
  failureCodes.connectTimeout,
  failureCodes.attemptTimeout,
  "ECONNRESET",
  "EPIPE",
  "UND_ERR_SOCKET",
]);

async function ownFaultOf(
  error: Failure["error"],
  sockets: Sockets,
): Promise<OwnFault | undefined> {
  if (error instanceof OwnFault) return error;
  const [code, phase] = [error.code ?? "", phaseOf(error)];
  if (isOwnCode(phase, code, 0)) return new OwnFault(code, error.message, phase);
  if (!unclearCodes.has(code) || (await sockets.isPathAlive())) return undefined;
  const message = `${error.message}; the egress proxy gives no sign of life`;
  return new OwnFault(ownFaultCodes.egressProxy, message, phase);
}

function phaseOf(error: Failure["error"]): OwnFault["phase"] {
  return error instanceof ConnectError || error instanceof OwnFault ? error.phase : "exchange";
}

/**
 * Lets the event loop look at all sockets once. What an idle connection has brought by then was not
 * asked for, and undici ends the connection; written to unlooked, it would take those bytes for the
 * answer, and a notice that was never handled for delivered. The first turn only ends this round of
 * the loop, whose look is over.
 */
async function lookOnce(): Promise<void> {
  await setImmediate();
  await setImmediate();
}

function headersOf(held: HeldDelivery, key: string, at: Date): string[] {
  const named = Object.keys(held.headers).some((name) => name.toLowerCase() === "user-agent");
  const headers = {
    ...(!named && { "User-Agent": defaultUserAgent }),
    "Content-Type": held.contentType,
    "Accept-Encoding": "gzip",
    ...held.headers,
    ...webhookHeaders(held.id, held.body, key, at),
  };
  const list: string[] = [];
  for (const [name, value] of Object.entries(headers)) list.push(name, value);
  return list;
}

function lostKeptAlive(end: ExchangeEnd, slot: Slot, connections: number): boolean {
  if (end.kind === "answer" || end.sawAnswer || slot.connection.count > connections) return false;
  return ["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"].includes(end.error.code ?? "");
}

type Failure = Extract<ExchangeEnd, { kind: "failure" }>;
type UsedConnection = Slot["connection"] & { readonly fresh: boolean };

async function attemptOf(
  end: ExchangeEnd,
  connection: UsedConnection,
  totalMs: number,
): Promise<Attempt> {
  const timings = timingsOf(end, connection, totalMs);
  const address = connection.address === undefined ? {} : { address: connection.address };
  if (end.kind === "failure") {
    return {
      observation: failureOf(end, connection),
      report: { timings, ...address, answerHeaders: {}, answer: Buffer.alloc(0) },
      answerHeaders: {},
      maybeSent: phaseOf(end.error) === "exchange" && connection.socket !== undefined,
    };
  }
  const { status, headers, cut } = end;
  const answer = await unpacked(end.bytes, headers["content-encoding"]);
  return {
    observation: { kind: "answer", status, headers, text: answer.toString("utf8"), cut },
    report: {
      timings,
      ...address,
      httpStatus: status,
      answerHeaders: keptHeaders(headers),
      answer: answer.subarray(0, keptBytesMax),
    },
    answerHeaders: headers,
    maybeSent: true,
  };
}

function timingsOf(
  end: ExchangeEnd,
  { fresh, dnsMs, connectMs, tlsMs }: UsedConnection,
  totalMs: number,
): AttemptTimings {
  return {
    ...(fresh && dnsMs !== undefined && { dnsMs }),
    ...(fresh && connectMs !== undefined && { connectMs }),
    ...(fresh && tlsMs !== undefined && { tlsMs }),
    ...(end.firstByteMs !== undefined && { firstByteMs: end.firstByteMs }),
    totalMs,
  };
}

function failureOf({ error }: Failure, connection: UsedConnection): Observation {
  const timedOut = error.code === failureCodes.attemptTimeout;
  const message =
    timedOut && connection.connectMs === undefined ? "not even connected by then" : error.message;
  return { kind: "failure", phase: phaseOf(error), code: error.code ?? error.name, message };
}

/** We ask for gzip, as PT2 does, so an answer may come packed, or be a bomb. */
async function unpacked(bytes: Buffer, encoding: string | undefined): Promise<Buffer> {
  if (!/^(?:x-)?gzip$/i.test(encoding?.trim() ?? "")) return bytes;
  return unpackGzip(bytes, unpackedBytesMax);
}

/** Headers that help to tell who answered; cookies and the like are none of our business. */
const keptHeaderNames = [
  "allow",
  "cf-mitigated",
  "cf-ray",
  "content-encoding",
  "content-length",
  "content-type",
  "date",
  "location",
  "retry-after",
  "server",
  "via",
  "www-authenticate",
  "x-amzn-waf-action",
  "x-powered-by",
  "x-request-id",
] as const;

const keptHeaderCharactersMax = 512;

function keptHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of keptHeaderNames) {
    const value = headers[name];
    if (value !== undefined) kept[name] = value.slice(0, keptHeaderCharactersMax);
  }
  return kept;
}
