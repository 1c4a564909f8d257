import type { Pool } from "pg";
import type { Clock } from "../clock.ts";
import type { Profile } from "./profile.ts";
import { findProfile } from "./profiles-store.ts";

/** How long a profile read from the database may be used again, in ms. */
export const profileAgeMsMax = 5000;

/** How many profiles one node remembers at most. */
const profilesKeptMax = 10_000;

export interface ProfileDirectory {
  /** The profile, at most {@link profileAgeMsMax} old; `undefined` when there is none. */
  find(profileId: number): Promise<Profile | undefined>;
}

/** Profiles by id, remembered for a few seconds, so that a payment does not read them each time. */
export function createProfileDirectory(pool: Pool, clock: Clock): ProfileDirectory {
  const kept = new Map<number, { readonly profile: Profile; readonly readAt: number }>();
  return {
    async find(profileId) {
      const now = clock.now().getTime();
      const remembered = kept.get(profileId);
      if (remembered !== undefined && now - remembered.readAt < profileAgeMsMax) {
        return remembered.profile;
      }
      kept.delete(profileId);
      const profile = await findProfile(pool, profileId);
      if (profile === undefined) return undefined;
      if (kept.size >= profilesKeptMax) kept.clear();
      kept.set(profileId, { profile, readAt: now });
      return profile;
    },
  };
}
