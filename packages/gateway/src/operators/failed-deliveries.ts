import type { Pool } from "pg";

/** A delivery that was given up, as operators see it; its bytes are with the payment. */
export interface FailedDelivery {
  readonly profileId: number;
  readonly deliveryId: string;
  readonly subject: string;
  readonly purpose: string;
  readonly url: string;
  readonly lane: string;
  /** UTC, ISO 8601, in microseconds: as exact as the order of the list. */
  readonly exhaustedAt: string;
  /** The last attempt's end; null for one that was never tried. */
  readonly verdict: string | null;
  readonly detail: string | null;
}

interface FailedRow {
  profile_id: number;
  delivery_id: string;
  subject: string;
  purpose: string;
  url: string;
  lane: string;
  exhausted_at: string;
  verdict: string | null;
  detail: string | null;
}

/** Where a list goes on: the last row's time and id. */
export interface ListPlace {
  readonly exhaustedAt: string;
  readonly deliveryId: string;
}

/** Deliveries given up and not redelivered, newest first. */
export async function listFailedDeliveries(
  pool: Pool,
  { profileId, before, limit }: { profileId?: number; before?: ListPlace; limit: number },
): Promise<readonly FailedDelivery[]> {
  const { rows } = await pool.query<FailedRow>(
    `select d.profile_id, d.delivery_id, d.subject, d.purpose, d.url, d.lane,
       to_char(d.exhausted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as exhausted_at,
       last.verdict, last.detail
     from (
       select * from delivery
       where exhausted_at is not null and ($1::integer is null or profile_id = $1)
         and ($2::timestamptz is null or (exhausted_at, delivery_id) < ($2, $3::uuid))
       order by exhausted_at desc, delivery_id desc limit $4) d
     left join lateral (
       select a.verdict, a.detail from delivery_attempt a
       where a.profile_id = d.profile_id and a.delivery_id = d.delivery_id
       order by a.number desc limit 1) last on true
     order by d.exhausted_at desc, d.delivery_id desc`,
    [profileId, before?.exhaustedAt, before?.deliveryId, limit],
  );
  return rows.map((row) => ({
    profileId: row.profile_id,
    deliveryId: row.delivery_id,
    subject: row.subject,
    purpose: row.purpose,
    url: row.url,
    lane: row.lane,
    exhaustedAt: row.exhausted_at,
    verdict: row.verdict,
    detail: row.detail,
  }));
}
