import { createHash } from "node:crypto";
import type { Pool } from "pg";
import type { UsedOnce } from "../transactions/transactions-store.ts";
import { clearedMax } from "./payment-tokens-store.ts";

/** How long a used token is remembered, in days: far longer than a wallet's token is good. */
const rememberedDays = 30;

/**
 * Uses a wallet's token up, by the name its wallet gave it (Apple Pay's `transactionIdentifier`),
 * in the statement that writes its payment: one that is not written leaves the token good.
 */
export function useOfWalletToken(tokenId: string): UsedOnce {
  return {
    name: "wallet-token",
    cte: (parameter) => `used as (
        insert into used_wallet_token (profile_id, lookup, expires_at)
        select $1, ${parameter}, now() + make_interval(days => ${rememberedDays})
        from earlier where repeats is null
        on conflict do nothing
        returning 1)`,
    value: createHash("sha256").update(tokenId).digest(),
  };
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
