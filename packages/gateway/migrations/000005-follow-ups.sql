-- Follow-ups (capture, void, release, refund, authext) are transactions of their own that name the
-- one they act on. What they take is kept in balances of that one, reserved before the acquirer is
-- asked and given back if it says no, so that two at once can never take more than there is.

alter table transaction
  add column previous_tran_ref text,
  -- What was asked for, where something else was carried out: a partial void is a release.
  add column original_tran_type text,
  -- PT2's number of the service: 1 API, 2 hosted page.
  add column service_id smallint not null default 2,
  -- The balance of the previous transaction that this one reserves its amount from.
  add column reserves text check (reserves in ('captured', 'released', 'refunded')),
  -- What was charged, where that is not the amount asked for.
  add column charged_minor bigint check (charged_minor > 0),
  add column captured_minor bigint not null default 0 check (captured_minor >= 0),
  add column released_minor bigint not null default 0 check (released_minor >= 0),
  add column refunded_minor bigint not null default 0 check (refunded_minor >= 0),
  -- How the page is to behave, as the request asked.
  add column options jsonb not null default '{}',
  add check (captured_minor + released_minor <= coalesce(charged_minor, amount_minor)),
  add check (refunded_minor <= coalesce(charged_minor, amount_minor)),
  add check (reserves is null or previous_tran_ref is not null);

create index transaction_previous on transaction (profile_id, previous_tran_ref)
  where previous_tran_ref is not null;

-- What the simulated acquirer does with a refund of this authorisation.
alter table simulator_authorisation add column refunds text not null default 'at_once'
  check (refunds in ('at_once', 'later', 'never'));
