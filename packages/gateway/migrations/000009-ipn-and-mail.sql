-- Where a profile's transactions are told of beside the Callback of each payment: addresses that get
-- an IPN, and people who get an e-mail.

create table ipn_configuration (
  profile_id integer not null references profile,
  ipn_id uuid not null,
  name text not null,
  url text not null,
  -- Which transactions and which outcomes it is told of; null: all, also those of later versions.
  tran_types text[] check (cardinality(tran_types) > 0),
  statuses text[] check (cardinality(statuses) > 0),
  format text not null check (format in ('default_web', 'basic_web')),
  -- Null: the gateway's own.
  user_agent text,
  -- Not jsonb, which would put the headers into another order.
  headers json not null,
  enabled boolean not null,
  created_at timestamptz not null default now(),
  changed_at timestamptz not null default now(),
  primary key (profile_id, ipn_id)
);

-- Who gets an e-mail about this profile's transactions; null: nobody.
alter table profile add column mail jsonb;

-- E-mails, written with what they are about and sent by whichever node takes them. Finished when
-- they are written: a later version sends what the payment was when it was committed.
create table mail (
  profile_id integer not null references profile,
  mail_id uuid not null,
  -- What it is about, in the words of whoever asked for it; a payment's tran_ref.
  about text not null,
  -- To whom, or what for: `merchant`, `shopper`, …
  purpose text not null,
  recipient text not null,
  subject text not null,
  body_text text not null,
  body_html text not null,
  state text not null default 'pending' check (state in ('pending', 'sent', 'given_up')),
  -- Attempts that the mail server refused for now; one that could not be reached counts for nothing.
  refusals integer not null default 0,
  -- When it may be sent; a node that takes it moves this to when its lease ends.
  due_at timestamptz not null default now(),
  lease_token uuid,
  -- What the last attempt came to.
  last_answer text,
  created_at timestamptz not null default now(),
  settled_at timestamptz,
  primary key (profile_id, mail_id),
  check ((state = 'pending') = (settled_at is null)),
  check (state = 'pending' or lease_token is null)
) with (fillfactor = 80);

create index mail_due on mail (due_at) where state = 'pending';
create index mail_given_up on mail (settled_at) where state = 'given_up';
create index mail_settled on mail (settled_at) where state <> 'pending';
create index mail_about on mail (profile_id, about);
