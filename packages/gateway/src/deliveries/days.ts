import type { Pool, PoolClient } from "pg";

/** Parts are made so many days ahead, so that a gateway may stand still that long. */
const daysAhead = 7;

/** Making and dropping a part waits this long for a lock at most: payments wait behind it. */
const lockWait = "500ms";

/** How long finished deliveries are kept when nothing else is said. */
export const retentionDaysDefault = 90;

/** Nothing is dropped before this age: the longest schedule, and a day on both sides. */
export const retentionDaysMin = 5;

/**
 * Makes the parts of the history for the days to come, and drops those past the retention, whole.
 * Days are UTC's, by the database's clock.
 *
 * @throws when a lock cannot be had in time; nothing is half done then
 */
export async function keepDays(
  pool: Pool,
  retentionDays: number,
): Promise<{ readonly made: number; readonly dropped: number }> {
  const client = await pool.connect();
  try {
    await client.query(`set lock_timeout = '${lockWait}'`);
    const made = await client.query<{ made: number }>(
      `select make_delivery_days(today - 1, today + $1::integer) as made
       from (select (now() at time zone 'UTC')::date as today) days`,
      [daysAhead],
    );
    const old = await client.query<{ before: string; day: string | null }>(
      `select before::text, day::text
       from (select (now() at time zone 'UTC')::date - $1::integer as before) kept
       left join lateral old_delivery_days(before) day on true`,
      [Math.max(retentionDays, retentionDaysMin)],
    );
    let dropped = 0;
    for (const { day } of old.rows) {
      if (day !== null && (await dropDay(client, day))) dropped += 1;
    }
    await client.query("select clear_default_days($1::date)", [old.rows[0]?.before]);
    return { made: made.rows[0]?.made ?? 0, dropped };
  } finally {
    // Closed, not reused: that forgets its setting, also when the connection is broken.
    client.release(true);
  }
}

/** `false`: a delivery of it is still open. */
async function dropDay(client: PoolClient, day: string): Promise<boolean> {
  const { rows } = await client.query<{ dropped: boolean }>(
    "select drop_delivery_day($1::date) as dropped",
    [day],
  );
  return rows[0]?.dropped ?? false;
}
