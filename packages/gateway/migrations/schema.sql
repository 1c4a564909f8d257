create sequence tran_ref_number as bigint start 1 increment 1 minvalue 1 maxvalue 9223372036854775807;

create table delivery (
  profile_id integer not null,
  delivery_id uuid not null,
  subject text not null,
  purpose text not null,
  lane text collate "C" not null,
  url text not null,
  content_type text not null,
  headers json not null,
  body bytea not null,
  allow_private boolean not null,
  state text not null,
  attempt_count integer default 0 not null,
  due_at timestamp with time zone default now() not null,
  node_id text,
  lease_token uuid,
  lease_until timestamp with time zone,
  created_at timestamp with time zone default now() not null,
  settled_at timestamp with time zone,
  constraint delivery_pkey PRIMARY KEY (profile_id, delivery_id),
  constraint delivery_check CHECK (((state = 'leased'::text) = (num_nonnulls(node_id, lease_token, lease_until) = 3))),
  constraint delivery_check1 CHECK (((state = 'leased'::text) OR (num_nulls(node_id, lease_token, lease_until) = 3))),
  constraint delivery_check2 CHECK (((state = ANY (ARRAY['delivered'::text, 'exhausted'::text])) = (settled_at IS NOT NULL))),
  constraint delivery_purpose_check CHECK ((purpose = ANY (ARRAY['callback'::text, 'ipn'::text]))),
  constraint delivery_state_check CHECK ((state = ANY (ARRAY['leased'::text, 'pending'::text, 'delivered'::text, 'exhausted'::text])))
) with (fillfactor=75);
CREATE INDEX delivery_leased ON public.delivery USING btree (lease_until) WHERE (state = 'leased'::text);
CREATE INDEX delivery_pending ON public.delivery USING btree (lane, due_at, delivery_id) WHERE (state = 'pending'::text);
CREATE INDEX delivery_subject ON public.delivery USING btree (profile_id, subject);

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
  constraint delivery_attempt_number_check CHECK ((number > 0))
);

create table migration (
  number integer not null,
  name text not null,
  sha256 text not null,
  applied_at timestamp with time zone default now() not null,
  constraint migration_pkey PRIMARY KEY (number)
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
  constraint profile_pkey PRIMARY KEY (profile_id),
  constraint profile_mode_check CHECK ((mode = ANY (ARRAY['test'::text, 'live'::text])))
);

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
  constraint simulator_authorisation_pkey PRIMARY KEY (profile_id, request_id)
);
CREATE UNIQUE INDEX simulator_challenge ON public.simulator_authorisation USING btree (profile_id, challenge_token);

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
  constraint transaction_pkey PRIMARY KEY (profile_id, tran_ref),
  constraint transaction_profile_id_fkey FOREIGN KEY (profile_id) REFERENCES profile(profile_id),
  constraint transaction_amount_minor_check CHECK ((amount_minor > 0)),
  constraint transaction_check CHECK (((state = 'completed'::text) = (outcome IS NOT NULL))),
  constraint transaction_state_check CHECK ((state = ANY (ARRAY['open'::text, 'authorising'::text, 'challenging'::text, 'completed'::text])))
) with (fillfactor=80);
CREATE INDEX transaction_cart ON public.transaction USING btree (profile_id, cart_id, created_at DESC);
CREATE INDEX transaction_due ON public.transaction USING btree (due_at) WHERE (state <> 'completed'::text);
CREATE UNIQUE INDEX transaction_page_token ON public.transaction USING btree (profile_id, page_token);

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
