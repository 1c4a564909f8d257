-- The log of merchants' API calls, for whoever has to find out why one was refused. Bodies are
-- masked before they come here. Divided by the day of the id, like deliveries, and dropped by whole
-- days; without a default part, since a line of this log may be lost and a payment's may not.
create table api_call (
  -- The profile that the body names, whether or not it exists; 0 when none could be read.
  profile_id integer not null,
  -- A UUID of version 7: it begins with its time.
  call_id uuid not null,
  at timestamptz not null,
  -- The key was that profile's.
  authenticated boolean not null,
  method text not null,
  path text not null,
  headers json not null,
  key_kind text not null,
  request_body text not null,
  -- As many bytes as came; null when the body was not read to its end.
  request_bytes integer,
  status smallint not null,
  reply_body text not null,
  duration_ms real not null,
  trace text,
  refused boolean not null,
  code integer,
  error text,
  hint text,
  tran_ref text,
  cart_id text,
  remote_address text not null,
  primary key (profile_id, call_id)
) partition by range (call_id);

create index api_call_newest on api_call (call_id);
create index api_call_trace on api_call (trace);
create index api_call_tran_ref on api_call (tran_ref) where tran_ref is not null;
create index api_call_cart on api_call (profile_id, cart_id, call_id) where cart_id is not null;
create index api_call_refused on api_call (profile_id, call_id) where refused;
create index api_call_refused_newest on api_call (call_id) where refused;

-- Makes the parts for these days (UTC). Attaching does not keep writers waiting.
create function make_api_call_days(first_day date, last_day date) returns integer
language plpgsql as $$
declare
  day date;
  part text;
  made integer := 0;
begin
  -- One node at a time; the number stands for nothing but this function.
  perform pg_advisory_xact_lock(4740045005);
  for day in select generate_series(first_day, last_day, interval '1 day') loop
    part := 'api_call' || to_char(day, '_YYYYMMDD');
    continue when to_regclass(quote_ident(part)) is not null;
    execute format('create table %I (like api_call including all)', part);
    execute format('alter table api_call attach partition %I for values from (%L) to (%L)', part,
      uuid_from(day::timestamp at time zone 'UTC'),
      uuid_from((day + 1)::timestamp at time zone 'UTC'));
    made := made + 1;
  end loop;
  return made;
end $$;

-- Drops the parts of the days before this one.
create function drop_api_call_days(before date) returns integer
language plpgsql as $$
declare
  part text;
  dropped integer := 0;
begin
  perform pg_advisory_xact_lock(4740045005);
  for part in
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'api_call'::regclass and c.relname ~ '^api_call_\d{8}$'
      and to_date(right(c.relname, 8), 'YYYYMMDD') < before
    order by c.relname
  loop
    execute format('drop table %I', part);
    dropped := dropped + 1;
  end loop;
  return dropped;
end $$;
