-- name: CountDeclines :one
-- CountDeclines counts the payments that began since a time and those that a bank declined, also once and on a page where the shopper can try again.
select count(*)::int as tries, count(*) filter (where failure_reason = 'declined')::int as declines
from payments where start_time > @since and provider <> 'gift_card';
