import { ApiError } from "../errors.ts";
import { profileIdMax } from "../ids.ts";
import type { ProfileDirectory } from "../profiles/directory.ts";
import type { Profile } from "../profiles/profile.ts";

/**
 * The profile that an address of the operators' API names.
 *
 * @throws ApiError PROFILE_NOT_FOUND
 */
export async function profileOfPath(profiles: ProfileDirectory, text: string): Promise<Profile> {
  const id = /^\d{1,10}$/.test(text) ? Number.parseInt(text, 10) : 0;
  const profile = id >= 1 && id <= profileIdMax ? await profiles.find(id) : undefined;
  if (profile === undefined) throw new ApiError("PROFILE_NOT_FOUND", { profile: text });
  return profile;
}
