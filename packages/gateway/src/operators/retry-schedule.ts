import type { Pool } from "pg";
import { z } from "zod";
import { ApiError } from "../errors.ts";
import { JsonNumber } from "../http/json-body.ts";
import type { ApiBody } from "../http/merchant-api.ts";
import { profileIdMax } from "../ids.ts";

/** As long as the schedule of the Standard Webhooks specification, in seconds. */
const scheduleSMax = 75 * 3600;
const retriesMax = 30;

const rule = `must be null or 1 to ${retriesMax} whole seconds, together at most ${scheduleSMax}`;

const schema = z.strictObject({
  retry_delays_s: z
    .array(
      z
        .instanceof(JsonNumber, { error: rule })
        .refine(({ source }) => /^[1-9]\d{0,5}$/.test(source), rule)
        .transform(({ source }) => Number.parseInt(source, 10)),
      rule,
    )
    .min(1, rule)
    .max(retriesMax, rule)
    .refine((delays) => delays.reduce((sum, delay) => sum + delay, 0) <= scheduleSMax, rule)
    .nullable(),
});

/**
 * The delays before each retry in seconds; `null` goes back to the gateway's own.
 *
 * @throws ApiError INVALID_FIELD
 * @example readRetrySchedule({ retry_delays_s: [60, 300] }) // with JsonNumbers, as `bodyOf` reads
 */
export function readRetrySchedule(body: ApiBody): readonly number[] | null {
  const reading = schema.safeParse(body);
  if (!reading.success) throw new ApiError("INVALID_FIELD", { field: "retry_delays_s", rule });
  return reading.data.retry_delays_s;
}

/**
 * @returns the profile's id
 * @throws ApiError PROFILE_NOT_FOUND
 */
export async function setRetrySchedule(
  pool: Pool,
  profileId: string,
  schedule: readonly number[] | null,
): Promise<number> {
  const id = /^\d{1,10}$/.test(profileId) ? Number.parseInt(profileId, 10) : profileIdMax + 1;
  const { rowCount } =
    id > profileIdMax
      ? { rowCount: 0 }
      : await pool.query("update profile set retry_delays_s = $2 where profile_id = $1", [
          id,
          schedule,
        ]);
  if (rowCount !== 1) throw new ApiError("PROFILE_NOT_FOUND", { profile: profileId });
  return id;
}
