import { isIP } from "node:net";
import { judgeAddress, unbracket } from "./address-guard.ts";

/** What a profile may relax. A live profile relaxes nothing; design.md, "Return rules". */
export interface DestinationPolicy {
  /** `callback` may be http; an IPN may not (delivery.md, top). */
  readonly allowHttp: boolean;
  readonly allowPort: boolean;
  readonly allowPrivate: boolean;
}

export type DestinationRule =
  | "empty"
  | "length"
  | "characters"
  | "syntax"
  | "scheme"
  | "http"
  | "user_info"
  | "fragment"
  | "host"
  | "port"
  | "private_address";

/** A rule that this profile relaxes and a live one does not. */
export interface LiveRule {
  readonly rule: "port" | "private_address";
  readonly message: string;
}

export type Destination =
  | {
      readonly ok: true;
      /** The address in WHATWG's normal form, to be stored and called as it is. */
      readonly url: string;
      /** Scheme, host and port, the port always written: `https://shop.example:443`. */
      readonly lane: string;
      readonly warnings: readonly LiveRule[];
    }
  | { readonly ok: false; readonly rule: DestinationRule; readonly message: string };

export const destinationLengthMax = 255;

interface Parts {
  readonly scheme: string;
  readonly userInfo: boolean;
  readonly host: string;
  readonly port: boolean;
  readonly fragment: boolean;
}

interface Refusal {
  readonly rule: DestinationRule;
  /** Follows the field's name: `must not contain a port: …`. */
  readonly text: string;
}

/**
 * Checks the address a request asks us to call (protocol.md 7.7, design.md "Address guard"). Pure:
 * what a name resolves to is checked when it is dialled, by the connector.
 *
 * The text is judged as it was written, because WHATWG's parser repairs what merchants must
 * repair: it drops default ports and tabs, and turns `0x7f.1` into `127.0.0.1`.
 *
 * @param field the name that messages begin with
 * @example
 * checkDestination("https://shop.example:8443/cb", { allowHttp: true, allowPort: false,
 *   allowPrivate: false });
 * // { ok: false, rule: "port", message: "callback must not contain a port: …" }
 */
export function checkDestination(
  text: string,
  policy: DestinationPolicy,
  field = "callback",
): Destination {
  const refuse = ({ rule, text: message }: Refusal): Destination => {
    return { ok: false, rule, message: `${field} ${message}` };
  };
  const textFault = faultOfText(text);
  if (textFault) return refuse(textFault);
  const parts = split(text);
  if (!parts) return refuse(incomplete);
  const partFault = faultOfParts(parts, policy);
  if (partFault) return refuse(partFault);
  if (!URL.canParse(text)) return refuse(incomplete);
  const url = new URL(text);
  const hostFault = faultOfHost(parts.host, url.hostname);
  if (hostFault) return refuse(hostFault);

  const found = [portRule(parts, policy), privateRule(url.hostname, policy)].filter(
    (rule) => rule !== undefined,
  );
  const hard = found.find((rule) => !rule.relaxed);
  if (hard) return refuse(hard);
  const warnings = found.map(({ rule, text: message }): LiveRule => {
    return { rule, message: `live would refuse this: ${field} ${message}` };
  });
  return { ok: true, url: url.href, lane: laneOf(url), warnings };
}

const incomplete: Refusal = {
  rule: "syntax",
  text: "must be a complete URL such as https://shop.example/callback",
};

/** The part of a lane's name that an address decides: `https://shop.example:443`. */
export function laneOf(url: URL): string {
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return `${url.protocol}//${url.hostname}:${port}`;
}

function faultOfText(text: string): Refusal | undefined {
  if (text === "") return { rule: "empty", text: "must not be empty" };
  if (text.length > destinationLengthMax) {
    return {
      rule: "length",
      text: `must have at most ${destinationLengthMax} characters, not ${text.length}`,
    };
  }
  // Control characters and lone surrogates included: a URL parser would drop or replace them.
  if (/[\s\\\p{Cc}\p{Cf}\p{Cs}]/u.test(text)) {
    return {
      rule: "characters",
      text: "must not contain spaces, backslashes, control or invisible characters",
    };
  }
  return undefined;
}

/** Cuts the text where RFC 3986 cuts it, repairing nothing. */
function split(text: string): Parts | undefined {
  const match = /^([a-z][a-z0-9+.-]*):(?:\/\/([^/?#]*))?([^#]*)(#.*)?$/i.exec(text);
  if (!match?.[1]) return undefined;
  const authority = match[2] ?? "";
  const at = authority.lastIndexOf("@");
  const hostAndPort = authority.slice(at + 1);
  const host = /^\[[^\]]*\]/.exec(hostAndPort)?.[0] ?? hostAndPort.replace(/:.*$/, "");
  return {
    scheme: match[1].toLowerCase(),
    userInfo: at >= 0,
    host,
    port: hostAndPort.length > host.length,
    fragment: match[4] !== undefined,
  };
}

function faultOfParts(parts: Parts, policy: DestinationPolicy): Refusal | undefined {
  if (parts.scheme !== "https" && parts.scheme !== "http") {
    return { rule: "scheme", text: `must begin with https:// or http://, not ${parts.scheme}:` };
  }
  if (parts.scheme === "http" && !policy.allowHttp) {
    return { rule: "http", text: "must begin with https://: over http it would carry no data" };
  }
  if (parts.userInfo) {
    return {
      rule: "user_info",
      text: "must not contain a user name or password; the signature says who is calling",
    };
  }
  if (parts.fragment) {
    return { rule: "fragment", text: "must not contain a fragment (#…): servers never see it" };
  }
  if (parts.host === "") return { rule: "host", text: "must name a host" };
  if (/[^\x21-\x7e]/.test(parts.host)) {
    return {
      rule: "host",
      text: "must name its host in ASCII; write an international name as xn--…",
    };
  }
  return undefined;
}

/** The host must already be what the parser makes of it, so that people and machines agree. */
function faultOfHost(written: string, normal: string): Refusal | undefined {
  if (written.toLowerCase() !== normal) {
    return {
      rule: "host",
      text: `must write its host in the normal form: ${normal}, not ${written}`,
    };
  }
  if (!/^(?:[\w.-]+|\[[\da-f:.]+\])$/.test(normal)) {
    return { rule: "host", text: "must name its host by letters, digits, dots and hyphens" };
  }
  if (normal.endsWith(".")) {
    return { rule: "host", text: "must name its host without a dot at the end" };
  }
  return undefined;
}

interface SoftRule {
  readonly rule: LiveRule["rule"];
  readonly text: string;
  /** The profile's policy lets it pass with a warning. */
  readonly relaxed: boolean;
}

function portRule(parts: Parts, policy: DestinationPolicy): SoftRule | undefined {
  if (!parts.port) return undefined;
  return {
    rule: "port",
    text: "must not contain a port: live PT2 gateways never call one",
    relaxed: policy.allowPort,
  };
}

function privateRule(hostname: string, policy: DestinationPolicy): SoftRule | undefined {
  const host = unbracket(hostname);
  const judged = isIP(host) === 0 ? judgeName(host) : judgeAddress(host);
  if (judged.public) return undefined;
  return {
    rule: "private_address",
    text: `must be a public address: ${host} is ${judged.range}, which no gateway can reach`,
    relaxed: policy.allowPrivate && judged.relaxable,
  };
}

/** Names that never lead to a public address (RFC 6761, 6762, 8375, ICANN's `.internal`). */
const privateName = /(?:^|\.)(?:localhost|local|internal|home\.arpa)$/;

function judgeName(host: string): ReturnType<typeof judgeAddress> {
  if (privateName.test(host)) return { public: false, range: "a private name", relaxable: true };
  if (!host.includes(".")) {
    return { public: false, range: "a name without a dot", relaxable: true };
  }
  return { public: true };
}
