import { encodeForm } from "@wasl/protocol";
import type { DeliveryRecord } from "../deliveries/delivery.ts";
import type { ReturnHandOff } from "../responses/return.ts";
import {
  explainCallbackSignature,
  explainReturnSignature,
  type SignatureExplanation,
} from "./explain-signature.ts";
import { type HeaderPair, type InboxMessage, returnForm } from "./inbox.ts";

/** A Return or Callback on the wire, ready to be shown. */
export interface MessageView {
  /** `sent`: what we gave away, when the other end is not ours to look at. */
  readonly seen: "received" | "sent";
  readonly method: string;
  readonly url: string;
  readonly headers: readonly HeaderPair[];
  /** The exact body, or the query of a GET. */
  readonly raw: string;
  readonly bytes: number;
  /** A form's fields, decoded, in the order they came; `null` for JSON. */
  readonly fields: readonly (readonly [string, string])[] | null;
  /** JSON with line breaks; `null` for a form and for what is no JSON. */
  readonly pretty: string | null;
  readonly signature: SignatureExplanation;
}

/** A message of the built-in inbox with its signature checked. */
export function receivedMessage(message: InboxMessage, serverKey: string): MessageView {
  const { kind, method, url, headers, body } = message;
  const common = { seen: "received", method, url, headers } as const;
  if (kind === "return") return { ...common, ...formParts(returnForm(message), serverKey) };
  const signature = headers.find(([name]) => name.toLowerCase() === "signature")?.[1];
  return { ...common, ...jsonParts(body, signature, serverKey) };
}

/** The Callback as it was sent to somebody's own address. */
export function callbackMessage(delivery: DeliveryRecord, serverKey: string): MessageView {
  const { url, contentType, headers, body } = delivery;
  const own = Object.entries(headers);
  return {
    seen: "sent",
    method: "POST",
    url,
    headers: [["Content-Type", contentType], ...own],
    ...jsonParts(body, headers["Signature"], serverKey),
  };
}

/** The Return as the browser got it for somebody's own address. */
export function returnMessage(
  handOff: Exclude<ReturnHandOff, { way: "none" }>,
  serverKey: string,
): MessageView {
  const { url } = handOff;
  const isPost = handOff.way === "post";
  const query = url.includes("?") ? url.slice(url.indexOf("?") + 1) : "";
  return {
    seen: "sent",
    method: isPost ? "POST" : "GET",
    url,
    headers: isPost ? [["Content-Type", "application/x-www-form-urlencoded"]] : [],
    ...formParts(isPost ? encodeForm(handOff.fields) : query, serverKey),
  };
}

type Parts = Pick<MessageView, "raw" | "bytes" | "fields" | "pretty" | "signature">;

function formParts(raw: string, serverKey: string): Parts {
  const fields = [...new URLSearchParams(raw)];
  return {
    raw,
    bytes: Buffer.byteLength(raw),
    fields,
    pretty: null,
    signature: explainReturnSignature(fields, serverKey),
  };
}

function jsonParts(body: Buffer, signature: string | undefined, serverKey: string): Parts {
  const raw = body.toString("utf8");
  return {
    raw,
    bytes: body.length,
    fields: null,
    pretty: prettyJson(raw),
    signature: explainCallbackSignature(body, signature, serverKey),
  };
}

/** JSON with line breaks; `null` for what is no JSON. */
export function prettyJson(text: string): string | null {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return null;
  }
}
