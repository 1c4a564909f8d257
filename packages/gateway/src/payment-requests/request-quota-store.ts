import type { Pool } from "pg";

/** What is counted by the minute. */
export interface QuotaKey {
  readonly profileId: number;
  /** Empty: the merchant's calls. */
  readonly subject: string;
}

export interface QuotaTaken {
  /** How many permits this call got; 0 when the minute has none left. */
  readonly permits: number;
  /** How long the minute still lasts, in ms, by the database's clock; not above 0 if it is over. */
  readonly msLeft: number;
}

/** Rows of past subjects that are deleted at once. */
export const clearedMax = 1000;

/**
 * Takes up to `block` of the `limit` permits that the subject has in this minute, over all nodes.
 * One row for each, changed in place. The commit does not wait for the disk: a crash of the database
 * gives back the permits of its last moments, no more.
 */
export async function takePermits(
  pool: Pool,
  { profileId, subject }: QuotaKey,
  { limit, block }: { readonly limit: number; readonly block: number },
): Promise<QuotaTaken> {
  const { rows } = await pool.query<{ taken: number | null; ms_left: number }>({
    name: "take-request-permits",
    // A statement that waited for the row may find a later minute in it than its own.
    text: `with quota as (
        insert into request_quota as q (profile_id, subject, minute, taken)
        select $1, $4, date_trunc('minute', now()), $3
        from set_config('synchronous_commit', 'off', true)
        on conflict (profile_id, subject) do update set
          minute = greatest(q.minute, excluded.minute),
          taken = case when q.minute < excluded.minute then 0 else q.taken end + $3
        where q.minute < excluded.minute or q.taken < $2
        returning minute, taken)
      select taken, extract(epoch from coalesce(minute, date_trunc('minute', now()))
        + interval '1 minute' - clock_timestamp())::float8 * 1000 as ms_left
      from (values (1)) as one left join quota on true`,
    values: [profileId, limit, block, subject],
  });
  const [row] = rows;
  if (row === undefined) throw new Error("the quota was not returned");
  const beyond = Math.max(0, (row.taken ?? 0) - limit);
  return { permits: row.taken === null ? 0 : Math.max(0, block - beyond), msLeft: row.ms_left };
}

/**
 * Deletes what was counted of links, invoices and cards that nobody asked for in the last hour, of all
 * profiles; at most {@link clearedMax} rows.
 *
 * @returns how many it was
 */
export async function forgetQuotas(pool: Pool): Promise<number> {
  const { rowCount } = await pool.query(`delete from request_quota
    where (profile_id, subject) in (
      select profile_id, subject from request_quota
      where subject <> '' and minute < now() - interval '1 hour'
      limit ${clearedMax} for update skip locked)`);
  return rowCount ?? 0;
}
