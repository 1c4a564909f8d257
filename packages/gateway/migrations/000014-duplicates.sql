-- The duplicate rule (protocol.md 4.1) for payments without a page too, and by what was asked for.

alter table transaction
  -- What the request asked for, where the shopper chose another amount; null: as it is.
  add column asked_minor bigint;

-- The payment of these last seconds that a new one would repeat; null when there is none.
--
-- The lock makes two at once on two nodes wait for each other, and is held until the transaction's
-- end. What is looked for afterwards is seen with a snapshot of its own, newer than the lock, as
-- every statement of a volatile function has: so the second of the two finds the first.
create or replace function recent_page(
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
      and t.currency = of_currency and coalesce(t.asked_minor, t.amount_minor) = of_amount
      -- What follows a payment repeats its cart, and is none.
      and t.previous_tran_ref is null
    order by t.created_at desc limit 1);
end $$;
