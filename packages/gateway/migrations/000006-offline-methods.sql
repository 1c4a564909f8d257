-- Offline methods: the page ends with a reference number, and the shopper pays later, elsewhere.
-- Such a payment is `awaiting`: it has told the merchant that it is pending, and ends when it is
-- paid (a transaction of its own follows it) or when its time is over.

alter table transaction
  drop constraint transaction_state_check,
  drop constraint transaction_check,
  add constraint transaction_state_check
    check (state in ('open', 'authorising', 'challenging', 'awaiting', 'completed')),
  add constraint transaction_check
    check ((state in ('awaiting', 'completed')) = (outcome is not null));

-- The bills of the simulated acquirer, which anybody can pay on its page.
create table simulator_bill (
  profile_id integer not null,
  request_id uuid not null,
  bill_token text not null,
  -- What the shopper names when paying.
  number text not null,
  method text not null,
  view jsonb not null,
  state text not null default 'open' check (state in ('open', 'paid', 'closed')),
  created_at timestamptz not null default now(),
  primary key (profile_id, request_id)
);

create unique index simulator_bill_token on simulator_bill (profile_id, bill_token);
