import { timingSafeEqual } from "node:crypto";
import type { Currency } from "@wasl/protocol";

/** What a profile's calls of `/payment/request` are held to. */
export interface RequestLimits {
  /** How long the same cart, amount and currency are refused again, in seconds; 0: never. */
  readonly duplicateWindowS: number;
  /** Calls in a minute; 0: any number. Absent: as the gateway's rules say. */
  readonly requestsPerMinute?: number;
}

/** A merchant's account at the gateway (PT2's profile), with its two keys. */
export interface Profile extends RequestLimits {
  readonly profileId: number;
  readonly merchantId: number;
  readonly name: string;
  readonly mode: "test" | "live";
  readonly currencies: readonly Currency[];
  readonly serverKey: string;
  readonly clientKey: string;
  /** Milliseconds before each retry of a delivery, in place of the gateway's own. */
  readonly retryDelaysMs?: readonly number[];
}

/** How long a repeated page is refused unless the profile says otherwise (protocol.md 4.1). */
export const duplicateWindowSDefault = 120;

/** Whether the presented key is the profile's server key, in a time that tells nothing of it. */
export function isServerKey(profile: Profile, presented: string): boolean {
  const expected = Buffer.from(profile.serverKey);
  const given = Buffer.from(presented);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
