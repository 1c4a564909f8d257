import type { Pool } from "pg";

/** How far one reading goes, so that it stays cheap however much waits. */
export interface BacklogBounds {
  /** Every count ends here. */
  readonly countMax: number;
  /** Lanes with pending deliveries beyond this many, in the order of their profile, are not seen. */
  readonly lanesMax: number;
}

export const defaultBacklogBounds: BacklogBounds = { countMax: 100_000, lanesMax: 10_000 };

/** What the whole fleet has before it. A delivery that is open is counted in one state only. */
export interface BacklogReading {
  /** Held by a node, in memory or on the wire. */
  readonly leased: number;
  /** Could be sent now, and no node has taken it. */
  readonly due: number;
  /** Waits for the time of its next attempt. */
  readonly waiting: number;
  /** Waits behind a breaker that is not closed. */
  readonly resting: number;
  /** Given up, and not redelivered since. */
  readonly exhausted: number;
  /** Seconds for which the oldest due delivery of a lane that works, and of one that rests, waits. */
  readonly oldestDueSWorking: number;
  readonly oldestDueSResting: number;
  /** Lanes with pending deliveries. */
  readonly backloggedLanes: number;
  readonly openLanes: number;
  readonly halfOpenLanes: number;
}

interface BacklogRow {
  leased: number;
  due: number;
  waiting: number;
  resting: number;
  exhausted: number;
  oldest_working: number;
  oldest_resting: number;
  lanes: number;
  open_lanes: number;
  half_open_lanes: number;
}

/**
 * Reads the backlog by one statement, from indexes alone: it jumps from lane to lane as `healLanes`
 * does, and counts within each. The queue is read and not the lanes' own hints, so that a lane that
 * sleeps past its first delivery shows.
 *
 * @example
 * const { due, oldestDueSWorking } = await readBacklog(pool);
 */
export async function readBacklog(
  pool: Pick<Pool, "query">,
  bounds: BacklogBounds = defaultBacklogBounds,
): Promise<BacklogReading> {
  const { rows } = await pool.query<BacklogRow>(backlogQuery(bounds));
  const [row] = rows;
  if (row === undefined) throw new Error("the backlog's counts were not returned");
  return {
    leased: row.leased,
    due: row.due,
    waiting: row.waiting,
    resting: row.resting,
    exhausted: row.exhausted,
    oldestDueSWorking: row.oldest_working,
    oldestDueSResting: row.oldest_resting,
    backloggedLanes: row.lanes,
    openLanes: row.open_lanes,
    halfOpenLanes: row.half_open_lanes,
  };
}

const oldest = (lanes: string) =>
  `(select coalesce(extract(epoch from now() - min(b.due_at)), 0)::float8 from backlog b
    where ${lanes} and b.due_at <= now())`;

/** The statement by itself, for the test that looks at its plan. */
export function backlogQuery({ countMax, lanesMax }: BacklogBounds): {
  readonly name: string;
  readonly text: string;
} {
  const count = (source: string) =>
    `(select count(*)::integer from (${source} limit ${countMax}) as counted)`;
  // The inner limit keeps the planner from joining with the whole queue.
  const ofLanes = (lanes: string, rows: string) =>
    count(`select from backlog b cross join lateral (
        select from delivery_queue q
        where q.profile_id = b.profile_id and q.lane_id = b.lane_id and q.state = 'pending'
          ${rows} limit ${countMax}) as of_lane
      where ${lanes}`);
  const text = `with recursive walk as (
      (select profile_id, lane_id, due_at from delivery_queue
       where state = 'pending' order by profile_id, lane_id, due_at limit 1)
      union all
      select next.* from walk cross join lateral (
        select q.profile_id, q.lane_id, q.due_at from delivery_queue q
        where q.state = 'pending' and (q.profile_id, q.lane_id) > (walk.profile_id, walk.lane_id)
        order by q.profile_id, q.lane_id, q.due_at limit 1) as next),
    backlog as materialized (
      select w.profile_id, w.lane_id, w.due_at, coalesce(l.breaker, 'closed') <> 'closed' as rests
      from (select * from walk limit ${lanesMax}) as w
      left join lane l on l.profile_id = w.profile_id and l.lane_id = w.lane_id),
    resting as materialized (
      select breaker from lane
      where breaker <> 'closed' and next_due_at < 'infinity' limit ${countMax})
    select
      ${count("select from delivery_queue where state = 'leased'")} as leased,
      ${ofLanes("not b.rests and b.due_at <= now()", "and q.due_at <= now()")} as due,
      ${ofLanes("not b.rests", "and q.due_at > now()")} as waiting,
      ${ofLanes("b.rests", "")} as resting,
      ${count("select from delivery where exhausted_at is not null")} as exhausted,
      ${oldest("not b.rests")} as oldest_working,
      ${oldest("b.rests")} as oldest_resting,
      (select count(*)::integer from backlog) as lanes,
      (select count(*)::integer from resting where breaker = 'open') as open_lanes,
      (select count(*)::integer from resting where breaker = 'half_open') as half_open_lanes`;
  return { name: `read-backlog-${countMax}-${lanesMax}`, text };
}
