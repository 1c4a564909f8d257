import type { HeldDelivery } from "./delivery.ts";
import type { Database } from "./queue-store.ts";

type Lane = Pick<HeldDelivery, "profileId" | "lane" | "laneId">;

/** Where dispatchers listen: `due` after lanes were woken, `lanes` after a breaker moved. */
export const channel = "wasl_deliveries";

/** A change of a lane's breaker tells the other nodes in the statement that makes it. */
const tellNodes = `pg_notify('${channel}', 'lanes')`;

/**
 * Opens a lane's breaker: nothing is sent to it before it has rested. `false`: another node was
 * first, or the lane rests already.
 */
export async function openLane(database: Database, lane: Lane, restMs: number): Promise<boolean> {
  const { rowCount } = await database.query({
    name: "open-lane",
    text: `with opened as (
        insert into lane as l (profile_id, lane_id, name, breaker, rests_until, openings)
        values ($1, $2, $3, 'open', now() + $4 * interval '1 millisecond', 1)
        on conflict (profile_id, lane_id) do update
        set breaker = 'open', rests_until = excluded.rests_until, openings = 1,
          next_due_at = greatest(l.next_due_at, excluded.rests_until), changed_at = now()
        where l.breaker = 'closed'
        returning lane_id)
      select ${tellNodes} from opened`,
    values: [lane.profileId, lane.laneId, lane.lane, restMs],
  });
  return rowCount === 1;
}

/**
 * Writes what a probe came to: the lane is closed (`restMs` undefined) or rests again. A closed lane
 * is due at once, and the claim reckons when it truly is.
 */
export async function endProbe(
  database: Database,
  lane: Lane,
  { restMs, openings }: { readonly restMs: number | undefined; readonly openings: number },
): Promise<boolean> {
  const { rowCount } = await database.query({
    name: "end-probe",
    text: `with ended as (
        update lane set changed_at = now(), openings = $4,
          breaker = case when $3::float8 is null then 'closed' else 'open' end,
          rests_until = now() + $3 * interval '1 millisecond',
          next_due_at = coalesce(now() + $3 * interval '1 millisecond', now())
        where profile_id = $1 and lane_id = $2 and breaker = 'half_open'
        returning lane_id)
      select ${tellNodes} from ended`,
    values: [lane.profileId, lane.laneId, restMs, openings],
  });
  return rowCount === 1;
}

/** The lanes whose breaker is not closed: their names by their ids. */
export async function restingLanes(database: Database): Promise<ReadonlyMap<string, string>> {
  const { rows } = await database.query<{ lane_id: bigint; name: string }>({
    name: "resting-lanes",
    text: "select lane_id, name from lane where breaker <> 'closed'",
  });
  return new Map(rows.map((row) => [row.lane_id.toString(), row.name]));
}

/**
 * Wakes lanes whose deliveries were born pending, and the workers that listen. Both are hints, so
 * the commit does not wait for the disk: what a crash of the database takes, `healLanes` finds.
 */
export async function wakeBornPending(database: Database, lanes: readonly Lane[]): Promise<void> {
  await database.query({
    name: "wake-born-pending",
    text: `with woken as (
        insert into lane as l (profile_id, lane_id, name, next_due_at)
        select profile_id, lane_id, name, now()
        from unnest($1::integer[], $2::bigint[], $3::text[]) as w (profile_id, lane_id, name)
        order by profile_id, lane_id
        on conflict (profile_id, lane_id) do update
        set next_due_at = greatest(excluded.next_due_at, l.rests_until), changed_at = now()
        where greatest(excluded.next_due_at, l.rests_until) < l.next_due_at)
      select pg_notify('${channel}', 'due'), set_config('synchronous_commit', 'off', true)`,
    values: [
      lanes.map(({ profileId }) => profileId),
      lanes.map(({ laneId }) => laneId),
      lanes.map(({ lane }) => lane),
    ],
  });
}

/**
 * Wakes lanes that would sleep past their first pending row: what a process leaves behind that died
 * between writing a row and waking its lane. Reads one row a lane, not the backlog.
 *
 * @returns how many lanes it was
 */
export async function healLanes(database: Database): Promise<number> {
  const { rowCount } = await database.query({
    name: "heal-lanes",
    text: `with recursive walk as (
        (select profile_id, lane_id, due_at, delivery_id from delivery_queue
         where state = 'pending' order by profile_id, lane_id, due_at limit 1)
        union all
        select next.* from walk cross join lateral (
          select q.profile_id, q.lane_id, q.due_at, q.delivery_id from delivery_queue q
          where q.state = 'pending'
            and (q.profile_id, q.lane_id) > (walk.profile_id, walk.lane_id)
          order by q.profile_id, q.lane_id, q.due_at limit 1) next)
      insert into lane as l (profile_id, lane_id, name, next_due_at)
      select w.profile_id, w.lane_id, d.lane, w.due_at
      from walk w join delivery d using (profile_id, delivery_id)
      left join lane known on known.profile_id = w.profile_id and known.lane_id = w.lane_id
      where known.lane_id is null
        or known.next_due_at > greatest(w.due_at, known.rests_until) + interval '1 second'
      order by w.profile_id, w.lane_id
      on conflict (profile_id, lane_id) do update
      set next_due_at = greatest(excluded.next_due_at, l.rests_until), changed_at = now()
      where greatest(excluded.next_due_at, l.rests_until) < l.next_due_at`,
  });
  return rowCount ?? 0;
}

/**
 * Forgets lanes that nothing has happened to for a day, and those whose rest has been over for an
 * hour while nothing waits that could ask whether the server is back, or whose last probe's end a
 * dying node did not write.
 */
export async function forgetIdleLanes(database: Database): Promise<number> {
  const { rowCount } = await database.query({
    name: "forget-idle-lanes",
    text: `delete from lane where (profile_id, lane_id) in (
      select profile_id, lane_id from lane
      where next_due_at = 'infinity' and (
        (breaker = 'closed' and changed_at < now() - interval '1 day')
        or (breaker <> 'closed' and rests_until < now() - interval '1 hour'))
      limit 10000 for update skip locked)`,
  });
  return rowCount ?? 0;
}
