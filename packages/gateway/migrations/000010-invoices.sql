-- Invoices and payment links. Both keep the terms of the payments that are made from them when
-- somebody pays.

-- The profile of a call that carries nothing but its key (protocol.md 1.2). A hash is looked up, so
-- how long the search takes tells nothing of the key; two profiles can never have the same one. A key
-- is letters, digits and hyphens, so the cast takes it as it is.
create unique index profile_server_key on profile (sha256(server_key::bytea));

-- Numbers of invoices and links, over all profiles.
create sequence invoice_number as integer;
create sequence payment_link_number as integer;

create table invoice (
  profile_id integer not null references profile,
  invoice_id integer not null,
  -- The secret part of its address.
  token text not null,
  trace text not null,
  currency text not null,
  amount_minor bigint not null check (amount_minor > 0),
  -- What a payment of it is made from; the amount stands above.
  terms jsonb not null,
  -- Line items, charges and totals, as they are shown.
  content jsonb not null,
  state text not null check (state in ('open', 'paid', 'cancelled')),
  activates_at timestamptz,
  due_at timestamptz,
  expires_at timestamptz,
  -- The one payment that is under way: while there is one, no other can begin.
  payment_ref text,
  -- The payment that paid it.
  paid_ref text,
  created_at timestamptz not null default now(),
  closed_at timestamptz,
  primary key (profile_id, invoice_id),
  foreign key (profile_id, payment_ref) references transaction (profile_id, tran_ref),
  foreign key (profile_id, paid_ref) references transaction (profile_id, tran_ref),
  check ((state = 'paid') = (paid_ref is not null)),
  check ((state = 'open') = (closed_at is null)),
  check (state = 'open' or payment_ref is null)
);

-- Finds the invoice that a payment settles.
create unique index invoice_payment on invoice (profile_id, payment_ref)
  where payment_ref is not null;

-- What happened to an invoice, in order. Rows are only ever added.
create table invoice_event (
  profile_id integer not null,
  invoice_id integer not null,
  event_id bigint generated always as identity,
  at timestamptz not null default clock_timestamp(),
  kind text not null,
  actor text not null check (actor in ('merchant', 'shopper', 'acquirer', 'gateway')),
  detail jsonb not null default '{}',
  primary key (profile_id, invoice_id, event_id),
  foreign key (profile_id, invoice_id) references invoice
);

create table payment_link (
  profile_id integer not null references profile,
  link_id integer not null,
  token text not null,
  trace text not null,
  title text not null,
  currency text not null,
  amount_minor bigint not null check (amount_minor > 0),
  terms jsonb not null,
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (profile_id, link_id)
);

-- The payments made from a link. A form of its page carries a number used once, so that a double
-- click makes one payment.
create table payment_link_payment (
  profile_id integer not null,
  link_id integer not null,
  once text not null,
  tran_ref text,
  created_at timestamptz not null default now(),
  primary key (profile_id, link_id, once),
  foreign key (profile_id, link_id) references payment_link,
  foreign key (profile_id, tran_ref) references transaction (profile_id, tran_ref)
);
