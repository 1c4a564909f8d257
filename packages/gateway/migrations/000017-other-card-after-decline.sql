-- A direct payment that has failed may be made again with another card (protocol.md 4.1): its shop has no
-- page of ours on which the shopper could try another one.

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
      -- Made without a page of ours, and over without money: not authorised, held or pending.
      and not (t.service_id = 1 and t.state = 'completed'
        and t.outcome ->> 'status' not in ('A', 'H', 'P'))
    order by t.created_at desc limit 1);
end $$;
