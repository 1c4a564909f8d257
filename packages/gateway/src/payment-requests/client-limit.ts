import type { Clock } from "../clock.ts";
import { isPublicAddress, networkOf } from "../deliveries/address-guard.ts";

/** How many clients a node counts at once; beyond it, it forgets whoever was seen the longest ago. */
const clientsMax = 10_000;

export interface ClientLimiter {
  /** @returns how many seconds to wait; `undefined`: it may be done, and is counted */
  admit(act: string, address: string, limit: number): number | undefined;
}

/**
 * Counts by the calendar minute what one client does without a key, in this node's memory alone: it
 * comes before the bounds that all shoppers of a merchant share, so that one client cannot use those up.
 * An IPv6 client is its /64, which it has for itself. Addresses that are not public are not counted:
 * they are a developer's, or a proxy's behind which every shopper looks the same.
 */
export function createClientLimiter({ clock }: { readonly clock: Clock }): ClientLimiter {
  const counts = new Map<string, number>();
  let minute = 0;
  return {
    admit(act, address, limit) {
      if (!isPublicAddress(address)) return undefined;
      const now = clock.now().getTime();
      if (Math.floor(now / 60_000) !== minute) {
        minute = Math.floor(now / 60_000);
        counts.clear();
      }
      const client = `${act} ${networkOf(address)}`;
      const count = (counts.get(client) ?? 0) + 1;
      if (count > limit) return Math.ceil(((minute + 1) * 60_000 - now) / 1000);
      // Written anew, it is the last that is forgotten.
      counts.delete(client);
      counts.set(client, count);
      const [oldest] = counts.keys();
      if (counts.size > clientsMax && oldest !== undefined) counts.delete(oldest);
      return undefined;
    },
  };
}
