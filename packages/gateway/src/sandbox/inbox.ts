import { randomBytes } from "node:crypto";

export type InboxKind = "return" | "callback";

export type HeaderPair = readonly [name: string, value: string];

/** A message as the built-in inbox keeps it. */
export interface InboxMessage {
  readonly kind: InboxKind;
  readonly at: Date;
  readonly tranRef: string;
  readonly method: string;
  /** As it stood in the request line: path and query. */
  readonly url: string;
  readonly headers: readonly HeaderPair[];
  /** The exact bytes. */
  readonly body: Buffer;
}

/** The largest message an inbox takes, in bytes. */
export const messageBytesMax = 65_536;

/** How many messages an inbox keeps, and how many inboxes a profile; the oldest give way. */
export const messagesPerInboxMax = 100;
export const inboxesPerProfileMax = 300;

/** A new inbox: eight hex digits name the profile, the other 32 are random. */
export function newInboxId(profileId: number): string {
  return profileId.toString(16).padStart(8, "0") + randomBytes(16).toString("hex");
}

/** The profile an inbox id names, or `undefined` when the text is no inbox id. */
export function profileOfInbox(inboxId: string): number | undefined {
  if (!/^[0-9a-f]{40}$/.test(inboxId)) return undefined;
  const profileId = Number.parseInt(inboxId.slice(0, 8), 16);
  return profileId <= 2_147_483_647 ? profileId : undefined;
}

/** Where an inbox takes its messages, for a payment's `return` or `callback`. */
export function inboxUrl(publicUrl: string, inboxId: string, kind: InboxKind): string {
  return `${publicUrl}/sandbox/inbox/${inboxId}/${kind}`;
}

/** The inbox an address of a payment leads to; `undefined` when it leads elsewhere. */
export function inboxOfUrl(publicUrl: string, url: string | undefined): string | undefined {
  const base = `${publicUrl}/sandbox/inbox/`;
  if (url === undefined || !url.startsWith(base)) return undefined;
  const inboxId = url.slice(base.length).split("/")[0] ?? "";
  return profileOfInbox(inboxId) === undefined ? undefined : inboxId;
}

/** Names and values as they came, without the ones that hold somebody's secret. */
export function keptHeaders(rawHeaders: readonly string[]): HeaderPair[] {
  const pairs: HeaderPair[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    pairs.push([rawHeaders[index] ?? "", rawHeaders[index + 1] ?? ""]);
  }
  const secret = /^(cookie|authorization|proxy-authorization)$/i;
  return pairs.filter(([name]) => !secret.test(name));
}

/** Whether a text can be a tran_ref, so that no other text reaches the database as one. */
export function isTranRef(text: unknown): text is string {
  return typeof text === "string" && /^[A-Za-z0-9]{1,64}$/.test(text);
}

/** The payment a message is about, by its own words; `undefined` when it does not say. */
export function tranRefOf(
  kind: InboxKind,
  message: Pick<InboxMessage, "url" | "body">,
): string | undefined {
  if (kind === "callback") return readTranRef(message.body);
  const fields = new URLSearchParams(returnForm(message));
  const tranRef = fields.get("tranRef");
  return isTranRef(tranRef) ? tranRef : undefined;
}

/** The Return's form: the body of a POST, the query of a GET. */
export function returnForm(message: Pick<InboxMessage, "url" | "body">): string {
  if (message.body.length > 0) return message.body.toString("utf8");
  const at = message.url.indexOf("?");
  return at === -1 ? "" : message.url.slice(at + 1);
}

function readTranRef(body: Buffer): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString("utf8"));
    if (typeof parsed !== "object" || parsed === null || !("tran_ref" in parsed)) return undefined;
    return isTranRef(parsed.tran_ref) ? parsed.tran_ref : undefined;
  } catch {
    return undefined;
  }
}
