import { encodeForm, returnSigningText } from "@wasl/protocol";
import type { Profile } from "../profiles/profile.ts";
import type { Outcome, TransactionFacts } from "./facts.ts";
import { hmacHex } from "./sign.ts";

/**
 * How the shopper's browser takes the result back to the shop (protocol.md 6.1, 6.4):
 * a form POST, a GET with the data in the query string, a GET without data, or not at all.
 */
export type ReturnHandOff =
  | { readonly way: "post"; readonly url: string; readonly fields: readonly ReturnField[] }
  | { readonly way: "get"; readonly url: string }
  | { readonly way: "none" };

export type ReturnField = readonly [name: string, value: string];

export interface ReturnRequest {
  readonly url: string | undefined;
  readonly usingGet: boolean;
  /** A sandbox favour: http to a loopback host gets the form POST that live sends to https only. */
  readonly postToLoopback: boolean;
}

/**
 * The Return for an outcome. Making it twice gives the same bytes, so a reload is harmless.
 *
 * @example makeReturn(profile, facts, outcome, { url: "https://shop.example/thanks", … })
 * // { way: "post", url: "https://shop.example/thanks", fields: [["acquirerMessage", ""], …] }
 */
export function makeReturn(
  profile: Profile,
  facts: TransactionFacts,
  outcome: Outcome,
  request: ReturnRequest,
): ReturnHandOff {
  const { url } = request;
  if (url === undefined) return { way: "none" };
  const carriesData =
    new URL(url).protocol === "https:" || (request.postToLoopback && isLoopbackUrl(url));
  if (!carriesData) return { way: "get", url };
  if (request.usingGet)
    return { way: "get", url: withQuery(url, getFields(profile, facts, outcome)) };
  return { way: "post", url, fields: postFields(profile, facts, outcome) };
}

/**
 * The result as a message to the page around the frame (`framed_message_target`): the fields of the
 * form POST, signature included, so that it is verified like one.
 */
export function returnMessageFields(
  profile: Profile,
  facts: TransactionFacts,
  outcome: Outcome,
): readonly ReturnField[] {
  return postFields(profile, facts, outcome);
}

/** Whether the address is plain http to this very machine. */
export function isLoopbackUrl(url: string): boolean {
  const { hostname, protocol } = new URL(url);
  return (
    protocol === "http:" &&
    (hostname === "localhost" ||
      hostname.endsWith(".localhost") ||
      hostname === "[::1]" ||
      /^127(\.\d+){3}$/.test(hostname))
  );
}

/** All ten fields in PT2's order, the empty ones included (protocol.md 6.2). */
function postFields(profile: Profile, facts: TransactionFacts, outcome: Outcome): ReturnField[] {
  const fields = {
    acquirerMessage: outcome.acquirerMessage ?? "",
    acquirerRRN: outcome.acquirerRrn ?? "",
    cartId: facts.cartId,
    customerEmail: unlessZero(facts.customer.email ?? ""),
    respCode: outcome.code,
    respMessage: outcome.message,
    respStatus: outcome.status,
    signature: "",
    token: outcome.token ?? "",
    tranRef: facts.tranRef,
  };
  return Object.entries(signed(profile, fields));
}

/** The fewer fields of the GET variant (protocol.md 6.4). */
function getFields(profile: Profile, facts: TransactionFacts, outcome: Outcome): ReturnField[] {
  const fields = {
    cartId: facts.cartId,
    respCode: outcome.code,
    ...(profile.habits?.message_in_get_return !== false && { respMessage: outcome.message }),
    respStatus: outcome.status,
    signature: "",
    tranRef: facts.tranRef,
  };
  return Object.entries(signed(profile, fields));
}

/** A signed "0" is dropped by some verifiers and kept by others (protocol.md 6.5). */
function unlessZero(value: string): string {
  return value === "0" ? "" : value;
}

function signed<Fields extends Record<string, string>>(profile: Profile, fields: Fields): Fields {
  return { ...fields, signature: hmacHex(profile.serverKey, returnSigningText(fields)) };
}

/** Adds to the URL's own query, which stays as the merchant wrote it and unsigned. */
function withQuery(url: string, fields: readonly ReturnField[]): string {
  const hashAt = url.indexOf("#");
  const base = hashAt === -1 ? url : url.slice(0, hashAt);
  const fragment = hashAt === -1 ? "" : url.slice(hashAt);
  const joint = !base.includes("?") ? "?" : /[?&]$/.test(base) ? "" : "&";
  return `${base}${joint}${encodeForm(fields)}${fragment}`;
}
