-- The two limits on page creations: the duplicate rule (code 4) and the rate limit (code 5).

alter table profile
  -- How long the same cart, amount and currency are refused again; 0: never (protocol.md 4.1).
  add column duplicate_window_s integer not null default 120
    check (duplicate_window_s between 0 and 86400),
  -- Calls of /payment/request in one minute; 0: any number; null: as the gateway's rules say.
  add column requests_per_minute integer check (requests_per_minute >= 0);

-- The page of these last seconds that a new one would repeat; null when there is none.
--
-- The lock makes two at once on two nodes wait for each other, and is held until the transaction's
-- end. What is looked for afterwards is seen with a snapshot of its own, newer than the lock, as
-- every statement of a volatile function has: so the second of the two finds the first.
create function recent_page(
  of_profile integer, of_cart text, of_currency text, of_amount bigint, window_s integer
) returns text
language plpgsql volatile
-- It reads the cart's newest rows by their key, whatever the planner believes of the table.
set enable_seqscan = off
as $$
begin
  perform pg_advisory_xact_lock(
    hashtextextended(format('%s %s %s %s', of_profile, of_currency, of_amount, of_cart), 0));
  return (
    select t.tran_ref from transaction t
    where t.profile_id = of_profile and t.cart_id = of_cart
      and t.created_at > now() - make_interval(secs => window_s)
      and t.currency = of_currency and t.amount_minor = of_amount
      -- Made as a page: what follows a payment repeats its cart, and is none.
      and t.service_id = 2
    order by t.created_at desc limit 1);
end $$;

-- The permits that nodes took of a profile's minute: one row for each profile that has a limit.
create table request_quota (
  profile_id integer primary key references profile,
  minute timestamptz not null,
  taken integer not null
) with (fillfactor = 50);
