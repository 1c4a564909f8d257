import { randomBytes, randomInt, randomUUIDv7 } from "node:crypto";
import { formatTrace, type TraceKind } from "@wasl/protocol";

/** A time-ordered identifier (RFC 9562, version 7). */
export function uuidv7(): string {
  return randomUUIDv7();
}

let traceCounter = randomInt(0x1_0000_0000);

/** A new trace for an event at this time (protocol.md 3.4). */
export function newTrace(kind: TraceKind, at: Date): string {
  traceCounter = (traceCounter + 1) >>> 0;
  return formatTrace(kind, Math.floor(at.getTime() / 1000), traceCounter);
}

/**
 * The secret part of a payment page's address: 56 upper-case hex digits (protocol.md 3.1). The
 * first eight name the profile, so that the page is found by a key that begins with it; the other
 * 48 are random.
 */
export function newPageToken(profileId: number): string {
  return hex(profileId) + randomBytes(24).toString("hex").toUpperCase();
}

/** The largest number a profile can have: PostgreSQL's integer. */
export const profileIdMax = 2_147_483_647;

/** The profile a page token names, or `undefined` when the text is no page token. */
export function profileOfPageToken(token: string): number | undefined {
  if (!/^[0-9A-F]{56}$/.test(token)) return undefined;
  const profileId = Number.parseInt(token.slice(0, 8), 16);
  return profileId <= profileIdMax ? profileId : undefined;
}

/**
 * The secret part of an invoice's or a payment link's address: 32 upper-case hex digits (protocol.md
 * 1.3). The first eight name the profile, 24 are random.
 */
export function newLinkToken(profileId: number): string {
  return hex(profileId) + randomBytes(12).toString("hex").toUpperCase();
}

/** The profile such a token names, or `undefined` when the text is none. */
export function profileOfLinkToken(token: string): number | undefined {
  if (!/^[0-9A-F]{32}$/.test(token)) return undefined;
  const profileId = Number.parseInt(token.slice(0, 8), 16);
  return profileId <= profileIdMax ? profileId : undefined;
}

function hex(profileId: number): string {
  return profileId.toString(16).toUpperCase().padStart(8, "0");
}

const keyAlphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

function keyText(first: string, groups: number, length: number): string {
  const characters = Array.from(
    { length: groups * length },
    () => keyAlphabet[randomInt(keyAlphabet.length)] ?? "",
  );
  characters[0] = first;
  return Array.from({ length: groups }, (_, group) =>
    characters.slice(group * length, (group + 1) * length).join(""),
  ).join("-");
}

/** A server key: three groups of ten, the first character `S` (protocol.md 1.2). */
export function newServerKey(): string {
  return keyText("S", 3, 10);
}

/** A client key: four groups of six, the first character `C` (protocol.md 1.2). */
export function newClientKey(): string {
  return keyText("C", 4, 6);
}
