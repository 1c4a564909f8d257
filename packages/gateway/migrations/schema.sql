create sequence invoice_number as integer start 1 increment 1 minvalue 1 maxvalue 2147483647;

create sequence payment_link_number as integer start 1 increment 1 minvalue 1 maxvalue 2147483647;

create sequence tran_ref_number as bigint start 1 increment 1 minvalue 1 maxvalue 9223372036854775807;

CREATE OR REPLACE FUNCTION public.claim_deliveries(by_node text, token uuid, lease interval, probe_time interval, lanes_max integer, per_lane integer, rows_max integer, full_lanes bigint[], probes_max integer DEFAULT 128, full_profiles integer[] DEFAULT '{}'::integer[])
 RETURNS TABLE(profile_id integer, delivery_id uuid, lane_id bigint, attempt_count integer, earlier_attempts integer, probe_openings integer, lane text, url text, content_type text, headers json, body bytea, allow_private boolean)
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
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
end $function$;

CREATE OR REPLACE FUNCTION public.clear_default_days(before date)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  high uuid := uuid_from(before::timestamp at time zone 'UTC');
begin
  -- By the database's clock too: an id bears the time of a node, whose clock may be off by years.
  delete from delivery_attempt_default a where a.delivery_id < high and a.started_at < before
    and not exists (select from delivery_queue q where q.delivery_id = a.delivery_id);
  delete from delivery_default d where d.delivery_id < high and d.created_at < before
    and not exists (select from delivery_queue q where q.delivery_id = d.delivery_id);
end $function$;

CREATE OR REPLACE FUNCTION public.drop_api_call_days(before date)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
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
end $function$;

CREATE OR REPLACE FUNCTION public.drop_delivery_day(day date)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
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
end $function$;

CREATE OR REPLACE FUNCTION public.make_api_call_days(first_day date, last_day date)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
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
end $function$;

CREATE OR REPLACE FUNCTION public.make_delivery_days(first_day date, last_day date)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
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
end $function$;

CREATE OR REPLACE FUNCTION public.old_delivery_days(before date)
 RETURNS SETOF date
 LANGUAGE sql
 STABLE
AS $function$
  select day from pg_inherits i join pg_class c on c.oid = i.inhrelid,
    lateral (select to_date(right(c.relname, 8), 'YYYYMMDD') as day) named
  where i.inhparent = 'delivery'::regclass and c.relname ~ '^delivery_\d{8}$' and day < before
  order by day
$function$;

CREATE OR REPLACE FUNCTION public.recent_page(of_profile integer, of_cart text, of_currency text, of_amount bigint, window_s integer)
 RETURNS text
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $function$
begin
  perform pg_advisory_xact_lock(
    hashtextextended(format('%s %s %s %s', of_profile, of_currency, of_amount, of_cart), 0));
  return (
    select t.tran_ref from transaction t
    where t.profile_id = of_profile and t.cart_id = of_cart
      and t.created_at > now() - make_interval(secs => window_s)
      and t.currency = of_currency and coalesce(t.asked_minor, t.amount_minor) = of_amount
      -- What follows a payment repeats its cart, and is none.
      and t.previous_tran_ref is null
      -- Made without a page of ours, and over without money: not authorised, held or pending.
      and not (t.service_id = 1 and t.state = 'completed'
        and t.outcome ->> 'status' not in ('A', 'H', 'P'))
    order by t.created_at desc limit 1);
end $function$;

CREATE OR REPLACE FUNCTION public.uuid_from(moment timestamp with time zone)
 RETURNS uuid
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN ((lpad(to_hex(((GREATEST(EXTRACT(epoch FROM moment), (0)::numeric) * (1000)::numeric))::bigint), 12, '0'::text) || repeat('0'::text, 20)))::uuid;

create table api_call (
  profile_id integer not null,
  call_id uuid not null,
  at timestamp with time zone not null,
  authenticated boolean not null,
  method text not null,
  path text not null,
  headers json not null,
  key_kind text not null,
  request_body text not null,
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
  constraint api_call_pkey PRIMARY KEY (profile_id, call_id)
) partition by RANGE (call_id);
CREATE INDEX api_call_cart ON ONLY public.api_call USING btree (profile_id, cart_id, call_id) WHERE (cart_id IS NOT NULL);
CREATE INDEX api_call_newest ON ONLY public.api_call USING btree (call_id);
CREATE INDEX api_call_refused ON ONLY public.api_call USING btree (profile_id, call_id) WHERE refused;
CREATE INDEX api_call_refused_newest ON ONLY public.api_call USING btree (call_id) WHERE refused;
CREATE INDEX api_call_trace ON ONLY public.api_call USING btree (trace);
CREATE INDEX api_call_tran_ref ON ONLY public.api_call USING btree (tran_ref) WHERE (tran_ref IS NOT NULL);

create table card_token (
  profile_id integer not null,
  token text not null,
  card_id uuid,
  tran_ref text not null,
  mandate jsonb,
  created_at timestamp with time zone default now() not null,
  deleted_at timestamp with time zone,
  constraint card_token_pkey PRIMARY KEY (profile_id, token),
  constraint card_token_profile_id_tran_ref_fkey FOREIGN KEY (profile_id, tran_ref) REFERENCES transaction(profile_id, tran_ref),
  constraint card_token_check CHECK (((card_id IS NULL) = (deleted_at IS NOT NULL)))
);

create table delivery (
  profile_id integer not null,
  delivery_id uuid not null,
  subject text not null,
  purpose text not null,
  lane text not null,
  lane_id bigint not null,
  url text not null,
  content_type text not null,
  headers json not null,
  body bytea not null,
  allow_private boolean not null,
  created_at timestamp with time zone default now() not null,
  exhausted_at timestamp with time zone,
  constraint delivery_pkey PRIMARY KEY (profile_id, delivery_id),
  constraint delivery_purpose_check1 CHECK ((purpose = ANY (ARRAY['callback'::text, 'ipn'::text])))
) partition by RANGE (delivery_id);
CREATE INDEX delivery_exhausted ON ONLY public.delivery USING btree (profile_id, exhausted_at) WHERE (exhausted_at IS NOT NULL);
CREATE INDEX delivery_exhausted_newest ON ONLY public.delivery USING btree (exhausted_at, delivery_id) WHERE (exhausted_at IS NOT NULL);
CREATE INDEX delivery_subject ON ONLY public.delivery USING btree (profile_id, subject);

create table delivery_attempt (
  profile_id integer not null,
  delivery_id uuid not null,
  number integer not null,
  node_id text not null,
  started_at timestamp with time zone not null,
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
  answer bytea not null,
  constraint delivery_attempt_pkey PRIMARY KEY (profile_id, delivery_id, number),
  constraint delivery_attempt_number_check1 CHECK ((number > 0))
) partition by RANGE (delivery_id);

create table delivery_attempt_default partition of delivery_attempt (
  profile_id integer not null,
  delivery_id uuid not null,
  number integer not null,
  node_id text not null,
  started_at timestamp with time zone not null,
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
  answer bytea not null,
  constraint delivery_attempt_default_pkey PRIMARY KEY (profile_id, delivery_id, number),
  constraint delivery_attempt_number_check1 CHECK ((number > 0))
) DEFAULT;

create table delivery_default partition of delivery (
  profile_id integer not null,
  delivery_id uuid not null,
  subject text not null,
  purpose text not null,
  lane text not null,
  lane_id bigint not null,
  url text not null,
  content_type text not null,
  headers json not null,
  body bytea not null,
  allow_private boolean not null,
  created_at timestamp with time zone default now() not null,
  exhausted_at timestamp with time zone,
  constraint delivery_default_pkey PRIMARY KEY (profile_id, delivery_id),
  constraint delivery_purpose_check1 CHECK ((purpose = ANY (ARRAY['callback'::text, 'ipn'::text])))
) DEFAULT;
CREATE INDEX delivery_default_exhausted_at_delivery_id_idx ON public.delivery_default USING btree (exhausted_at, delivery_id) WHERE (exhausted_at IS NOT NULL);
CREATE INDEX delivery_default_profile_id_exhausted_at_idx ON public.delivery_default USING btree (profile_id, exhausted_at) WHERE (exhausted_at IS NOT NULL);
CREATE INDEX delivery_default_profile_id_subject_idx ON public.delivery_default USING btree (profile_id, subject);

create table delivery_queue (
  profile_id integer not null,
  delivery_id uuid not null,
  lane_id bigint not null,
  state text not null,
  attempt_count integer default 0 not null,
  earlier_attempts integer default 0 not null,
  due_at timestamp with time zone default now() not null,
  node_id text,
  lease_token uuid,
  lease_until timestamp with time zone,
  constraint delivery_queue_pkey PRIMARY KEY (profile_id, delivery_id),
  constraint delivery_queue_check CHECK ((num_nonnulls(node_id, lease_token, lease_until) =
CASE state
    WHEN 'leased'::text THEN 3
    ELSE 0
END)),
  constraint delivery_queue_state_check CHECK ((state = ANY (ARRAY['leased'::text, 'pending'::text])))
) with (autovacuum_vacuum_cost_delay=0, autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_threshold=1000, fillfactor=75);
CREATE INDEX delivery_queue_leased ON public.delivery_queue USING btree (lease_until) WHERE (state = 'leased'::text);
CREATE INDEX delivery_queue_pending ON public.delivery_queue USING btree (profile_id, lane_id, due_at, delivery_id) WHERE (state = 'pending'::text);

create table invoice (
  profile_id integer not null,
  invoice_id integer not null,
  token text not null,
  trace text not null,
  currency text not null,
  amount_minor bigint not null,
  terms jsonb not null,
  content jsonb not null,
  state text not null,
  activates_at timestamp with time zone,
  due_at timestamp with time zone,
  expires_at timestamp with time zone,
  payment_ref text,
  paid_ref text,
  created_at timestamp with time zone default now() not null,
  closed_at timestamp with time zone,
  constraint invoice_pkey PRIMARY KEY (profile_id, invoice_id),
  constraint invoice_profile_id_fkey FOREIGN KEY (profile_id) REFERENCES profile(profile_id),
  constraint invoice_profile_id_paid_ref_fkey FOREIGN KEY (profile_id, paid_ref) REFERENCES transaction(profile_id, tran_ref),
  constraint invoice_profile_id_payment_ref_fkey FOREIGN KEY (profile_id, payment_ref) REFERENCES transaction(profile_id, tran_ref),
  constraint invoice_amount_minor_check CHECK ((amount_minor > 0)),
  constraint invoice_check CHECK (((state = 'paid'::text) = (paid_ref IS NOT NULL))),
  constraint invoice_check1 CHECK (((state = 'open'::text) = (closed_at IS NULL))),
  constraint invoice_check2 CHECK (((state = 'open'::text) OR (payment_ref IS NULL))),
  constraint invoice_state_check CHECK ((state = ANY (ARRAY['open'::text, 'paid'::text, 'cancelled'::text])))
);
CREATE UNIQUE INDEX invoice_payment ON public.invoice USING btree (profile_id, payment_ref) WHERE (payment_ref IS NOT NULL);

create table invoice_event (
  profile_id integer not null,
  invoice_id integer not null,
  event_id bigint generated always as identity not null,
  at timestamp with time zone default clock_timestamp() not null,
  kind text not null,
  actor text not null,
  detail jsonb default '{}'::jsonb not null,
  constraint invoice_event_pkey PRIMARY KEY (profile_id, invoice_id, event_id),
  constraint invoice_event_profile_id_invoice_id_fkey FOREIGN KEY (profile_id, invoice_id) REFERENCES invoice(profile_id, invoice_id),
  constraint invoice_event_actor_check CHECK ((actor = ANY (ARRAY['merchant'::text, 'shopper'::text, 'acquirer'::text, 'gateway'::text])))
);

create table ipn_configuration (
  profile_id integer not null,
  ipn_id uuid not null,
  name text not null,
  url text not null,
  tran_types text[],
  statuses text[],
  format text not null,
  user_agent text,
  headers json not null,
  enabled boolean not null,
  created_at timestamp with time zone default now() not null,
  changed_at timestamp with time zone default now() not null,
  constraint ipn_configuration_pkey PRIMARY KEY (profile_id, ipn_id),
  constraint ipn_configuration_profile_id_fkey FOREIGN KEY (profile_id) REFERENCES profile(profile_id),
  constraint ipn_configuration_format_check CHECK ((format = ANY (ARRAY['default_web'::text, 'basic_web'::text]))),
  constraint ipn_configuration_statuses_check CHECK ((cardinality(statuses) > 0)),
  constraint ipn_configuration_tran_types_check CHECK ((cardinality(tran_types) > 0))
);

create table lane (
  profile_id integer not null,
  lane_id bigint not null,
  name text not null,
  next_due_at timestamp with time zone default 'infinity'::timestamp with time zone not null,
  breaker text default 'closed'::text not null,
  rests_until timestamp with time zone,
  openings integer default 0 not null,
  changed_at timestamp with time zone default now() not null,
  constraint lane_pkey PRIMARY KEY (profile_id, lane_id),
  constraint lane_breaker_check CHECK ((breaker = ANY (ARRAY['closed'::text, 'open'::text, 'half_open'::text]))),
  constraint lane_check CHECK (((breaker = 'closed'::text) = (rests_until IS NULL)))
) with (autovacuum_vacuum_cost_delay=0, autovacuum_vacuum_scale_factor=0.02, fillfactor=50);
CREATE INDEX lane_due ON public.lane USING btree (next_due_at) WHERE ((breaker = 'closed'::text) AND (next_due_at < 'infinity'::timestamp with time zone));
CREATE INDEX lane_probe_due ON public.lane USING btree (next_due_at) WHERE ((breaker <> 'closed'::text) AND (next_due_at < 'infinity'::timestamp with time zone));
CREATE INDEX lane_resting ON public.lane USING btree (profile_id, lane_id) WHERE (breaker <> 'closed'::text);

create table mail (
  profile_id integer not null,
  mail_id uuid not null,
  about text not null,
  purpose text not null,
  recipient text not null,
  subject text not null,
  body_text text not null,
  body_html text not null,
  state text default 'pending'::text not null,
  refusals integer default 0 not null,
  due_at timestamp with time zone default now() not null,
  lease_token uuid,
  last_answer text,
  created_at timestamp with time zone default now() not null,
  settled_at timestamp with time zone,
  constraint mail_pkey PRIMARY KEY (profile_id, mail_id),
  constraint mail_profile_id_fkey FOREIGN KEY (profile_id) REFERENCES profile(profile_id),
  constraint mail_check CHECK (((state = 'pending'::text) = (settled_at IS NULL))),
  constraint mail_check1 CHECK (((state = 'pending'::text) OR (lease_token IS NULL))),
  constraint mail_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'sent'::text, 'given_up'::text])))
) with (fillfactor=80);
CREATE INDEX mail_about ON public.mail USING btree (profile_id, about);
CREATE INDEX mail_due ON public.mail USING btree (due_at) WHERE (state = 'pending'::text);
CREATE INDEX mail_given_up ON public.mail USING btree (settled_at) WHERE (state = 'given_up'::text);
CREATE INDEX mail_settled ON public.mail USING btree (settled_at) WHERE (state <> 'pending'::text);

create table migration (
  number integer not null,
  name text not null,
  sha256 text not null,
  applied_at timestamp with time zone default now() not null,
  constraint migration_pkey PRIMARY KEY (number)
);

create table page_theme (
  profile_id integer not null,
  config_id integer not null,
  name text not null,
  accent text not null,
  monogram text,
  constraint page_theme_pkey PRIMARY KEY (profile_id, config_id),
  constraint page_theme_profile_id_fkey FOREIGN KEY (profile_id) REFERENCES profile(profile_id),
  constraint page_theme_accent_check CHECK ((accent ~ '^#[0-9a-f]{6}$'::text)),
  constraint page_theme_config_id_check CHECK ((config_id > 0)),
  constraint page_theme_monogram_check CHECK (((char_length(monogram) >= 1) AND (char_length(monogram) <= 3)))
);

create table payment_link (
  profile_id integer not null,
  link_id integer not null,
  token text not null,
  trace text not null,
  title text not null,
  currency text not null,
  amount_minor bigint not null,
  terms jsonb not null,
  expires_at timestamp with time zone,
  created_at timestamp with time zone default now() not null,
  constraint payment_link_pkey PRIMARY KEY (profile_id, link_id),
  constraint payment_link_profile_id_fkey FOREIGN KEY (profile_id) REFERENCES profile(profile_id),
  constraint payment_link_amount_minor_check CHECK ((amount_minor > 0))
);

create table payment_link_payment (
  profile_id integer not null,
  link_id integer not null,
  once text not null,
  tran_ref text,
  created_at timestamp with time zone default now() not null,
  constraint payment_link_payment_pkey PRIMARY KEY (profile_id, link_id, once),
  constraint payment_link_payment_profile_id_link_id_fkey FOREIGN KEY (profile_id, link_id) REFERENCES payment_link(profile_id, link_id),
  constraint payment_link_payment_profile_id_tran_ref_fkey FOREIGN KEY (profile_id, tran_ref) REFERENCES transaction(profile_id, tran_ref)
);

create unlogged table payment_token (
  profile_id integer not null,
  lookup bytea not null,
  sealed bytea not null,
  expires_at timestamp with time zone not null,
  constraint payment_token_pkey PRIMARY KEY (profile_id, lookup)
);
CREATE INDEX payment_token_expiry ON public.payment_token USING btree (expires_at);

create table periodic_job (
  name text not null,
  ran_at timestamp with time zone not null,
  node_id text not null,
  constraint periodic_job_pkey PRIMARY KEY (name)
);

create table profile (
  profile_id integer not null,
  merchant_id integer not null,
  name text not null,
  mode text not null,
  currencies text[] not null,
  server_key text not null,
  client_key text not null,
  created_at timestamp with time zone default now() not null,
  retry_delays_s integer[],
  payment_methods text[],
  mail jsonb,
  duplicate_window_s integer default 120 not null,
  requests_per_minute integer,
  recurring boolean default false not null,
  client_habits jsonb,
  constraint profile_pkey PRIMARY KEY (profile_id),
  constraint profile_duplicate_window_s_check CHECK (((duplicate_window_s >= 0) AND (duplicate_window_s <= 86400))),
  constraint profile_mode_check CHECK ((mode = ANY (ARRAY['test'::text, 'live'::text]))),
  constraint profile_requests_per_minute_check CHECK ((requests_per_minute >= 0)),
  constraint profile_retry_delays_s_check CHECK ((((array_length(retry_delays_s, 1) >= 1) AND (array_length(retry_delays_s, 1) <= 30)) AND (1 <= ALL (retry_delays_s))))
);
CREATE UNIQUE INDEX profile_client_key ON public.profile USING btree (client_key);
CREATE UNIQUE INDEX profile_server_key ON public.profile USING btree (sha256((server_key)::bytea));

create table redelivery (
  redelivery_id uuid not null,
  idempotency_key text not null,
  request jsonb not null,
  include text not null,
  profile_id integer,
  delivery_id uuid,
  subject text,
  lane_id bigint,
  since timestamp with time zone not null,
  until timestamp with time zone not null,
  matched integer not null,
  requeued integer default 0 not null,
  after_profile integer default 0 not null,
  after_delivery uuid default '00000000-0000-0000-0000-000000000000'::uuid not null,
  created_at timestamp with time zone default now() not null,
  finished_at timestamp with time zone,
  tried_at timestamp with time zone,
  failures integer default 0 not null,
  sql_state text,
  constraint redelivery_pkey PRIMARY KEY (redelivery_id),
  constraint redelivery_idempotency_key_key UNIQUE (idempotency_key),
  constraint redelivery_failures_check CHECK ((failures >= 0)),
  constraint redelivery_include_check CHECK ((include = ANY (ARRAY['failed'::text, 'all'::text])))
);
CREATE INDEX redelivery_unfinished ON public.redelivery USING btree (created_at) WHERE (finished_at IS NULL);

create table request_quota (
  profile_id integer not null,
  minute timestamp with time zone not null,
  taken integer not null,
  subject text default ''::text not null,
  constraint request_quota_pkey PRIMARY KEY (profile_id, subject),
  constraint request_quota_profile_id_fkey FOREIGN KEY (profile_id) REFERENCES profile(profile_id)
) with (fillfactor=50);

create table sandbox_inbox (
  profile_id integer not null,
  inbox_id text not null,
  tran_ref text not null,
  created_at timestamp with time zone default clock_timestamp() not null,
  constraint sandbox_inbox_pkey PRIMARY KEY (profile_id, inbox_id),
  constraint sandbox_inbox_profile_id_fkey FOREIGN KEY (profile_id) REFERENCES profile(profile_id)
);
CREATE INDEX sandbox_inbox_age ON public.sandbox_inbox USING btree (profile_id, created_at);

create table sandbox_inbox_message (
  profile_id integer not null,
  inbox_id text not null,
  message_id bigint generated always as identity not null,
  at timestamp with time zone default clock_timestamp() not null,
  kind text not null,
  tran_ref text not null,
  method text not null,
  url text not null,
  headers json not null,
  body bytea not null,
  constraint sandbox_inbox_message_pkey PRIMARY KEY (profile_id, inbox_id, message_id),
  constraint sandbox_inbox_message_profile_id_inbox_id_fkey FOREIGN KEY (profile_id, inbox_id) REFERENCES sandbox_inbox(profile_id, inbox_id) ON DELETE CASCADE,
  constraint sandbox_inbox_message_kind_check CHECK ((kind = ANY (ARRAY['return'::text, 'callback'::text])))
);

create table simulator_authorisation (
  profile_id integer not null,
  request_id uuid not null,
  challenge_token text,
  challenge jsonb,
  challenge_open boolean not null,
  answer jsonb,
  answers_at timestamp with time zone not null,
  created_at timestamp with time zone default now() not null,
  refunds text default 'at_once'::text not null,
  constraint simulator_authorisation_pkey PRIMARY KEY (profile_id, request_id),
  constraint simulator_authorisation_refunds_check CHECK ((refunds = ANY (ARRAY['at_once'::text, 'later'::text, 'never'::text])))
);
CREATE UNIQUE INDEX simulator_challenge ON public.simulator_authorisation USING btree (profile_id, challenge_token);

create table simulator_bill (
  profile_id integer not null,
  request_id uuid not null,
  bill_token text not null,
  number text not null,
  method text not null,
  view jsonb not null,
  state text default 'open'::text not null,
  created_at timestamp with time zone default now() not null,
  constraint simulator_bill_pkey PRIMARY KEY (profile_id, request_id),
  constraint simulator_bill_state_check CHECK ((state = ANY (ARRAY['open'::text, 'paid'::text, 'closed'::text])))
);
CREATE UNIQUE INDEX simulator_bill_token ON public.simulator_bill USING btree (profile_id, bill_token);

create table transaction (
  profile_id integer not null,
  tran_ref text not null,
  page_token text not null,
  trace text not null,
  tran_type text not null,
  tran_class text not null,
  cart_id text not null,
  cart_description text not null,
  currency text not null,
  amount_minor bigint not null,
  callback_url text,
  return_url text,
  return_using_get boolean not null,
  language text,
  details jsonb not null,
  live_warnings jsonb not null,
  state text not null,
  due_at timestamp with time zone not null,
  created_at timestamp with time zone default now() not null,
  ttl_minutes integer not null,
  expires_at timestamp with time zone not null,
  extensions integer default 0 not null,
  opened_at timestamp with time zone,
  acquirer text,
  acquirer_request uuid,
  challenge_url text,
  card jsonb,
  inquiries integer default 0 not null,
  outcome jsonb,
  callback_delivery uuid,
  completed_at timestamp with time zone,
  returned_at timestamp with time zone,
  previous_tran_ref text,
  original_tran_type text,
  service_id smallint default 2 not null,
  reserves text,
  charged_minor bigint,
  captured_minor bigint default 0 not null,
  released_minor bigint default 0 not null,
  refunded_minor bigint default 0 not null,
  options jsonb default '{}'::jsonb not null,
  saves_card uuid,
  asked_minor bigint,
  challenged_at timestamp with time zone,
  constraint transaction_pkey PRIMARY KEY (profile_id, tran_ref),
  constraint transaction_profile_id_fkey FOREIGN KEY (profile_id) REFERENCES profile(profile_id),
  constraint transaction_amount_minor_check CHECK ((amount_minor > 0)),
  constraint transaction_captured_minor_check CHECK ((captured_minor >= 0)),
  constraint transaction_charged_minor_check CHECK ((charged_minor > 0)),
  constraint transaction_check CHECK (((state = ANY (ARRAY['awaiting'::text, 'completed'::text])) = (outcome IS NOT NULL))),
  constraint transaction_check1 CHECK (((captured_minor + released_minor) <= COALESCE(charged_minor, amount_minor))),
  constraint transaction_check2 CHECK ((refunded_minor <= COALESCE(charged_minor, amount_minor))),
  constraint transaction_check3 CHECK (((reserves IS NULL) OR (previous_tran_ref IS NOT NULL))),
  constraint transaction_refunded_minor_check CHECK ((refunded_minor >= 0)),
  constraint transaction_released_minor_check CHECK ((released_minor >= 0)),
  constraint transaction_reserves_check CHECK ((reserves = ANY (ARRAY['captured'::text, 'released'::text, 'refunded'::text]))),
  constraint transaction_state_check CHECK ((state = ANY (ARRAY['open'::text, 'authorising'::text, 'challenging'::text, 'awaiting'::text, 'completed'::text])))
) with (fillfactor=80);
CREATE INDEX transaction_cart ON public.transaction USING btree (profile_id, cart_id, created_at DESC);
CREATE INDEX transaction_due ON public.transaction USING btree (due_at) WHERE (state <> 'completed'::text);
CREATE UNIQUE INDEX transaction_page_token ON public.transaction USING btree (profile_id, page_token);
CREATE INDEX transaction_previous ON public.transaction USING btree (profile_id, previous_tran_ref) WHERE (previous_tran_ref IS NOT NULL);

create table transaction_event (
  profile_id integer not null,
  tran_ref text not null,
  event_id bigint generated always as identity not null,
  at timestamp with time zone default clock_timestamp() not null,
  kind text not null,
  actor text not null,
  detail jsonb default '{}'::jsonb not null,
  constraint transaction_event_pkey PRIMARY KEY (profile_id, tran_ref, event_id),
  constraint transaction_event_profile_id_tran_ref_fkey FOREIGN KEY (profile_id, tran_ref) REFERENCES transaction(profile_id, tran_ref),
  constraint transaction_event_actor_check CHECK ((actor = ANY (ARRAY['merchant'::text, 'shopper'::text, 'acquirer'::text, 'gateway'::text])))
);

create table used_wallet_token (
  profile_id integer not null,
  lookup bytea not null,
  expires_at timestamp with time zone not null,
  constraint used_wallet_token_pkey PRIMARY KEY (profile_id, lookup),
  constraint used_wallet_token_profile_id_fkey FOREIGN KEY (profile_id) REFERENCES profile(profile_id)
);
CREATE INDEX used_wallet_token_expiry ON public.used_wallet_token USING btree (expires_at);

create table vault_card (
  profile_id integer not null,
  card_id uuid not null,
  key_id text not null,
  wrapped_key bytea not null,
  sealed_card bytea not null,
  created_at timestamp with time zone default now() not null,
  constraint vault_card_pkey PRIMARY KEY (profile_id, card_id),
  constraint vault_card_profile_id_fkey FOREIGN KEY (profile_id) REFERENCES profile(profile_id)
);
CREATE INDEX vault_card_key ON public.vault_card USING btree (key_id, profile_id, card_id);

create table vault_node (
  node_id text not null,
  key_ids text[] not null,
  seals_with text not null,
  seen_at timestamp with time zone default now() not null,
  constraint vault_node_pkey PRIMARY KEY (node_id)
);
