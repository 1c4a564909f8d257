/**
 * What a merchant does to know that a response came from the gateway: the steps of protocol.md 6.5
 * and 7, one by one. Written apart from the gateway's signer and shares nothing with it.
 */
import { createHmac } from "node:crypto";

/** The fields of a Return (protocol.md 6.2), in the order they are sent. */
export const returnFields: readonly string[] = [
  "acquirerMessage",
  "acquirerRRN",
  "cartId",
  "customerEmail",
  "respCode",
  "respMessage",
  "respStatus",
  "signature",
  "token",
  "tranRef",
];

/** A request as a receiver got it; the names of headers are in lower case. */
export interface SignedRequest {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

/** 6.5 step 4: the bytes that stand for themselves. A space is `+`, all others are `%XX`. */
const unreserved = /[A-Za-z0-9\-_.]/;

function escapeText(text: string): string {
  let escaped = "";
  for (const byte of Buffer.from(text, "utf8")) {
    const character = String.fromCharCode(byte);
    if (unreserved.test(character)) escaped += character;
    else if (character === " ") escaped += "+";
    else escaped += `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return escaped;
}

/** The text that is signed: 6.5, steps 1 to 4. */
export function signedTextOf(fields: Iterable<readonly [name: string, value: string]>): string {
  return [...fields]
    .filter(([name]) => name !== "signature")
    .filter(([, value]) => value.length > 0)
    .toSorted(([a], [b]) => Buffer.compare(Buffer.from(a, "utf8"), Buffer.from(b, "utf8")))
    .map(([name, value]) => `${escapeText(name)}=${escapeText(value)}`)
    .join("&");
}

/** 6.5, steps 5 and 6; also the signature of a Callback's bytes (7). */
function hmacOf(serverKey: string, text: string | Buffer): string {
  return createHmac("sha256", serverKey).update(text).digest("hex").toLowerCase();
}

/**
 * What is wrong with a Return; `undefined` when it is genuine. Takes the ten fields of a form POST,
 * or what a GET carries once the merchant's own parameters are taken away (6.4).
 */
export function returnFault(
  fields: Iterable<readonly [name: string, value: string]>,
  serverKey: string,
): string | undefined {
  const sent = [...fields];
  const signatures = sent.filter(([name]) => name === "signature");
  const [, signature = ""] = signatures[0] ?? [];
  if (signatures.length !== 1) return `the Return has ${signatures.length} signatures`;
  if (!/^[0-9a-f]{64}$/.test(signature)) return "the Return's signature is not 64 lower-case hex";
  // 6.5, pitfalls: one verifier drops a field of value 0, the other keeps it.
  const zero = sent.find(([, value]) => value === "0");
  if (zero !== undefined) return `the Return's ${zero[0]} is 0`;
  const right = hmacOf(serverKey, signedTextOf(sent));
  return signature === right ? undefined : `the Return's signature is wrong`;
}

/** What is wrong with a Callback or an IPN; `undefined` when it is genuine. */
export function noticeFault(
  { headers, body }: SignedRequest,
  serverKey: string,
): string | undefined {
  const signature = headers["signature"];
  if (typeof signature !== "string") return "the notice has no Signature header";
  if (!/^[0-9a-f]{64}$/.test(signature)) return "the notice's Signature is not 64 lower-case hex";
  return signature === hmacOf(serverKey, body) ? undefined : "the notice's Signature is wrong";
}

/** A Return that a browser brings by GET, without the merchant's own parameters (6.4). */
export function withoutLocalParameters(query: URLSearchParams): [string, string][] {
  return [...query].filter(([name]) => returnFields.includes(name));
}
