-- The delivery engine's storage. What a delivery is (address, headers, bytes) is written once and
-- never changed, in a table divided by the day of its id; whether it is still to be made is a small
-- row in a hot table, deleted when it is settled; what was tried is a row for each attempt, divided
-- like the first. Old days are dropped whole.

alter table delivery rename to delivery_before_4;
alter table delivery_attempt rename to delivery_attempt_before_4;
alter index delivery_pkey rename to delivery_before_4_pkey;
alter index delivery_attempt_pkey rename to delivery_attempt_before_4_pkey;
drop index delivery_subject, delivery_pending, delivery_leased;

-- Written once. Ids are UUIDs of version 7, which begin with their time: that is what divides it.
create table delivery (
  profile_id integer not null,
  delivery_id uuid not null,
  -- What the delivery is about, in the words of whoever asked for it; a payment's tran_ref.
  subject text not null,
  purpose text not null check (purpose in ('callback', 'ipn')),
  -- Profile and origin, for people: `45001 https://shop.example:443`; lane_id stands for it.
  lane text not null,
  lane_id bigint not null,
  url text not null,
  content_type text not null,
  -- Not jsonb, which would put the headers into another order.
  headers json not null,
  -- The exact bytes of every attempt; signatures are made over them.
  body bytea not null,
  allow_private boolean not null,
  created_at timestamptz not null default now(),
  -- When it was given up; null while it is open, and once it has arrived.
  exhausted_at timestamptz,
  primary key (profile_id, delivery_id)
) partition by range (delivery_id);

create index delivery_subject on delivery (profile_id, subject);
create index delivery_exhausted on delivery (profile_id, exhausted_at)
  where exhausted_at is not null;

create index delivery_exhausted_newest on delivery (exhausted_at, delivery_id)
  where exhausted_at is not null;

create table delivery_default partition of delivery default;

-- One row for each attempt, whatever became of it, in the part of its delivery. Rows are only ever
-- added, by the statement that moves the delivery on.
create table delivery_attempt (
  profile_id integer not null,
  delivery_id uuid not null,
  number integer not null check (number > 0),
  node_id text not null,
  started_at timestamptz not null,
  -- Milliseconds; null where the phase was not reached or a kept-alive connection was used.
  dns_ms real,
  connect_ms real,
  tls_ms real,
  first_byte_ms real,
  total_ms real not null,
  address text,
  http_status smallint,
  verdict text not null,
  detail text not null,
  answer_headers json not null,
  -- The first KiB, as bytes: an answer need not be text.
  answer bytea not null,
  primary key (profile_id, delivery_id, number)
) partition by range (delivery_id);

create table delivery_attempt_default partition of delivery_attempt default;

-- The open deliveries, and nothing else: born leased to the node that commits them, so that the
-- usual case needs neither a claim nor a notification; deleted by their last attempt.
create table delivery_queue (
  profile_id integer not null,
  delivery_id uuid not null,
  lane_id bigint not null,
  state text not null check (state in ('leased', 'pending')),
  attempt_count integer not null default 0,
  -- Attempts of earlier rounds: a redelivery begins its schedule anew, its numbers go on.
  earlier_attempts integer not null default 0,
  due_at timestamptz not null default now(),
  node_id text,
  lease_token uuid,
  lease_until timestamptz,
  primary key (profile_id, delivery_id),
  check (num_nonnulls(node_id, lease_token, lease_until) = case state when 'leased' then 3 else 0 end)
) with (
  fillfactor = 75, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_cost_delay = 0
);

create index delivery_queue_pending on delivery_queue (profile_id, lane_id, due_at, delivery_id)
  where state = 'pending';
create index delivery_queue_leased on delivery_queue (lease_until) where state = 'leased';

-- What dispatchers know of a lane that has a backlog or a breaker that is not closed. Nobody writes
-- it while payments commit. next_due_at is a hint: never later than the first pending row's due_at
-- unless the lane rests, and what a crash leaves behind is mended by a periodic job.
create table lane (
  profile_id integer not null,
  lane_id bigint not null,
  name text not null,
  next_due_at timestamptz not null default 'infinity',
  breaker text not null default 'closed' check (breaker in ('closed', 'open', 'half_open')),
  -- open: no attempt before this. half_open: the one probe under way has until then.
  rests_until timestamptz,
  -- How often it has opened in a row; each time it rests longer.
  openings integer not null default 0,
  changed_at timestamptz not null default now(),
  primary key (profile_id, lane_id),
  check ((breaker = 'closed') = (rests_until is null))
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

create index lane_due on lane (next_due_at) where next_due_at < 'infinity';
create index lane_resting on lane (profile_id, lane_id) where breaker <> 'closed';

-- Timers of the whole fleet: whoever moves ran_at has the run.
create table periodic_job (
  name text primary key,
  ran_at timestamptz not null,
  node_id text not null
);

-- Retry delays of a profile in seconds, in place of the default; at most 75 hours together.
alter table profile add column retry_delays_s integer[] check (
  array_length(retry_delays_s, 1) between 1 and 30 and 1 <= all (retry_delays_s));

-- Jobs that send again what an operator asked for; they survive a crash, since each batch moves the
-- job on in its own statement. Not of one profile: one job may concern all of them.
create table redelivery (
  redelivery_id uuid primary key,
  idempotency_key text not null unique,
  -- What was asked, as it was asked, to recognise a repetition; the columns below are what it means.
  request jsonb not null,
  include text not null check (include in ('failed', 'all')),
  profile_id integer,
  delivery_id uuid,
  subject text,
  lane_id bigint,
  since timestamptz not null,
  until timestamptz not null,
  matched integer not null,
  requeued integer not null default 0,
  after_profile integer not null default 0,
  after_delivery uuid not null default '00000000-0000-0000-0000-000000000000',
  created_at timestamptz not null default now(),
  finished_at timestamptz
);

create index redelivery_unfinished on redelivery (created_at) where finished_at is null;

-- The least id of version 7 that a time can have: where a day begins.
create function uuid_from(moment timestamptz) returns uuid
language sql immutable strict parallel safe
return (
  lpad(to_hex((greatest(extract(epoch from moment), 0) * 1000)::bigint), 12, '0') || repeat('0', 20)
)::uuid;

-- Makes the parts of delivery and delivery_attempt for these days (UTC), and moves into them what
-- the default part took in their absence. Writers wait at the tables themselves meanwhile: one that
-- had chosen its part already would find itself refused by the default part's new bounds. Both are
-- locked at once, in the order in which the record of attempts locks them: else the two of them
-- would wait for each other.
create function make_delivery_days(first_day date, last_day date) returns integer
language plpgsql as $$
declare
  day date;
  base text;
  part text;
  low uuid;
  high uuid;
  made integer := 0;
begin
  -- One node at a time; the number stands for nothing but this function.
  perform pg_advisory_xact_lock(4740045004);
  for day in select generate_series(first_day, last_day, interval '1 day') loop
    low := uuid_from(day::timestamp at time zone 'UTC');
    high := uuid_from((day + 1)::timestamp at time zone 'UTC');
    foreach base in array array['delivery', 'delivery_attempt'] loop
      part := base || to_char(day, '_YYYYMMDD');
      continue when to_regclass(quote_ident(part)) is not null;
      if made = 0 then
        lock table only delivery_attempt, only delivery in share row exclusive mode;
      end if;
      execute format('create table %I (like %I including all)', part, base);
      execute format(
        'with moved as (delete from %I where delivery_id >= %L and delivery_id < %L returning *)
         insert into %I select * from moved', base || '_default', low, high, part);
      execute format('alter table %I attach partition %I for values from (%L) to (%L)',
        base, part, low, high);
      made := made + 1;
    end loop;
  end loop;
  return made;
end $$;

-- The days before this one that have parts, oldest first.
create function old_delivery_days(before date) returns setof date
language sql stable as $$
  select day from pg_inherits i join pg_class c on c.oid = i.inhrelid,
    lateral (select to_date(right(c.relname, 8), 'YYYYMMDD') as day) named
  where i.inhparent = 'delivery'::regclass and c.relname ~ '^delivery_\d{8}$' and day < before
  order by day
$$;

-- Drops a day's parts, unless a delivery of that day is still open. One day in a transaction: from
-- its drop to the commit everybody waits who writes a delivery of any day.
create function drop_delivery_day(day date) returns boolean
language plpgsql as $$
declare
  suffix text := to_char(day, '_YYYYMMDD');
begin
  -- Locked before it is looked at: a redelivery under way may be about to open one of them.
  execute format('lock table %I in access exclusive mode', 'delivery' || suffix);
  if exists (
    select from delivery_queue q
    where q.delivery_id >= uuid_from(day::timestamp at time zone 'UTC')
      and q.delivery_id < uuid_from((day + 1)::timestamp at time zone 'UTC')
  ) then return false; end if;
  execute format('drop table %I', 'delivery_attempt' || suffix);
  execute format('drop table %I', 'delivery' || suffix);
  return true;
end $$;

-- Deletes from the default part what is older than this day and no longer open.
create function clear_default_days(before date) returns void
language plpgsql as $$
declare
  high uuid := uuid_from(before::timestamp at time zone 'UTC');
begin
  -- By the database's clock too: an id bears the time of a node, whose clock may be off by years.
  delete from delivery_attempt_default a where a.delivery_id < high and a.started_at < before
    and not exists (select from delivery_queue q where q.delivery_id = a.delivery_id);
  delete from delivery_default d where d.delivery_id < high and d.created_at < before
    and not exists (select from delivery_queue q where q.delivery_id = d.delivery_id);
end $$;

-- Takes due rows from the backlog, a few of each lane; the lane served goes behind all others.
--
-- Three statements, each with a snapshot of its own, and not one: the snapshot of a single statement
-- is older than its lock on the lane. A row released in between would be invisible to it, and its
-- reckoning of next_due_at would then overwrite the releaser's: one row pending, its lane asleep for
-- ever.
create function claim_deliveries(
  by_node text, token uuid, lease interval, probe_time interval, lanes_max integer,
  per_lane integer, rows_max integer, full_lanes bigint[]
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
  select array_agg(l.lane_id), array_agg(l.profile_id),
    coalesce(array_agg(l.lane_id) filter (where l.breaker <> 'closed'), '{}')
  into lanes, owners, probes
  from (
    select * from lane
    -- A probe takes no place in memory, and nothing else is taken of a lane that rests.
    where next_due_at <= now() and (breaker <> 'closed' or lane_id <> all (full_lanes))
    order by next_due_at limit lanes_max for update skip locked) l;
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

-- What was there before: whoever held a lease has it no more, so what was on the wire is repeated.
insert into delivery
select profile_id, delivery_id, subject, purpose, lane,
  ('x' || encode(substr(sha256(convert_to(lane, 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint,
  url, content_type, headers, body, allow_private, created_at,
  case state when 'exhausted' then settled_at end
from delivery_before_4;

insert into delivery_attempt select * from delivery_attempt_before_4;

insert into delivery_queue (profile_id, delivery_id, lane_id, state, attempt_count, due_at)
select o.profile_id, o.delivery_id, d.lane_id, 'pending', o.attempt_count, o.due_at
from delivery_before_4 o join delivery d using (profile_id, delivery_id)
where o.state in ('leased', 'pending');

insert into lane (profile_id, lane_id, name, next_due_at)
select q.profile_id, q.lane_id, min(d.lane), min(q.due_at)
from delivery_queue q join delivery d using (profile_id, delivery_id)
group by q.profile_id, q.lane_id;

drop table delivery_attempt_before_4, delivery_before_4;
