import type { Pool } from "pg";
import type { Clock } from "../clock.ts";
import { ApiError } from "../errors.ts";
import type { Profile } from "../profiles/profile.ts";
import { takePermits } from "./request-quota-store.ts";

/** Calls in a minute unless the profile says otherwise; ClickPay publishes 20 (protocol.md 4). */
const limits = { strict: 20, live: 600 } as const;

/** In how many blocks a minute's permits are handed out to nodes, at least. */
const blocksPerMinute = 30;

/** How many profiles' minutes a node remembers before it forgets those that are over. */
const minutesKeptMax = 10_000;

/** What a node holds of a profile's minute. */
interface Minute {
  permits: number;
  /** Nobody gets any more until it is over. */
  readonly spent: boolean;
  /** By this node's clock, in ms; never later than the minute's end by the database's. */
  readonly endsAt: number;
}

export interface RateLimiter {
  /** @throws ApiError TOO_MANY_REQUESTS with the seconds until the minute is over */
  admit(profile: Profile): Promise<void>;
}

/** How many calls of `/payment/request` the profile may make in a minute; `undefined`: any number. */
export function limitOf(
  { mode, requestsPerMinute }: Pick<Profile, "mode" | "requestsPerMinute">,
  { strict }: { readonly strict: boolean },
): number | undefined {
  if (requestsPerMinute !== undefined) return requestsPerMinute || undefined;
  if (strict) return limits.strict;
  return mode === "live" ? limits.live : undefined;
}

/** How many permits a node takes at once: up to 59 a minute singly, so that these are counted exactly. */
export function blockOf(limit: number): number {
  return Math.max(1, Math.floor(limit / blocksPerMinute));
}

/**
 * Counts calls by the minute, over all nodes. A node takes permits in blocks from one row of the
 * database and hands them out from memory: about thirty small statements a minute for a busy
 * profile, whatever its limit, and none for one without a limit.
 *
 * Error: never more than the limit in a minute of the database's clock. The first refusal may come
 * early by what other nodes have taken and not used: at most a block less one each.
 */
export function createRateLimiter(services: {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly strict: boolean;
}): RateLimiter {
  const minutes = new Map<number, Minute>();
  const asked = new Map<number, Promise<Minute>>();

  const take = async (profileId: number, limit: number): Promise<Minute> => {
    const askedAt = services.clock.now().getTime();
    const block = blockOf(limit);
    const { permits, msLeft } = await takePermits(services.pool, profileId, { limit, block });
    const minute = { permits, spent: permits === 0, endsAt: askedAt + msLeft };
    if (minutes.size >= minutesKeptMax) forgetPast(minutes, askedAt);
    minutes.set(profileId, minute);
    return minute;
  };

  /** One question at a time for each profile, whose answer all that wait share. */
  const takeOnce = (profileId: number, limit: number): Promise<Minute> => {
    const underWay = asked.get(profileId);
    if (underWay !== undefined) return underWay;
    const question = take(profileId, limit).finally(() => asked.delete(profileId));
    asked.set(profileId, question);
    return question;
  };

  return {
    async admit(profile) {
      const limit = limitOf(profile, services);
      if (limit === undefined) return;
      const { profileId } = profile;
      let minute = minutes.get(profileId);
      // Ends: every turn either finds a permit, or takes a block of a minute that has a limit.
      for (;;) {
        const now = services.clock.now().getTime();
        if (minute !== undefined && now < minute.endsAt) {
          if (minute.spent) throw tooMany(limit, minute.endsAt - now);
          if (minute.permits > 0) {
            minute.permits -= 1;
            return;
          }
        }
        minute = await takeOnce(profileId, limit);
      }
    },
  };
}

function tooMany(limit: number, msLeft: number): ApiError {
  const retryAfterS = Math.max(1, Math.ceil(msLeft / 1000));
  const values = { limit: limit.toString(), seconds: retryAfterS.toString() };
  return new ApiError("TOO_MANY_REQUESTS", values, { retryAfterS });
}

function forgetPast(minutes: Map<number, Minute>, now: number): void {
  for (const [profileId, { endsAt }] of minutes) if (endsAt <= now) minutes.delete(profileId);
  // All of them of this minute: what they hold is given up, which only refuses the earlier.
  if (minutes.size >= minutesKeptMax) minutes.clear();
}
