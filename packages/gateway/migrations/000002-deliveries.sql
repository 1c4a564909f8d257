-- The outbox. A delivery row is also its queue entry: it is born leased to the node that commits
-- it, so that the usual case needs neither a claim nor a notification.

create table delivery (
  profile_id integer not null,
  delivery_id uuid not null,
  -- What the delivery is about, in the words of whoever asked for it; a payment's tran_ref.
  subject text not null,
  purpose text not null check (purpose in ('callback', 'ipn')),
  -- Profile and origin: deliveries of one lane share its limits, and no lane holds up another.
  lane text collate "C" not null,
  url text not null,
  content_type text not null,
  -- Not jsonb, which would put the headers into another order.
  headers json not null,
  -- The exact bytes of every attempt; signatures are made over them.
  body bytea not null,
  allow_private boolean not null,
  state text not null check (state in ('leased', 'pending', 'delivered', 'exhausted')),
  attempt_count integer not null default 0,
  due_at timestamptz not null default now(),
  node_id text,
  lease_token uuid,
  lease_until timestamptz,
  created_at timestamptz not null default now(),
  settled_at timestamptz,
  primary key (profile_id, delivery_id),
  check ((state = 'leased') = (num_nonnulls(node_id, lease_token, lease_until) = 3)),
  check ((state = 'leased') or num_nulls(node_id, lease_token, lease_until) = 3),
  check ((state in ('delivered', 'exhausted')) = (settled_at is not null))
) with (fillfactor = 75);

create index delivery_subject on delivery (profile_id, subject);
create index delivery_pending on delivery (lane, due_at, delivery_id) where state = 'pending';
create index delivery_leased on delivery (lease_until) where state = 'leased';

-- One row for each attempt, whatever became of it. Rows are only ever added, by the statement that
-- moves the delivery on; a foreign key would check at every attempt what that statement ensures.
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
);
