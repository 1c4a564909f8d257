import { timingSafeEqual } from "node:crypto";
import type { Currency } from "@wasl/protocol";

/** A merchant's account at the gateway (PT2's profile), with its two keys. */
export interface Profile {
  readonly profileId: number;
  readonly merchantId: number;
  readonly name: string;
  readonly mode: "test" | "live";
  readonly currencies: readonly Currency[];
  readonly serverKey: string;
  readonly clientKey: string;
  /** Whether the merchant may charge stored cards without the shopper. */
  readonly recurring: boolean;
  /** Milliseconds before each retry of a delivery, in place of the gateway's own. */
  readonly retryDelaysMs?: readonly number[];
}

/** Whether the presented key is the profile's server key, in a time that tells nothing of it. */
export function isServerKey(profile: Profile, presented: string): boolean {
  const expected = Buffer.from(profile.serverKey);
  const given = Buffer.from(presented);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
