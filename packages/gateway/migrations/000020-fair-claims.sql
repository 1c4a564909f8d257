-- A node says how many resting lanes it has places to ask after, and leaves the others to nodes that
-- have: taken and put back, each of them cost a write and a notice to all nodes every second. What is
-- due is found by an index of its own, however many lanes there are and however many of them rest.

drop index lane_due;
create index lane_due on lane (next_due_at) where breaker = 'closed' and next_due_at < 'infinity';
create index lane_probe_due on lane (next_due_at)
  where breaker <> 'closed' and next_due_at < 'infinity';

drop function claim_deliveries(text, uuid, interval, interval, integer, integer, integer, bigint[]);

create function claim_deliveries(
  by_node text, token uuid, lease interval, probe_time interval, lanes_max integer,
  per_lane integer, rows_max integer, full_lanes bigint[],
  -- The defaults are for nodes of the version before, which do not say.
  probes_max integer default 128, full_profiles integer[] default '{}'
) returns table (
  profile_id integer, delivery_id uuid, lane_id bigint, attempt_count integer,
  earlier_attempts integer, probe_openings integer, lane text, url text, content_type text,
  headers json, body bytea, allow_private boolean
)
language plpgsql
-- It takes a few rows by their keys, whatever the planner believes about how many there are.
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  lanes bigint[];
  owners integer[];
  taken uuid[];
  taken_owners integer[];
  taken_lanes bigint[];
  probes bigint[];
  first_taken uuid;
  last_taken uuid;
  each integer;
begin
  with resting as materialized (
    select * from lane
    -- The index has what is not 'infinity', and now() alone does not prove that.
    where breaker <> 'closed' and next_due_at < 'infinity' and next_due_at <= now()
    -- Closed lanes keep half the turn.
    order by next_due_at limit least(probes_max, (lanes_max + 1) / 2) for update skip locked
  ), closed as materialized (
    select * from lane
    where breaker = 'closed' and next_due_at < 'infinity' and next_due_at <= now()
      and lane_id <> all (full_lanes) and profile_id <> all (full_profiles)
    order by next_due_at limit lanes_max - (select count(*) from resting) for update skip locked
  )
  select array_agg(l.lane_id), array_agg(l.profile_id),
    coalesce(array_agg(l.lane_id) filter (where l.breaker <> 'closed'), '{}')
  into lanes, owners, probes
  from (select * from resting union all select * from closed) l;
  if lanes is null then return; end if;
  -- A lease that a crash of the database takes back costs a repetition, no more, so the commit does
  -- not wait for the disk; but there must be one probe only.
  if probes = '{}' then perform set_config('synchronous_commit', 'off', true); end if;
  -- The fewer lanes have work, the more is taken of each.
  each := greatest(1, least(per_lane, rows_max / cardinality(lanes)));

  with due as materialized (
    select d.profile_id, d.delivery_id
    from unnest(owners, lanes) as l (profile_id, lane_id) cross join lateral (
      select q.profile_id, q.delivery_id from delivery_queue q
      where q.profile_id = l.profile_id and q.lane_id = l.lane_id
        and q.state = 'pending' and q.due_at <= now()
      order by q.due_at, q.delivery_id
      limit case when l.lane_id = any (probes) then 1 else each end
      for update skip locked) d
  ), claimed as (
    update delivery_queue q set state = 'leased', node_id = by_node, lease_token = token,
      lease_until = now() + lease
    from due where q.profile_id = due.profile_id and q.delivery_id = due.delivery_id
    returning q.profile_id, q.delivery_id, q.lane_id
  )
  select array_agg(c.delivery_id order by c.delivery_id),
    array_agg(c.profile_id order by c.delivery_id), array_agg(distinct c.lane_id)
  into taken, taken_owners, taken_lanes from claimed c;

  first_taken := taken[1];
  last_taken := taken[cardinality(taken)];

  update lane l set changed_at = now(), (breaker, rests_until, next_due_at) = (
    select
      case when probing then 'half_open' else l.breaker end,
      case when probing then now() + probe_time else l.rests_until end,
      case when probing then now() + probe_time
        when first_due is null then 'infinity'
        else greatest(first_due, l.rests_until, now()) end
    from (select
      l.breaker <> 'closed' and l.lane_id = any (taken_lanes) as probing,
      (select q.due_at from delivery_queue q
       where q.profile_id = l.profile_id and q.lane_id = l.lane_id and q.state = 'pending'
       order by q.due_at limit 1) as first_due
     -- Else it would be looked up once for each time it is used.
     offset 0) as reckoned)
  from unnest(owners, lanes) as held (profile_id, lane_id)
  where l.profile_id = held.profile_id and l.lane_id = held.lane_id;

  return query
    select q.profile_id, q.delivery_id, q.lane_id, q.attempt_count, q.earlier_attempts,
      case when q.lane_id = any (probes) then
        (select l.openings from lane l
         where l.profile_id = q.profile_id and l.lane_id = q.lane_id) end,
      d.lane, d.url, d.content_type, d.headers, d.body,
      d.allow_private
    from unnest(taken_owners, taken) as t (profile_id, delivery_id)
    join delivery_queue q using (profile_id, delivery_id)
    join delivery d using (profile_id, delivery_id)
    -- So that only the days concerned are opened.
    where d.delivery_id between first_taken and last_taken
    order by q.due_at, q.delivery_id;
end $$;
