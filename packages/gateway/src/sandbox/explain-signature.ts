import { timingSafeEqual } from "node:crypto";
import { encodeFormValue, returnSigningText } from "@wasl/protocol";
import { hmacHex } from "../responses/sign.ts";

/** One step of checking a signature, as a person would do it. */
export interface SignatureStep {
  readonly title: string;
  /** What the step gives: lines of text to be shown as they are. */
  readonly lines: readonly string[];
}

export interface SignatureExplanation {
  /** `absent`: the message carries no signature. */
  readonly verdict: "valid" | "wrong" | "absent";
  readonly received: string;
  readonly computed: string;
  readonly steps: readonly SignatureStep[];
}

/**
 * Checks a Return's signature and shows every step (protocol.md 6.5). Of the server key the first
 * four characters are shown and no more.
 *
 * @param fields the form's pairs as they came, decoded
 * @example explainReturnSignature([["tranRef", "TST1"], ["signature", "…"]], key).verdict // "wrong"
 */
export function explainReturnSignature(
  fields: readonly (readonly [name: string, value: string])[],
  serverKey: string,
): SignatureExplanation {
  // As PHP does it: of two fields with one name the later counts.
  const form = Object.fromEntries(fields);
  const received = form["signature"] ?? "";
  const taken = Object.entries(form).filter(([name]) => name !== "signature");
  const empty = taken.filter(([, value]) => value === "").map(([name]) => name);
  const kept = taken.filter(([, value]) => value !== "").toSorted(([a], [b]) => (a < b ? -1 : 1));
  const signed = returnSigningText(form);
  return compared(received, hmacHex(serverKey, signed), serverKey, [
    {
      title: `Take all fields but signature: ${taken.length}`,
      lines: taken.map(([name, value]) => `${name} = ${value === "" ? "(empty)" : value}`),
    },
    {
      title: `Drop the empty ones: ${empty.length}`,
      lines: empty.length === 0 ? ["none is empty"] : [empty.join(", ")],
    },
    {
      title: "Sort by name and encode as PHP's http_build_query does",
      lines: kept.map(([name, value]) => `${encodeFormValue(name)}=${encodeFormValue(value)}`),
    },
    { title: "Join with &", lines: [signed] },
  ]);
}

/**
 * Checks a Callback's signature and shows every step (protocol.md 7): it covers the raw bytes.
 *
 * @param signature the header's value, `undefined` when there is none
 */
export function explainCallbackSignature(
  body: Uint8Array,
  signature: string | undefined,
  serverKey: string,
): SignatureExplanation {
  return compared(signature ?? "", hmacHex(serverKey, body), serverKey, [
    {
      title: `Take the body as raw bytes: ${body.length}`,
      lines: ["before any JSON parser: spaces and order of members count"],
    },
  ]);
}

function compared(
  received: string,
  computed: string,
  serverKey: string,
  before: readonly SignatureStep[],
): SignatureExplanation {
  const verdict = received === "" ? "absent" : isSame(received, computed) ? "valid" : "wrong";
  const ends = {
    valid: "equal, in constant time: the message is from the gateway and unchanged",
    wrong: "not equal: do not believe this message",
    absent: "there is no signature: do not believe this message",
  };
  return {
    verdict,
    received,
    computed,
    steps: [
      ...before,
      { title: `HMAC-SHA256 with the server key ${fingerprint(serverKey)}`, lines: [computed] },
      {
        title: "Compare with the signature that came",
        lines: received === "" ? [ends[verdict]] : [received, ends[verdict]],
      },
    ],
  };
}

/** Enough of a key to tell it from another. */
function fingerprint(serverKey: string): string {
  return `${serverKey.slice(0, 4)}…`;
}

function isSame(received: string, computed: string): boolean {
  const [a, b] = [Buffer.from(received), Buffer.from(computed)];
  return a.length === b.length && timingSafeEqual(a, b);
}
