import { createHash } from "node:crypto";
import type { Pool } from "pg";
import { clearedMax } from "./payment-tokens-store.ts";

/** How long a used token is remembered, in days: far longer than a wallet's token is good. */
const rememberedDays = 30;

/**
 * Uses a wallet's token up, by the name its wallet gave it (Apple Pay's `transactionIdentifier`).
 *
 * @returns whether this is its first use by the profile
 */
export async function useWalletToken(
  pool: Pool,
  profileId: number,
  tokenId: string,
): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: "use-wallet-token",
    text: `insert into used_wallet_token (profile_id, lookup, expires_at)
      values ($1, $2, now() + make_interval(days => ${rememberedDays})) on conflict do nothing`,
    values: [profileId, createHash("sha256").update(tokenId).digest()],
  });
  return rowCount === 1;
}

/**
 * Forgets tokens that nobody would take any more, the oldest first; at most {@link clearedMax}.
 *
 * @returns how many it was
 */
export async function forgetWalletTokens(pool: Pool): Promise<number> {
  const { rowCount } = await pool.query(`delete from used_wallet_token
    where (profile_id, lookup) in (
      select profile_id, lookup from used_wallet_token where expires_at < now()
      order by expires_at limit ${clearedMax} for update skip locked)`);
  return rowCount ?? 0;
}
