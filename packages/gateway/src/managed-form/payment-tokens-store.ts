import type { Pool } from "pg";
import type { UsedOnce } from "../transactions/transactions-store.ts";
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

/** The card of a token that is still good. `undefined`: used, expired, unknown, or another profile's. */
export async function findCard(
  pool: Pool,
  profileId: number,
  token: string,
): Promise<FormCard | undefined> {
  const { rows } = await pool.query<{ sealed: Buffer }>({
    name: "find-payment-token",
    text: `select sealed from payment_token
      where profile_id = $1 and lookup = $2 and expires_at > now()`,
    values: [profileId, lookupOf(token)],
  });
  return rows[0] && openCard(token, profileId, rows[0].sealed);
}

/** Uses a token up and deletes its card, in the statement that writes its payment. */
export function useOfPaymentToken(token: string): UsedOnce {
  return {
    name: "payment-token",
    cte: (parameter) => `used as (
        delete from payment_token
        where profile_id = $1 and lookup = ${parameter} and expires_at > now()
          and (select repeats is null from earlier)
        returning 1)`,
    value: lookupOf(token),
  };
}
