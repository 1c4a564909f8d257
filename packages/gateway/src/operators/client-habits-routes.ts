import type { FastifyInstance } from "fastify";
import type { Pool } from "pg";
import { z } from "zod";
import { bodyOf } from "../http/merchant-api.ts";
import { type ClientHabits, usualHabits } from "../profiles/client-habits.ts";
import type { ProfileDirectory } from "../profiles/directory.ts";
import { setClientHabits } from "../profiles/profiles-store.ts";
import { firstFault } from "./first-fault.ts";
import { profileOfPath } from "./profile-param.ts";

const rule = "must be true or false";

const schema = z.strictObject({
  refusals_with_200: z.boolean(rule),
  message_in_get_return: z.boolean(rule),
  callback_https_only: z.boolean(rule),
} satisfies Record<keyof ClientHabits, z.ZodType>);

/** What a profile's own clients expect where shipped ones disagree. */
export function clientHabitsRoutes(
  app: FastifyInstance,
  { pool, profiles }: { readonly pool: Pool; readonly profiles: ProfileDirectory },
): void {
  const path = "/operators/profiles/:profileId/client-habits";
  app.get<{ Params: { profileId: string } }>(path, async (request) => {
    const { profileId, habits } = await profileOfPath(profiles, request.params.profileId);
    return { profile_id: profileId, ...(habits ?? usualHabits) };
  });
  app.put<{ Params: { profileId: string } }>(path, async (request) => {
    const { profileId } = await profileOfPath(profiles, request.params.profileId);
    const reading = schema.safeParse(bodyOf(request));
    if (!reading.success) throw firstFault(reading.error);
    await setClientHabits(pool, profileId, reading.data);
    return { profile_id: profileId, ...reading.data };
  });
}
