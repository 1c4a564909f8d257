import type { Pool } from "pg";
import { type FormCard, lookupOf, openCard, sealCard } from "./payment-token.ts";

/** How long a shop has to use a token, in minutes; the protocol does not say (protocol.md 11). */
export const tokenMinutes = 15;

/** Expired rows that are deleted at once. */
export const clearedMax = 1000;

/** Keeps a card under its token. */
export async function keepCard(
  pool: Pool,
  profileId: number,
  token: string,
  card: FormCard,
): Promise<void> {
  await pool.query({
    name: "keep-payment-token",
    text: `insert into payment_token (profile_id, lookup, sealed, expires_at)
      values ($1, $2, $3, now() + make_interval(mins => ${tokenMinutes}))`,
    values: [profileId, lookupOf(token), sealCard(token, profileId, card)],
  });
}

/**
 * Deletes cards that nobody came for, the oldest first; at most {@link clearedMax} of them.
 *
 * @returns how many it was
 */
export async function clearExpired(pool: Pool): Promise<number> {
  const { rowCount } = await pool.query(`delete from payment_token where (profile_id, lookup) in (
    select profile_id, lookup from payment_token where expires_at < now()
    order by expires_at limit ${clearedMax} for update skip locked)`);
  return rowCount ?? 0;
}

/** Takes the card of a token, once. `undefined`: used, expired, unknown, or another profile's. */
export async function takeCard(
  pool: Pool,
  profileId: number,
  token: string,
): Promise<FormCard | undefined> {
  const { rows } = await pool.query<{ sealed: Buffer; fresh: boolean }>({
    name: "take-payment-token",
    text: `delete from payment_token where profile_id = $1 and lookup = $2
      returning sealed, expires_at > now() as fresh`,
    values: [profileId, lookupOf(token)],
  });
  const [row] = rows;
  return row?.fresh ? openCard(token, profileId, row.sealed) : undefined;
}
