import type { Pool, PoolClient } from "pg";
import type { HeldDelivery } from "./delivery.ts";

export type Database = Pick<Pool | PoolClient, "query">;

/** Names one row and the lease under which it may be written. */
export type LeaseKey = Pick<HeldDelivery, "profileId" | "id" | "leaseToken">;

interface ClaimedRow {
  profile_id: number;
  delivery_id: string;
  lane_id: bigint;
  attempt_count: number;
  earlier_attempts: number;
  probe_openings: number | null;
  lane: string;
  url: string;
  content_type: string;
  headers: Record<string, string>;
  body: Buffer;
  allow_private: boolean;
}

/** What a claim may take, so that it never brings more than the node has room for. */
export interface ClaimBounds {
  readonly lanesMax: number;
  readonly perLaneMax: number;
  readonly rowsMax: number;
  /** Ids of the lanes this node has enough of. */
  readonly fullLanes: readonly string[];
  /** The same for whole profiles. */
  readonly fullProfiles: readonly number[];
  /** How many lanes that rest may be asked whether they are back. */
  readonly probesMax: number;
}

export interface ClaimLease {
  readonly nodeId: string;
  readonly leaseToken: string;
  readonly leaseMs: number;
  /** How long the probe of a resting lane may take before another is allowed. */
  readonly probeMs: number;
}

/**
 * Takes due rows from the backlog, a few of each lane, by the function `claim_deliveries` of the
 * migrations. Its cost depends on the lanes it visits, not on how many rows wait.
 */
export async function claimDue(
  database: Database,
  bounds: ClaimBounds,
  lease: ClaimLease,
): Promise<readonly Omit<HeldDelivery, "leaseEndsMs">[]> {
  const { rows } = await database.query<ClaimedRow>({
    name: "claim-deliveries",
    text: `select * from claim_deliveries($1, $2, $3 * interval '1 millisecond',
      $4 * interval '1 millisecond', $5, $6, $7, $8, $9, $10)`,
    values: [
      lease.nodeId,
      lease.leaseToken,
      lease.leaseMs,
      lease.probeMs,
      bounds.lanesMax,
      bounds.perLaneMax,
      bounds.rowsMax,
      bounds.fullLanes,
      bounds.probesMax,
      bounds.fullProfiles,
    ],
  });
  return rows.map((row) => claimedRow(row, lease.leaseToken));
}

function claimedRow(row: ClaimedRow, leaseToken: string): Omit<HeldDelivery, "leaseEndsMs"> {
  return {
    profileId: row.profile_id,
    id: row.delivery_id,
    lane: row.lane,
    laneId: row.lane_id.toString(),
    url: row.url,
    contentType: row.content_type,
    headers: row.headers,
    body: row.body,
    allowPrivate: row.allow_private,
    attemptCount: row.attempt_count,
    earlierAttempts: row.earlier_attempts,
    ...(row.probe_openings !== null && { probe: { openings: row.probe_openings } }),
    leaseToken,
  };
}

/**
 * The end of a statement that has set rows pending: wakes their lanes. `source` has profile_id,
 * lane_id, name and due_at. Taking the lane's lock comes after the row is pending, so whoever
 * reckoned the lane meanwhile either saw the row or is overwritten by this.
 */
export function wakeLanes(source: string): string {
  return `insert into lane as l (profile_id, lane_id, name, next_due_at)
    select profile_id, lane_id, min(name), min(due_at) from ${source}
    group by profile_id, lane_id order by profile_id, lane_id
    on conflict (profile_id, lane_id) do update
    set next_due_at = greatest(excluded.next_due_at, l.rests_until), changed_at = now()
    where greatest(excluded.next_due_at, l.rests_until) < l.next_due_at`;
}

/** Puts what dead nodes held back into the backlog; says how many rows it was. */
export async function sweepExpiredLeases(database: Database, rowsMax: number): Promise<number> {
  const { rows } = await database.query<{ swept: number }>({
    name: "sweep-expired-leases",
    text: `with lost as materialized (
        select profile_id, delivery_id from delivery_queue
        where state = 'leased' and lease_until < now()
        order by lease_until limit $1 for update skip locked),
      freed as (
        update delivery_queue q set state = 'pending', node_id = null, lease_token = null,
          lease_until = null
        from lost where q.profile_id = lost.profile_id and q.delivery_id = lost.delivery_id
        returning q.profile_id, q.delivery_id, q.lane_id, q.due_at),
      -- Row by row, by its key: a join might read the whole history before statistics are there.
      named as (
        select freed.*, d.name from freed cross join lateral (
          select lane as name from delivery d
          where d.profile_id = freed.profile_id and d.delivery_id = freed.delivery_id limit 1) d),
      woken as (${wakeLanes("named")})
      select count(*)::integer as swept from freed`,
    values: [rowsMax],
  });
  return rows[0]?.swept ?? 0;
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
  const { rows } = await database.query<{ delivery_id: string }>({
    name: "renew-leases",
    text: `with mine as materialized (
        select q.profile_id, q.delivery_id
        from unnest($1::integer[], $2::uuid[], $3::uuid[])
          as k (profile_id, delivery_id, lease_token)
        join delivery_queue q using (profile_id, delivery_id)
        where q.state = 'leased' and q.lease_token = k.lease_token
        order by q.delivery_id for update of q skip locked)
      update delivery_queue q set lease_until = now() + $4 * interval '1 millisecond'
      from mine where q.profile_id = mine.profile_id and q.delivery_id = mine.delivery_id
      returning q.delivery_id`,
    values: [...columnsOf(keys), leaseMs],
  });
  return rows.map((row) => row.delivery_id);
}

function columnsOf(keys: readonly LeaseKey[]): [number[], string[], string[]] {
  return [
    keys.map(({ profileId }) => profileId),
    keys.map(({ id }) => id),
    keys.map(({ leaseToken }) => leaseToken),
  ];
}

/** A lease to be given back without an attempt; the row is due again after the delay. */
export interface Release extends LeaseKey {
  readonly lane: string;
  readonly delayMs: number;
}

export async function releaseLeases(
  database: Database,
  releases: readonly Release[],
): Promise<void> {
  await database.query({
    name: "release-leases",
    text: `with k as materialized (
        select * from unnest($1::integer[], $2::uuid[], $3::uuid[], $4::text[], $5::float8[])
          as k (profile_id, delivery_id, lease_token, name, delay_ms)),
      freed as (
        update delivery_queue q set state = 'pending', node_id = null, lease_token = null,
          lease_until = null,
          due_at = greatest(q.due_at, now() + k.delay_ms * interval '1 millisecond')
        from k
        where q.profile_id = k.profile_id and q.delivery_id = k.delivery_id
          and q.state = 'leased' and q.lease_token = k.lease_token
        returning q.profile_id, q.lane_id, k.name, q.due_at)
      ${wakeLanes("freed")}`,
    values: [
      ...columnsOf(releases),
      releases.map(({ lane }) => lane),
      releases.map(({ delayMs }) => delayMs),
    ],
  });
}

/** The ids of those whose next attempt this node has recorded already. */
export async function recordedBy(
  database: Database,
  nodeId: string,
  held: readonly Pick<HeldDelivery, "profileId" | "id" | "attemptCount">[],
): Promise<readonly string[]> {
  const { rows } = await database.query<{ delivery_id: string }>({
    name: "recorded-by",
    text: `select a.delivery_id
      from unnest($1::integer[], $2::uuid[], $3::integer[]) as k (profile_id, delivery_id, number)
      join delivery_attempt a using (profile_id, delivery_id, number) where a.node_id = $4`,
    values: [
      held.map(({ profileId }) => profileId),
      held.map(({ id }) => id),
      held.map(({ attemptCount }) => attemptCount + 1),
      nodeId,
    ],
  });
  return rows.map((row) => row.delivery_id);
}

/** Whether the first attempt has been recorded, by whichever node. */
export async function hasAttempt(
  database: Database,
  profileId: number,
  deliveryId: string,
): Promise<boolean> {
  const { rows } = await database.query<{ attempted: boolean }>({
    name: "has-attempt",
    text: `select exists (select from delivery_attempt
      where profile_id = $1 and delivery_id = $2) as attempted`,
    values: [profileId, deliveryId],
  });
  return rows[0]?.attempted ?? false;
}
