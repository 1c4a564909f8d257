import type { Pool } from "pg";

export interface Filling {
  readonly state: "pending" | "leased" | "delivered";
  readonly count: number;
  /** The first of the profiles they belong to in turn, and how many these are. */
  readonly profileId: number;
  readonly profiles?: number;
  /** Rows are numbered from here; ids and tokens are made from the numbers. */
  readonly from: number;
  /** They were made over so many days up to now, evenly, and those of the backlog are due since. */
  readonly days: number;
}

/** The numbered rows with all that the tables need of them. */
const made = `with numbered as (
    select i, $2::integer + i % $3::integer as profile_id,
      now() - ($1 - i + $4) * interval '1 day' * $5::float8 / $1 as moment
    from generate_series($4::integer, $4 + $1::integer - 1) i),
  named as (
    select *, md5(i::text) as digest,
      profile_id || ' https://shop-' || profile_id || '.example:443' as lane
    from numbered),
  made as (
    select *,
      (left(uuid_from(moment)::text, 14) || '7' || left(digest, 3) || '-8' || substr(digest, 4, 3)
        || '-' || substr(digest, 7, 12))::uuid as id,
      ('x' || encode(substr(sha256(convert_to(lane, 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint
        as lane_id
    from named)`;

const statements = {
  delivery: `${made} insert into delivery (profile_id, delivery_id, subject, purpose, lane, lane_id,
      url, content_type, headers, body, allow_private, created_at)
    select profile_id, id, 'SUBJECT' || i, 'callback', lane, lane_id,
      'https://shop-' || profile_id || '.example/cb', 'application/json', '{"Signature":"00ff"}',
      '{"tran_ref":"TST2609100000101"}', false, moment
    from made`,
  attempt: `${made} insert into delivery_attempt (profile_id, delivery_id, number, node_id,
      started_at, total_ms, verdict, detail, answer_headers, answer)
    select profile_id, id, 1, 'filled', moment, 3, 'ok', '200', '{}', 'thanks' from made`,
  pending: `${made} insert into delivery_queue (profile_id, delivery_id, lane_id, state, due_at)
    select profile_id, id, lane_id, 'pending', moment from made`,
  lane: `${made} insert into lane (profile_id, lane_id, name, next_due_at)
    select profile_id, lane_id, lane, min(moment) from made group by 1, 2, 3
    on conflict do nothing`,
  leased: `${made} insert into delivery_queue (profile_id, delivery_id, lane_id, state, due_at,
      node_id, lease_token, lease_until)
    select profile_id, id, lane_id, 'leased', moment, 'filled', digest::uuid,
      now() + interval '1 hour'
    from made`,
};

const tables = {
  pending: ["delivery", "pending", "lane"],
  leased: ["delivery", "leased"],
  delivered: ["delivery", "attempt"],
} as const;

/** Writes deliveries in bulk as the engine would have left them. */
export async function fill(pool: Pool, filling: Filling): Promise<void> {
  const { state, count, profileId, profiles = 1, from, days } = filling;
  const client = await pool.connect();
  try {
    await client.query("set statement_timeout = 0");
    // In one transaction, since the ids are made of its time.
    await client.query("begin");
    for (const table of tables[state]) {
      const statement = {
        text: statements[table],
        values: [count, profileId, profiles, from, days],
        query_timeout: 600_000,
      };
      await client.query(statement);
    }
    await client.query("commit");
  } finally {
    client.release(true);
  }
}
