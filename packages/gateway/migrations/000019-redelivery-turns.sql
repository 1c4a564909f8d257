-- Jobs that redeliver take turns: the one tried the longest ago is next. One that fails says so, and is
-- tried ever more seldom, so that it holds up no other. sql_state is that of its last failure; absent:
-- the database gave no answer.

alter table redelivery
  add column tried_at timestamptz,
  add column failures integer not null default 0 check (failures >= 0),
  add column sql_state text;
