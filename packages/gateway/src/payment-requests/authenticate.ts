import type { FastifyRequest } from "fastify";
import type { Pool } from "pg";
import { ApiError } from "../errors.ts";
import { profileIdMax } from "../ids.ts";
import { note } from "../http/call-notes.ts";
import { JsonNumber } from "../http/json-body.ts";
import { type ApiBody, refuseWith200 } from "../http/merchant-api.ts";
import type { ProfileDirectory } from "../profiles/directory.ts";
import { isServerKey, type Profile } from "../profiles/profile.ts";
import { findProfileByServerKey } from "../profiles/profiles-store.ts";

/**
 * The profile a call acts for: `profile_id` in the body, its raw server key in `authorization`
 * (protocol.md 1.2).
 *
 * @throws ApiError PROFILE_ID_MISSING, or AUTHENTICATION_FAILED for any key but this profile's
 */
export async function authenticate(
  profiles: ProfileDirectory,
  request: FastifyRequest,
  body: ApiBody,
): Promise<Profile> {
  const profileId = readProfileId(body["profile_id"]);
  note(request, { profileId });
  const profile = await profiles.find(profileId);
  const presented = request.headers.authorization ?? "";
  if (profile === undefined || !isServerKey(profile, presented)) {
    throw new ApiError("AUTHENTICATION_FAILED");
  }
  return known(request, profile);
}

/**
 * The same where a call may carry nothing but its key, as every GET does (protocol.md 1.2): then the
 * key alone names the profile. A `profile_id` that is there has to be the key's.
 *
 * @throws ApiError as {@link authenticate} does, except for a `profile_id` that is missing
 */
export async function authenticateByKey(
  { profiles, pool }: { readonly profiles: ProfileDirectory; readonly pool: Pool },
  request: FastifyRequest,
  body: ApiBody,
): Promise<Profile> {
  const named = body["profile_id"] ?? "";
  if (named !== "") return authenticate(profiles, request, body);
  const presented = request.headers.authorization ?? "";
  const profile = await findProfileByServerKey(pool, presented);
  if (profile === undefined || !isServerKey(profile, presented)) {
    throw new ApiError("AUTHENTICATION_FAILED");
  }
  return known(request, profile);
}

/** From here on it is told what it is told in the way that it expects. */
function known(request: FastifyRequest, profile: Profile): Profile {
  note(request, { profileId: profile.profileId, authenticated: true });
  if (profile.habits?.refusals_with_200) refuseWith200(request);
  return profile;
}

/** An integer, or a numeric string as several clients send it. */
function readProfileId(value: unknown): number {
  const text = value instanceof JsonNumber ? value.source : value;
  if (text === undefined || text === null || text === "") {
    throw new ApiError("PROFILE_ID_MISSING", { rule: "is required" });
  }
  const id = typeof text === "string" && /^\d{1,10}$/.test(text) ? Number.parseInt(text, 10) : 0;
  if (id < 1 || id > profileIdMax) {
    throw new ApiError("PROFILE_ID_MISSING", { rule: "must be a whole number" });
  }
  return id;
}
