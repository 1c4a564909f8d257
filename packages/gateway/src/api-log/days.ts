import type { Pool } from "pg";

/** Parts are made so many days ahead, and looked after every hour. */
const daysAhead = 2;

/** Making and dropping a part waits this long for a lock at most. */
const lockWait = "500ms";

/**
 * Makes the parts of the log for the days to come, and drops those past the retention, whole. Days
 * are UTC's, by the database's clock.
 *
 * @throws when a lock cannot be had in time; nothing is half done then
 */
export async function keepCallDays(
  pool: Pool,
  retentionDays: number,
): Promise<{ readonly made: number; readonly dropped: number }> {
  const client = await pool.connect();
  try {
    await client.query(`set lock_timeout = '${lockWait}'`);
    const made = await client.query<{ made: number }>(
      `select make_api_call_days(today - 1, today + $1::integer) as made
       from (select (now() at time zone 'UTC')::date as today) days`,
      [daysAhead],
    );
    const dropped = await client.query<{ dropped: number }>(
      "select drop_api_call_days((now() at time zone 'UTC')::date - $1::integer) as dropped",
      [retentionDays],
    );
    return { made: made.rows[0]?.made ?? 0, dropped: dropped.rows[0]?.dropped ?? 0 };
  } finally {
    // Closed, not reused: that forgets its setting, also when the connection is broken.
    client.release(true);
  }
}
