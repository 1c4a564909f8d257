import type { Weight } from "./breaker.ts";
import type { VerdictCode } from "./verdicts.ts";

/** What the sender saw. */
export type Observation =
  | {
      readonly kind: "answer";
      readonly status: number;
      /** Lower-case names. */
      readonly headers: Readonly<Record<string, string>>;
      /** The beginning of the answer as text, unpacked. */
      readonly text: string;
      /** Above the limit, so the rest was dropped. */
      readonly cut: boolean;
    }
  | {
      readonly kind: "failure";
      /** How far the attempt came: `exchange` is everything after the connection stood. */
      readonly phase: "dns" | "connect" | "tls" | "exchange";
      /** Node's, OpenSSL's or undici's code, or one of `failureCodes`. */
      readonly code: string;
      readonly message: string;
    };

/** Codes of failures that are our own decision. */
export const failureCodes = {
  privateAddress: "WASL_PRIVATE_ADDRESS",
  connectTimeout: "WASL_CONNECT_TIMEOUT",
  attemptTimeout: "WASL_ATTEMPT_TIMEOUT",
  badAnswer: "WASL_BAD_ANSWER",
} as const;

export interface Verdict {
  readonly code: VerdictCode;
  /** Any 2xx; see delivery.md, top. */
  readonly delivered: boolean;
  /** What was special: the status, the Location, the certificate's fault. */
  readonly detail: string;
}

/**
 * Judges an attempt. Pure, and total: every observation has a verdict.
 *
 * @example
 * judge({ kind: "answer", status: 404, headers: {}, text: "", cut: false });
 * // { code: "not_found", delivered: false, detail: "404" }
 */
export function judge(observation: Observation): Verdict {
  if (observation.kind === "failure") {
    const detail = `${observation.code}: ${observation.message}`;
    return { code: failureVerdict(observation.phase, observation.code), delivered: false, detail };
  }
  const { code, detail } = answerVerdict(observation);
  return {
    code,
    delivered: isSuccess(observation.status),
    detail: observation.cut ? `${detail}; the answer was too long, its end was dropped` : detail,
  };
}

type Answer = Extract<Observation, { kind: "answer" }>;

function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299;
}

function answerVerdict(answer: Answer): { code: VerdictCode; detail: string } {
  const { status, headers } = answer;
  if (status >= 300 && status <= 399) {
    return { code: "redirect", detail: `${status} → ${headers["location"] ?? "(no Location)"}` };
  }
  const marker = fenceMarker(answer);
  if (marker) return marker;
  if (isSuccess(status)) return { code: successVerdict(answer), detail: `${status}` };
  return { code: statusVerdict(status), detail: `${status}` };
}

function successVerdict(answer: Answer): VerdictCode {
  if (isPage(answer.text)) return "ok_html";
  return answer.status === 200 ? "ok" : "ok_not_200";
}

function statusVerdict(status: number): VerdictCode {
  switch (status) {
    case 401:
    case 407:
    case 511:
      return "auth_wall";
    case 404:
      return "not_found";
    case 405:
      return "method";
    case 410:
      return "gone";
    case 419:
      return "csrf";
    case 429:
      return "rate_limited";
    default:
      return status >= 500 ? "app_error" : "rejected";
  }
}

/**
 * Markup, not the content type, tells a page: PHP calls an empty answer text/html as well.
 */
function isPage(text: string): boolean {
  return /<(?:!doctype html|html|head|body)[\s>]/i.test(text.slice(0, 1024));
}

/** Something that stands before the handler and speaks in its place. */
function fenceMarker(answer: Answer): { code: VerdictCode; detail: string } | undefined {
  const { status, headers, text } = answer;
  const firewall = headerMarkers.find(({ name, value }) => value.test(headers[name] ?? ""));
  if (firewall && status >= 400) {
    return { code: "waf", detail: `${status}, ${firewall.name}: ${headers[firewall.name]}` };
  }
  if (text === "") return undefined;
  for (const { code, statuses, marker } of textMarkers) {
    if (!statuses(status)) continue;
    const found = marker.exec(text)?.[0];
    if (found !== undefined) return { code, detail: `${status}, the answer says "${found}"` };
  }
  if (isSuccess(status) && /<input[^<>]+type=["']?password/i.test(text)) {
    return { code: "auth_wall", detail: `${status} with a page that asks for a password` };
  }
  return undefined;
}

const headerMarkers: readonly { readonly name: string; readonly value: RegExp }[] = [
  { name: "cf-mitigated", value: /./ },
  { name: "x-amzn-waf-action", value: /./ },
  { name: "x-sucuri-block", value: /./ },
  { name: "x-denied-reason", value: /./ },
];

const refusals = (status: number) => [400, 403, 406, 409, 419, 422].includes(status);
const fences = (status: number) => [403, 406, 429, 503].includes(status) || isSuccess(status);

/** Texts by which frameworks and firewalls give themselves away; csrf first, being the narrower. */
const textMarkers: readonly {
  readonly code: VerdictCode;
  readonly statuses: (status: number) => boolean;
  readonly marker: RegExp;
}[] = [
  {
    code: "csrf",
    statuses: refusals,
    marker: new RegExp(
      [
        "CSRF verification failed", // Django
        "InvalidAuthenticityToken|Can't verify CSRF token|The change you wanted was rejected", // Rails
        "CSRF token mismatch|Page Expired", // Laravel
        "Session expired \\(invalid CSRF token\\)", // Odoo
        "EBADCSRFTOKEN|(?:invalid|missing|bad) csrf token|csrf token (?:is )?(?:invalid|missing)",
      ].join("|"),
      "i",
    ),
  },
  {
    code: "waf",
    statuses: fences,
    marker: new RegExp(
      [
        "cf-chl-|challenge-platform|Attention Required! \\| Cloudflare|Just a moment\\.\\.\\.",
        "_Incapsula_Resource|Incapsula incident ID|Imperva",
        "Mod_?Security|This error was generated by Mod|Not Acceptable!",
        "Sucuri WebSite Firewall|Generated by Wordfence|imunify360|DDoS-Guard",
        "The requested URL was rejected\\. Please consult", // F5
        "awswaf|Request blocked\\.[\\s\\S]{0,200}cloudfront",
        "Reference&#32;&#35;|Reference #[0-9a-f]+\\.[0-9a-f.]+", // Akamai
      ].join("|"),
      "i",
    ),
  },
];

function failureVerdict(
  phase: Extract<Observation, { kind: "failure" }>["phase"],
  code: string,
): VerdictCode {
  // The same code means another thing of a name server: a time that ran out, a connection refused.
  if (phase === "dns" && code !== failureCodes.privateAddress) return "dns";
  const known = verdictOfCode.get(code);
  if (known) return known;
  if (phase !== "exchange") return verdictOfPhase[phase];
  // Since TLS 1.3 a server says after the handshake that it misses a certificate of ours.
  if (/^(?:ERR_SSL_|EPROTO$)/.test(code)) return "tls";
  // llhttp's codes, undici's own and its assertions are about what came over a connection that stood.
  return /^(?:HPE_|UND_ERR_|ERR_|HTTPParserError$)/.test(code) ? "bad_answer" : "reset";
}

const verdictOfPhase = { dns: "dns", connect: "unreachable", tls: "tls" } as const;

const verdictOfCode = new Map<string, VerdictCode>([
  [failureCodes.privateAddress, "policy_private_address"],
  [failureCodes.connectTimeout, "connect_timeout"],
  [failureCodes.attemptTimeout, "slow"],
  [failureCodes.badAnswer, "bad_answer"],
  ["ECONNREFUSED", "refused"],
  ["ETIMEDOUT", "connect_timeout"],
  ["EHOSTUNREACH", "unreachable"],
  ["ENETUNREACH", "unreachable"],
  ["ECONNRESET", "reset"],
  ["EPIPE", "reset"],
  ["UND_ERR_SOCKET", "reset"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "tls_name"],
  ["CERT_HAS_EXPIRED", "tls_expired"],
  ["CERT_NOT_YET_VALID", "tls_expired"],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "tls_chain"],
  ["UNABLE_TO_GET_ISSUER_CERT", "tls_chain"],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "tls_chain"],
  ["SELF_SIGNED_CERT_IN_CHAIN", "tls_chain"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "tls_chain"],
  ["CERT_CHAIN_TOO_LONG", "tls_chain"],
  ["CERT_SIGNATURE_FAILURE", "tls_chain"],
  ["CERT_UNTRUSTED", "tls_chain"],
  ["CERT_REJECTED", "tls_chain"],
  ["CERT_REVOKED", "tls_chain"],
  ["INVALID_CA", "tls_chain"],
  ["INVALID_PURPOSE", "tls_chain"],
  ["PATH_LENGTH_EXCEEDED", "tls_chain"],
]);

/**
 * How a verdict counts for the circuit breaker of its lane: any answer that is not a server's own
 * failure shows that the server is alive, a payload it refuses included.
 *
 * @example weighs("not_found", 404); // "alive"
 */
export function weighs(code: VerdictCode, httpStatus?: number): Weight {
  if (code === "policy_private_address") return "nothing";
  if (httpStatus === undefined) return "failure";
  return httpStatus >= 500 || httpStatus === 429 ? "failure" : "alive";
}
