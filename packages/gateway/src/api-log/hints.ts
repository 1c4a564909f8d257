import type { ApiError, ErrorName } from "../errors.ts";
import type { ApiBody } from "../http/merchant-api.ts";
import { bodyHint } from "./body-hints.ts";
import { amountHint, currencyHint, lookAlike } from "./field-hints.ts";

/** A call that got an error, as far as the cause may lie in it. */
export interface RefusedCall {
  readonly method: string;
  readonly path: string;
  /** As the client sent it. */
  readonly contentType: string | undefined;
  /** The bytes that came; empty when they were not read. */
  readonly bytes: Buffer;
  /** The body, if it could be read. */
  readonly body: ApiBody | undefined;
  readonly error: ApiError;
}

/**
 * Why a call was refused and what to do, in plain words: more than the reply says, since the reply
 * goes to whoever asks and this to whoever may read the log. Not for a wrong key: `keyHint` needs to
 * know whose it is.
 */
export function hintOf(call: RefusedCall): string {
  return specific[call.error.key]?.(call) ?? whatItSays(call.error);
}

/** The error's own message, without what PT2's clients expect at its beginning, and when it is given. */
function whatItSays({ message, entry }: ApiError): string {
  const said = message.replace(/^Invalid request: /, "");
  return said === message ? `${said}. ${entry.when}` : `${said}.`;
}

const rule = ({ values }: ApiError): string => values["rule"] ?? "";

/** Hints that know more than the error says; `undefined` where this call has nothing of the kind. */
const specific: Partial<Record<ErrorName, (call: RefusedCall) => string | undefined>> = {
  NOT_JSON: ({ bytes, contentType }) => bodyHint(bytes, contentType),
  PROFILE_ID_MISSING: ({ body, error }) =>
    missingHint(body, "profile_id") ?? `profile_id ${rule(error)}.`,
  INVALID_FIELD: ({ body = {}, error }) =>
    fieldHint(body, error.values["field"] ?? "", rule(error)),
  CURRENCY_NOT_ENABLED: ({ body, error }) => currencyHint(body, rule(error)),
  TRANSACTION_NOT_FOUND: ({ body = {} }) => notFoundHint(body),
  BODY_TOO_LARGE: ({ error }) => `${whatItSays(error)} It was not read.`,
  NOT_POST: ({ method }) =>
    `The call came by ${method}: a redirect from http to https turns POST into GET.`,
  UNKNOWN_PATH: ({ path }) => pathHint(path),
  INTERNAL: () =>
    "The fault is the gateway's own: the node's log has the details under this trace.",
  UNAVAILABLE: () =>
    "The database did not answer: query by cart_id whether it was written before it is sent again.",
};

function fieldHint(body: ApiBody, field: string, broken: string): string | undefined {
  if (broken === "is required") return missingHint(body, field);
  return field === "cart_amount" ? amountHint(body) : undefined;
}

function missingHint(body: ApiBody | undefined, field: string): string | undefined {
  if (body === undefined) return undefined;
  const like = lookAlike(body, field);
  if (like !== undefined) return `${field} is missing; there is ${like} in its place: rename it.`;
  const wrapper = Object.entries(body).find(
    ([, value]) => typeof value === "object" && value !== null && field in value,
  );
  if (wrapper === undefined) return undefined;
  return `${field} is missing; it is inside of another member: it belongs to the outermost object.`;
}

function notFoundHint(body: ApiBody): string | undefined {
  const tranRef = body["tran_ref"];
  if (typeof tranRef !== "string") return undefined;
  // Three letters, two digits of the year, three of the day, eight of a number (protocol.md 3.2).
  return /^[A-Z]{3}\d{13}$/.test(tranRef.trim())
    ? "This profile has no such transaction: it may be another profile's, or another gateway's."
    : "This does not look like a tran_ref, which is three letters and 13 digits. If it is a cart_id, send it as cart_id.";
}

const knownPaths = [
  "/payment/request",
  "/payment/query",
  "/payment/token",
  "/payment/token/delete",
  "/payment/invoice/new",
  "/payment/new/invoice",
  "/payment/invoice/status",
  "/payment/invoice/cancel",
  "/payment/invoice/paid",
  "/payment/link/create",
];

/** The paths of protocol.md 1.3 that a wrong one may have meant. */
function pathHint(path: string): string {
  const words = path.toLowerCase().split("/").filter(Boolean);
  const meant = knownPaths.find((known) => {
    const [, ...parts] = known.split("/");
    return parts.every((part) => words.some((word) => word === part || word === `${part}s`));
  });
  if (meant === path) return `This version does not offer ${path}.`;
  return meant === undefined
    ? "The API has no such path: /payment/request creates a payment, /payment/query asks for one."
    : `The API has no such path; ${meant} may be meant: look at how the base address and the path are joined.`;
}
