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
  /** Codes of the methods of payment enabled; absent: all that the gateway offers. */
  readonly paymentMethods?: readonly string[];
  /** Looks of the payment page that requests choose by `config_id`. */
  readonly themes?: readonly PageTheme[];
  /** Whether the merchant may charge stored cards without the shopper. */
  readonly recurring: boolean;
  /** Milliseconds before each retry of a delivery, in place of the gateway's own. */
  readonly retryDelaysMs?: readonly number[];
}

/** A look of the payment page. */
export interface PageTheme {
  readonly configId: number;
  /** Of buttons and links, `#rrggbb`; pages make it darker or lighter where it could not be read. */
  readonly accent: string;
  /** One to three letters beside the shop's name. */
  readonly monogram?: string;
}

/** Whether the presented key is the profile's server key, in a time that tells nothing of it. */
export function isServerKey(profile: Profile, presented: string): boolean {
  const expected = Buffer.from(profile.serverKey);
  const given = Buffer.from(presented);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
