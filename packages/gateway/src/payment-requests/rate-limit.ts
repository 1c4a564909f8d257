import type { Pool } from "pg";
import type { Clock } from "../clock.ts";
import { ApiError } from "../errors.ts";
import type { Profile } from "../profiles/profile.ts";
import { createClientLimiter } from "./client-limit.ts";
import { type QuotaKey, takePermits } from "./request-quota-store.ts";

/** Calls in a minute unless the profile says otherwise; ClickPay publishes 20 (protocol.md 4). */
const limits = { strict: 20, live: 600 } as const;

/**
 * What anybody with an address may do in a minute, who has no key: of all links, all invoices or all
 * cards of the profile, and of each link or invoice; or as many as its own calls, if that is more.
 */
const publicLimits = { profile: 600, each: 120 } as const;

/**
 * Which part of the profile's bound one client may use, so that a few of them do not shut out the
 * rest: 30 payments and 60 cards a minute. Many shoppers of a mobile network share an address.
 */
const clientParts = { link: 20, invoice: 20, card: 10 } as const;

/** In how many blocks a minute's permits are handed out to nodes, at least. */
const blocksPerMinute = 30;

/** How many minutes of profiles and links a node remembers before it forgets those that are over. */
const minutesKeptMax = 10_000;

/** What a node holds of a minute. */
interface Minute {
  permits: number;
  /** Nobody gets any more until it is over. */
  readonly spent: boolean;
  /** By this node's clock, in ms; never later than the minute's end by the database's. */
  readonly endsAt: number;
}

/** Something done without a key: a payment from a link or an invoice, a card of the managed form. */
export interface PublicAct {
  readonly name: keyof typeof clientParts;
  /** The number of the link or invoice, which has a bound of its own. */
  readonly of?: number;
  /** The address it comes from. */
  readonly client: string;
}

export interface RateLimiter {
  /** @throws ApiError TOO_MANY_REQUESTS with the seconds until the minute is over */
  admit(profile: Profile): Promise<void>;
  /** @returns how many seconds to wait before it is tried again; `undefined`: it may be done */
  admitPublic(profile: Profile, act: PublicAct): Promise<number | undefined>;
}

/** How many calls that create something the profile may make in a minute; `undefined`: any number. */
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
  const minutes = new Map<string, Minute>();
  const asked = new Map<string, Promise<Minute>>();
  const clients = createClientLimiter(services);

  const take = async (name: string, key: QuotaKey, limit: number): Promise<Minute> => {
    const askedAt = services.clock.now().getTime();
    const block = blockOf(limit);
    const { permits, msLeft } = await takePermits(services.pool, key, { limit, block });
    const minute = { permits, spent: permits === 0, endsAt: askedAt + msLeft };
    if (minutes.size >= minutesKeptMax) forgetPast(minutes, askedAt);
    minutes.set(name, minute);
    return minute;
  };

  /** One question at a time for each key, whose answer all that wait share. */
  const takeOnce = (name: string, key: QuotaKey, limit: number): Promise<Minute> => {
    const underWay = asked.get(name);
    if (underWay !== undefined) return underWay;
    const question = take(name, key, limit).finally(() => asked.delete(name));
    asked.set(name, question);
    return question;
  };

  /** Uses one permit, or says how many seconds there will be none. */
  const use = async (key: QuotaKey, limit: number): Promise<number | undefined> => {
    const name = `${key.profileId} ${key.subject}`;
    let minute = minutes.get(name);
    // Ends: every turn either finds a permit, or takes a block of a minute that has a limit.
    for (;;) {
      const now = services.clock.now().getTime();
      if (minute !== undefined && now < minute.endsAt) {
        if (minute.spent) return Math.max(1, Math.ceil((minute.endsAt - now) / 1000));
        if (minute.permits > 0) {
          minute.permits -= 1;
          return undefined;
        }
      }
      minute = await takeOnce(name, key, limit);
    }
  };

  return {
    async admit(profile) {
      const limit = limitOf(profile, services);
      if (limit === undefined) return;
      const retryAfterS = await use({ profileId: profile.profileId, subject: "" }, limit);
      if (retryAfterS !== undefined) throw tooMany(limit, retryAfterS);
    },
    async admitPublic({ profileId, requestsPerMinute = 0 }, { name, of, client }) {
      const limit = Math.max(publicLimits.profile, requestsPerMinute);
      const ofClient = Math.floor(limit / clientParts[name]);
      const waitS = clients.admit(`${profileId} ${name}`, client, ofClient);
      if (waitS !== undefined) return waitS;
      const ofEach = Math.max(publicLimits.each, requestsPerMinute);
      const each =
        of === undefined ? undefined : await use({ profileId, subject: `${name} ${of}` }, ofEach);
      return each ?? use({ profileId, subject: name }, limit);
    },
  };
}

function tooMany(limit: number, retryAfterS: number): ApiError {
  const values = { limit: limit.toString(), seconds: retryAfterS.toString() };
  return new ApiError("TOO_MANY_REQUESTS", values, { retryAfterS });
}

function forgetPast(minutes: Map<string, Minute>, now: number): void {
  for (const [name, { endsAt }] of minutes) if (endsAt <= now) minutes.delete(name);
  // All of them of this minute: what they hold is given up, which only refuses the earlier.
  if (minutes.size >= minutesKeptMax) minutes.clear();
}
