import type { Pool } from "pg";
import { z } from "zod";
import { ApiError } from "../errors.ts";
import { JsonNumber } from "../http/json-body.ts";
import type { ApiBody } from "../http/merchant-api.ts";
import { profileIdMax } from "../ids.ts";
import { duplicateWindowSDefault, type RequestLimits } from "../profiles/profile.ts";
import { writeRequestLimits } from "../profiles/profiles-store.ts";

/** A day: no merchant wants a cart refused for longer. */
const windowSMax = 86_400;
const perMinuteMax = 1_000_000;

function wholeOrNull(max: number) {
  const rule = `must be null or a whole number from 0 to ${max}`;
  return z
    .instanceof(JsonNumber, { error: rule })
    .refine(({ source }) => /^\d{1,7}$/.test(source), rule)
    .transform(({ source }) => Number.parseInt(source, 10))
    .refine((value) => value <= max, rule)
    .nullable();
}

const schema = z.strictObject({
  duplicate_window_s: wholeOrNull(windowSMax),
  requests_per_minute: wholeOrNull(perMinuteMax),
});

/**
 * A profile's two limits on page creations; `null` goes back to the gateway's own, 0 turns one off.
 *
 * @throws ApiError INVALID_FIELD
 */
export function readRequestLimits(body: ApiBody): RequestLimits {
  const reading = schema.safeParse(body);
  if (reading.success) {
    const { duplicate_window_s: windowS, requests_per_minute: perMinute } = reading.data;
    return {
      duplicateWindowS: windowS ?? duplicateWindowSDefault,
      ...(perMinute !== null && { requestsPerMinute: perMinute }),
    };
  }
  const [issue] = reading.error.issues;
  const field = issue?.code === "unrecognized_keys" ? issue.keys[0] : issue?.path[0];
  throw new ApiError("INVALID_FIELD", {
    field: String(field ?? "body"),
    rule: issue?.code === "unrecognized_keys" ? "is unknown" : (issue?.message ?? "is invalid"),
  });
}

/**
 * @returns the profile's id
 * @throws ApiError PROFILE_NOT_FOUND
 */
export async function setRequestLimits(
  pool: Pool,
  profileId: string,
  limits: RequestLimits,
): Promise<number> {
  const id = /^\d{1,10}$/.test(profileId) ? Number.parseInt(profileId, 10) : profileIdMax + 1;
  const found = id <= profileIdMax && (await writeRequestLimits(pool, id, limits));
  if (!found) throw new ApiError("PROFILE_NOT_FOUND", { profile: profileId });
  return id;
}
