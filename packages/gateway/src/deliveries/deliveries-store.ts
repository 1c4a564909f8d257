import type { Pool, PoolClient } from "pg";
import type { Completion, HeldDelivery } from "./delivery.ts";

export type Database = Pick<Pool | PoolClient, "query">;

/** Names one row and the lease under which it may be written. */
export type LeaseKey = Pick<HeldDelivery, "profileId" | "id" | "leaseToken">;

interface ClaimedRow {
  profile_id: number;
  delivery_id: string;
  lane: string;
  url: string;
  content_type: string;
  headers: Record<string, string>;
  body: Buffer;
  allow_private: boolean;
  attempt_count: number;
}

/** What a claim may take, so that it never brings more than the node has room for. */
export interface ClaimBounds {
  /** Lanes are visited in order of their names, beginning behind this one. */
  readonly afterLane: string;
  readonly lanesMax: number;
  readonly perLaneMax: number;
  /** Lanes this node has enough of. */
  readonly fullLanes: readonly string[];
}

export interface Claim {
  readonly rows: readonly Omit<HeldDelivery, "leaseEndsMs">[];
  /** Where the next claim goes on; `""` when the last lane has been visited. */
  readonly nextLane: string;
}

/**
 * Takes due rows from the backlog, a few of each lane. The loose index scan over lanes makes the
 * cost depend on the number of lanes, not of rows: a merchant with half a million due rows costs
 * what one with thirty does (measured in delivery.md, 3.B).
 */
export async function claimDue(
  database: Database,
  bounds: ClaimBounds,
  lease: { nodeId: string; leaseToken: string; leaseMs: number },
): Promise<Claim> {
  const { rows } = await database.query<
    ClaimedRow & { lanes_seen: number; last_lane: string | null }
  >(
    `with recursive walk as (
       (select lane from delivery where state = 'pending' and lane > $1 order by lane limit 1)
       union all
       select (select d.lane from delivery d where d.state = 'pending' and d.lane > walk.lane
               order by d.lane limit 1)
       from walk where walk.lane is not null
     ), page as materialized (
       select lane from walk where lane is not null limit $2
     ), due as materialized (
       select d.profile_id, d.delivery_id from page cross join lateral (
         select profile_id, delivery_id from delivery
         where state = 'pending' and lane = page.lane and due_at <= now()
         order by due_at, delivery_id limit $3 for update skip locked) d
       where page.lane <> all ($4::text[])
     ), claimed as (
       update delivery d set state = 'leased', node_id = $5, lease_token = $6,
         lease_until = now() + $7 * interval '1 millisecond'
       from due where d.profile_id = due.profile_id and d.delivery_id = due.delivery_id
       returning d.profile_id, d.delivery_id, d.lane, d.url, d.content_type, d.headers, d.body,
         d.allow_private, d.attempt_count
     )
     select seen.*, claimed.* from (
       select count(*)::integer as lanes_seen, max(lane) as last_lane from page) seen
     left join claimed on true
     order by claimed.delivery_id`,
    [
      bounds.afterLane,
      bounds.lanesMax,
      bounds.perLaneMax,
      bounds.fullLanes,
      lease.nodeId,
      lease.leaseToken,
      lease.leaseMs,
    ],
  );
  const more = rows[0]?.lanes_seen === bounds.lanesMax;
  return {
    // The page's own columns come alone when nothing was claimed.
    rows: rows
      .filter((row) => row.delivery_id !== null)
      .map((row) => claimedRow(row, lease.leaseToken)),
    nextLane: more ? (rows[0]?.last_lane ?? "") : "",
  };
}

function claimedRow(row: ClaimedRow, leaseToken: string): Omit<HeldDelivery, "leaseEndsMs"> {
  return {
    profileId: row.profile_id,
    id: row.delivery_id,
    lane: row.lane,
    url: row.url,
    contentType: row.content_type,
    headers: row.headers,
    body: row.body,
    allowPrivate: row.allow_private,
    attemptCount: row.attempt_count,
    leaseToken,
  };
}

/** Puts what dead nodes held back into the backlog; says how many rows it was. */
export async function sweepExpiredLeases(database: Database, rowsMax: number): Promise<number> {
  const { rowCount } = await database.query(
    `with lost as materialized (
       select profile_id, delivery_id from delivery
       where state = 'leased' and lease_until < now()
       order by lease_until limit $1 for update skip locked
     )
     update delivery d set state = 'pending', node_id = null, lease_token = null, lease_until = null
     from lost where d.profile_id = lost.profile_id and d.delivery_id = lost.delivery_id`,
    [rowsMax],
  );
  return rowCount ?? 0;
}

const leaseKeys = `json_to_recordset($1::json)
  as k (profile_id integer, delivery_id uuid, lease_token uuid, delay_ms integer)`;

function leaseKeysParameter(keys: readonly (LeaseKey & Partial<Release>)[]): string {
  return JSON.stringify(
    keys.map((key) => ({
      profile_id: key.profileId,
      delivery_id: key.id,
      lease_token: key.leaseToken,
      delay_ms: key.delayMs,
    })),
  );
}

/**
 * Renews the leases that are still ours, and returns their ids. A row that somebody is writing at
 * this moment is skipped, never waited for: two batches that wait for each other would deadlock.
 */
export async function renewLeases(
  database: Database,
  keys: readonly LeaseKey[],
  leaseMs: number,
): Promise<readonly string[]> {
  const { rows } = await database.query<{ delivery_id: string }>(
    `with mine as materialized (
       select d.profile_id, d.delivery_id from ${leaseKeys}
       join delivery d using (profile_id, delivery_id)
       where d.state = 'leased' and d.lease_token = k.lease_token
       for update of d skip locked
     )
     update delivery d set lease_until = now() + $2 * interval '1 millisecond'
     from mine where d.profile_id = mine.profile_id and d.delivery_id = mine.delivery_id
     returning d.delivery_id`,
    [leaseKeysParameter(keys), leaseMs],
  );
  return rows.map((row) => row.delivery_id);
}

/** A lease to be given back without an attempt; the row is due again after the delay. */
export interface Release extends LeaseKey {
  readonly delayMs: number;
}

export async function releaseLeases(
  database: Database,
  releases: readonly Release[],
): Promise<void> {
  await database.query(
    `update delivery d set state = 'pending', node_id = null, lease_token = null,
       lease_until = null,
       due_at = greatest(d.due_at, now() + k.delay_ms * interval '1 millisecond')
     from ${leaseKeys}
     where d.profile_id = k.profile_id and d.delivery_id = k.delivery_id
       and d.state = 'leased' and d.lease_token = k.lease_token`,
    [leaseKeysParameter(releases)],
  );
}

/**
 * Writes attempts and what becomes of their deliveries, in one statement, each only if its lease is
 * still ours. Returns the ids written; the others were fenced off.
 */
export async function recordCompletions(
  database: Database,
  completions: readonly Completion[],
  nodeId: string,
  nowMs: number,
): Promise<readonly string[]> {
  const { rows } = await database.query<{ delivery_id: string }>(
    `with c as materialized (
       select * from json_to_recordset($1::json) as c (profile_id integer, delivery_id uuid,
         lease_token uuid, state text, delay_ms double precision, age_ms double precision,
         dns_ms real, connect_ms real, tls_ms real, first_byte_ms real, total_ms real,
         address text, http_status smallint, verdict text, detail text, answer_headers json,
         answer text)
     ), done as (
       update delivery d set state = c.state, attempt_count = d.attempt_count + 1,
         node_id = null, lease_token = null, lease_until = null,
         due_at = case when c.state = 'pending'
           then now() + c.delay_ms * interval '1 millisecond' else d.due_at end,
         settled_at = case when c.state <> 'pending' then now() end
       from c where d.profile_id = c.profile_id and d.delivery_id = c.delivery_id
         and d.state = 'leased' and d.lease_token = c.lease_token
       returning d.profile_id, d.delivery_id, d.attempt_count, c.lease_token
     )
     insert into delivery_attempt (profile_id, delivery_id, number, node_id, started_at, dns_ms,
       connect_ms, tls_ms, first_byte_ms, total_ms, address, http_status, verdict, detail,
       answer_headers, answer)
     select done.profile_id, done.delivery_id, done.attempt_count, $2,
       clock_timestamp() - c.age_ms * interval '1 millisecond', c.dns_ms, c.connect_ms, c.tls_ms,
       c.first_byte_ms, c.total_ms, c.address, c.http_status, c.verdict, c.detail,
       c.answer_headers, decode(c.answer, 'base64')
     from done join c using (profile_id, delivery_id, lease_token)
     returning delivery_id`,
    [JSON.stringify(completions.map((completion) => completionRow(completion, nowMs))), nodeId],
  );
  return rows.map((row) => row.delivery_id);
}

function completionRow(completion: Completion, nowMs: number): Record<string, unknown> {
  const { held, report, next } = completion;
  return {
    profile_id: held.profileId,
    delivery_id: held.id,
    lease_token: held.leaseToken,
    state: next.state,
    delay_ms: next.state === "pending" ? next.delayMs : null,
    age_ms: nowMs - completion.startedMs,
    dns_ms: report.timings.dnsMs,
    connect_ms: report.timings.connectMs,
    tls_ms: report.timings.tlsMs,
    first_byte_ms: report.timings.firstByteMs,
    total_ms: report.timings.totalMs,
    address: report.address,
    http_status: report.httpStatus,
    verdict: completion.verdict,
    detail: completion.detail,
    answer_headers: report.answerHeaders,
    answer: report.answer.toString("base64"),
  };
}

/** Whether the first attempt has been recorded, by whichever node. */
export async function hasAttempt(
  database: Database,
  profileId: number,
  deliveryId: string,
): Promise<boolean> {
  const { rows } = await database.query<{ attempted: boolean }>(
    `select attempt_count > 0 as attempted from delivery
     where profile_id = $1 and delivery_id = $2`,
    [profileId, deliveryId],
  );
  return rows[0]?.attempted ?? false;
}
