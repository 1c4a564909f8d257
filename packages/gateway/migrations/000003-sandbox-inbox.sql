-- The sandbox's built-in receiver of Returns and Callbacks, for whoever has no server yet. Bounded:
-- old inboxes and old messages give way to new ones.

create table sandbox_inbox (
  profile_id integer not null references profile,
  inbox_id text not null,
  -- The payment it was opened for.
  tran_ref text not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (profile_id, inbox_id)
);

create index sandbox_inbox_age on sandbox_inbox (profile_id, created_at);

create table sandbox_inbox_message (
  profile_id integer not null,
  inbox_id text not null,
  message_id bigint generated always as identity,
  at timestamptz not null default clock_timestamp(),
  kind text not null check (kind in ('return', 'callback')),
  -- What the message says it is about, else the inbox's own payment.
  tran_ref text not null,
  method text not null,
  url text not null,
  -- Pairs in the order and spelling they came, cookies and authorization left out.
  headers json not null,
  -- The exact bytes: signatures are made over them.
  body bytea not null,
  primary key (profile_id, inbox_id, message_id),
  foreign key (profile_id, inbox_id) references sandbox_inbox on delete cascade
);
