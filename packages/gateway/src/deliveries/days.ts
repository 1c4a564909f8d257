import type { Pool } from "pg";

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
    const dropped = await client.query<{ dropped: number }>(
      "select drop_delivery_days((now() at time zone 'UTC')::date - $1::integer) as dropped",
      [Math.max(retentionDays, retentionDaysMin)],
    );
    return { made: made.rows[0]?.made ?? 0, dropped: dropped.rows[0]?.dropped ?? 0 };
  } finally {
    // Closed, not reused: that forgets its setting, also when the connection is broken.
    client.release(true);
  }
}
