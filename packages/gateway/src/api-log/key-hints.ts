import type { KeyKind } from "./api-call.ts";

/** A key that was refused, and for which profile. It is a secret: never written, never shown. */
export interface RefusedKey {
  readonly presented: string;
  /** The profile that the call names; `undefined` when it names none. */
  readonly profileId: number | undefined;
}

/** A profile that has to do with a refused key. */
export interface KeyOwner {
  readonly profileId: number;
  readonly serverKey: string;
  readonly clientKey: string;
}

/** Every client that adds a scheme before the key does so by the habit of other gateways. */
const scheme = /^(?:bearer|basic|token|key|apikey)\b[\s:]*/i;

const quotes = /^["']+|["']+$/g;

/** What is left of a header when the usual mistakes are taken away. */
export function bareKey(presented: string): string {
  return presented.replace(scheme, "").replaceAll(quotes, "").trim();
}

/** The kind of key a header holds, by its shape (protocol.md 1.2). */
export function keyKindOf(presented: string | undefined): KeyKind {
  if (presented === undefined || presented === "") return "none";
  if (/^[A-Z0-9]{10}(?:-[A-Z0-9]{10}){2}$/i.test(presented)) return "server";
  if (/^[A-Z0-9]{6}(?:-[A-Z0-9]{6}){3}$/i.test(presented)) return "client";
  return scheme.test(presented) ? "scheme" : "other";
}

/**
 * Why a key was refused. The caller is told one sentence for all causes; whoever may read the log
 * sees which it was.
 *
 * @param owners the profile of the body, and those that any form of the key belongs to
 */
export function keyHint({ presented, profileId }: RefusedKey, owners: readonly KeyOwner[]): string {
  if (presented === "") {
    return "No key came: send the profile's server key in the authorization header, as it is.";
  }
  const named = owners.find((owner) => owner.profileId === profileId);
  const bare = bareKey(presented);
  const owner = owners.find(({ serverKey }) => serverKey === bare);
  const advice = bare === presented ? "" : wrapped(presented);
  if (owner !== undefined && owner.profileId === profileId) return `${advice} The key is right.`;
  const unknown = named === undefined && profileId !== undefined;
  const whose = unknown ? `There is no profile ${profileId} here.` : "";
  const found = owner === undefined ? strangeKey(bare, named, owners) : otherProfile(owner);
  return [advice, whose, found].filter((part) => part !== "").join(" ");
}

function wrapped(presented: string): string {
  return scheme.test(presented)
    ? "A word such as Bearer came before the key: the header is the key alone."
    : "Quotes came around the key: the header is the key alone.";
}

function otherProfile({ profileId }: KeyOwner): string {
  return `This key belongs to another profile, ${profileId}: profile_id and key must be of one profile.`;
}

function strangeKey(
  bare: string,
  named: KeyOwner | undefined,
  owners: readonly KeyOwner[],
): string {
  const upper = bare.toUpperCase();
  const ofClient = owners.find(({ clientKey }) => clientKey === upper);
  if (ofClient !== undefined) {
    return "This is a client key, for browsers: server calls need the server key.";
  }
  if (named !== undefined && named.serverKey === upper) {
    return "The key is right but for its letter case: keys are in capitals.";
  }
  const kind = keyKindOf(bare);
  if (kind === "client") {
    return "This has the shape of a client key, for browsers: server calls need the server key.";
  }
  if (kind === "server") {
    return "No profile here has this key: is it of another gateway, of another region, or of before a change of keys?";
  }
  const length = Array.from(bare).length;
  return `This is no server key: it has ${length} characters, a server key has 32, three groups of ten. Was it cut, or is it another secret?`;
}
