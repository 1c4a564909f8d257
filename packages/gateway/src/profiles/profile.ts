import { timingSafeEqual } from "node:crypto";
import type { Currency } from "@wasl/protocol";
import type { ClientHabits } from "./client-habits.ts";
import type { IpnConfiguration } from "./ipn-configuration.ts";
import type { MailSettings } from "./mail-settings.ts";

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
  /** Codes of the methods of payment enabled; absent: all that the gateway offers. */
  readonly paymentMethods?: readonly string[];
  /** Looks of the payment page that requests choose by `config_id`. */
  readonly themes?: readonly PageTheme[];
  /** Whether the merchant may charge stored cards without the shopper. */
  readonly recurring: boolean;
  /** Milliseconds before each retry of a delivery, in place of the gateway's own. */
  readonly retryDelaysMs?: readonly number[];
  /** The configurations that are enabled; absent when there is none. */
  readonly ipns?: readonly IpnConfiguration[];
  /** Absent: nobody gets an e-mail. */
  readonly mail?: MailSettings;
  /** Absent: the usual ones. */
  readonly habits?: ClientHabits;
}

/** A look of the payment page. */
export interface PageTheme {
  readonly configId: number;
  /** Of buttons and links, `#rrggbb`; pages make it darker or lighter where it could not be read. */
  readonly accent: string;
  /** One to three letters beside the shop's name. */
  readonly monogram?: string;
}

/** How long a repeated page is refused unless the profile says otherwise (protocol.md 4.1). */
export const duplicateWindowSDefault = 120;

/** Whether the presented key is the profile's server key, in a time that tells nothing of it. */
export function isServerKey(profile: Profile, presented: string): boolean {
  const expected = Buffer.from(profile.serverKey);
  const given = Buffer.from(presented);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
