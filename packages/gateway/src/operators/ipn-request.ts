import { type StatusLetter, statuses } from "@wasl/protocol";
import { z } from "zod";
import { isHeaderName, isReservedHeader } from "../deliveries/enqueue.ts";
import { checkDestination, type Destination } from "../deliveries/destinations.ts";
import { ApiError } from "../errors.ts";
import type { ApiBody } from "../http/merchant-api.ts";
import { flag, optional, text } from "../payment-requests/fields.ts";
import { type IpnConfiguration, ipnFormats, ipnTranTypes } from "../profiles/ipn-configuration.ts";
import { firstFault } from "./first-fault.ts";

const headersMax = 10;
const headerNameMax = 64;
const headerValueMax = 512;
const userAgentMax = 200;

const statusLetters = Object.keys(statuses) as [StatusLetter, ...StatusLetter[]];

/** `Payment Request` and `payment_request` are the same. */
const asWord = (value: unknown): unknown =>
  typeof value === "string" ? value.toLowerCase().replaceAll(/[\s-]+/g, "_") : value;

const asLetter = (value: unknown): unknown =>
  typeof value === "string" ? value.toUpperCase() : value;

/** A list of some, or `null` for all; an empty one would be told of nothing and is a mistake. */
function someOf<const Words extends readonly [string, ...string[]]>(
  words: Words,
  reading: (value: unknown) => unknown,
) {
  const rule = `must be null for all, or a list of some of ${words.join(", ")}`;
  return z
    .array(z.preprocess(reading, z.enum(words, rule)), rule)
    .min(1, rule)
    .transform((some): Words[number][] => [...new Set(some)])
    .nullish()
    .transform((some) => some ?? null);
}

/** Fit for a header: printable ASCII without blanks at the ends. */
const printable = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

const schema = z.strictObject({
  name: text(64),
  url: text(1000),
  tran_types: someOf(ipnTranTypes, asWord),
  statuses: someOf(statusLetters, asLetter),
  format: optional(
    z.preprocess(asWord, z.enum(ipnFormats, `must be one of ${ipnFormats.join(", ")}`)),
  ),
  user_agent: optional(
    text(userAgentMax).refine((value) => printable.test(value), "must be printable ASCII"),
  ),
  headers: optional(z.record(z.string(), z.string("must be text"), "must be an object")),
  enabled: optional(flag()),
});

/**
 * Reads an IPN configuration.
 *
 * @param relaxed whether the sandbox's relaxations hold for the profile
 * @throws ApiError INVALID_FIELD
 */
export function readIpnRequest(body: ApiBody, relaxed: boolean): Omit<IpnConfiguration, "ipnId"> {
  const reading = schema.safeParse(body);
  if (!reading.success) throw firstFault(reading.error);
  const { name, url, tran_types: tranTypes, format, user_agent: userAgent } = reading.data;
  const destination = judgeIpnUrl(url, relaxed);
  if (!destination.ok) {
    const rule = destination.message.replace(/^url /, "");
    throw new ApiError("INVALID_FIELD", { field: "url", rule });
  }
  return {
    name,
    url: destination.url,
    tranTypes,
    statuses: reading.data.statuses,
    format: format ?? "default_web",
    userAgent: userAgent ?? null,
    headers: readHeaders(reading.data.headers ?? {}),
    enabled: reading.data.enabled ?? true,
  };
}

/** The rules of a callback, and https (protocol.md 7.7); the sandbox relaxes both alike. */
export function judgeIpnUrl(url: string, relaxed: boolean): Destination {
  const policy = { allowHttp: relaxed, allowPort: relaxed, allowPrivate: relaxed };
  return checkDestination(url, policy, "url");
}

/** What live gateways would say of an address that the sandbox takes. */
export function warningsOf(url: string): string[] {
  const judged = judgeIpnUrl(url, true);
  const ofAddress = judged.ok ? judged.warnings.map(({ message }) => message) : [];
  const http = "live would refuse this: url must begin with https://";
  return url.startsWith("http:") ? [http, ...ofAddress] : ofAddress;
}

/** Headers that say who we are and sign; they are no merchant's to choose. */
const signingHeaders = new Set(["client-key", "signature", "user-agent"]);

function readHeaders(given: Readonly<Record<string, string>>): Record<string, string> {
  const names = Object.keys(given);
  if (names.length > headersMax) throw invalid("headers", `must be at most ${headersMax}`);
  if (new Set(names.map((name) => name.toLowerCase())).size < names.length) {
    throw invalid("headers", "must not name a header twice");
  }
  for (const [name, value] of Object.entries(given)) {
    const rule = headerFault(name, value);
    if (rule !== undefined) throw invalid(`headers.${name.slice(0, headerNameMax)}`, rule);
  }
  return { ...given };
}

function headerFault(name: string, value: string): string | undefined {
  if (!isHeaderName(name) || name.length > headerNameMax) {
    return `must be a header's name of at most ${headerNameMax} characters`;
  }
  if (name.toLowerCase() === "user-agent") return "has a member of its own: user_agent";
  if (isReservedHeader(name) || signingHeaders.has(name.toLowerCase())) {
    return "is set by the gateway itself";
  }
  if (value.length > headerValueMax || !printable.test(value)) {
    return `must be 1 to ${headerValueMax} characters of printable ASCII`;
  }
  return undefined;
}

function invalid(field: string, rule: string): ApiError {
  return new ApiError("INVALID_FIELD", { field, rule });
}
