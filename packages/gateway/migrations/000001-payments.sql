-- Profiles and their payments. Every key begins with profile_id, so that the tables can be
-- distributed by profile.

create table profile (
  profile_id integer primary key,
  merchant_id integer not null,
  name text not null,
  mode text not null check (mode in ('test', 'live')),
  currencies text[] not null,
  server_key text not null,
  client_key text not null,
  created_at timestamptz not null default now()
);

-- Feeds the last eight digits of a tran_ref, over all profiles.
create sequence tran_ref_number;

create table transaction (
  profile_id integer not null references profile,
  tran_ref text not null,
  page_token text not null,
  trace text not null,
  tran_type text not null,
  tran_class text not null,
  cart_id text not null,
  cart_description text not null,
  currency text not null,
  amount_minor bigint not null check (amount_minor > 0),
  callback_url text,
  return_url text,
  return_using_get boolean not null,
  language text,
  -- What the merchant sent and the shopper added: customer, shipping, user_defined, …
  details jsonb not null,
  live_warnings jsonb not null,
  state text not null check (state in ('open', 'authorising', 'challenging', 'completed')),
  -- When an unfinished payment needs attention: page expiry, next inquiry, challenge deadline.
  due_at timestamptz not null,
  created_at timestamptz not null default now(),
  ttl_minutes integer not null,
  expires_at timestamptz not null,
  extensions integer not null default 0,
  opened_at timestamptz,
  acquirer text,
  acquirer_request uuid,
  challenge_url text,
  -- What may be kept of the card, from the moment it was sent to the acquirer.
  card jsonb,
  inquiries integer not null default 0,
  -- The outcome, written once: status letter, code, card, 3-D Secure, time.
  outcome jsonb,
  callback_delivery uuid,
  completed_at timestamptz,
  returned_at timestamptz,
  primary key (profile_id, tran_ref),
  check ((state = 'completed') = (outcome is not null))
) with (fillfactor = 80);

create unique index transaction_page_token on transaction (profile_id, page_token);
create index transaction_cart on transaction (profile_id, cart_id, created_at desc);
create index transaction_due on transaction (due_at) where state <> 'completed';

-- What happened to a payment, in order. Rows are only ever added.
create table transaction_event (
  profile_id integer not null,
  tran_ref text not null,
  event_id bigint generated always as identity,
  at timestamptz not null default clock_timestamp(),
  kind text not null,
  actor text not null check (actor in ('merchant', 'shopper', 'acquirer', 'gateway')),
  detail jsonb not null default '{}',
  primary key (profile_id, tran_ref, event_id),
  foreign key (profile_id, tran_ref) references transaction
);

-- The simulated acquirer's own book, so that it remembers what it answered after a crash.
create table simulator_authorisation (
  profile_id integer not null,
  request_id uuid not null,
  challenge_token text,
  challenge jsonb,
  challenge_open boolean not null,
  answer jsonb,
  -- A late answer is not given before this time.
  answers_at timestamptz not null,
  created_at timestamptz not null default now(),
  primary key (profile_id, request_id)
);

create unique index simulator_challenge on simulator_authorisation (profile_id, challenge_token);
