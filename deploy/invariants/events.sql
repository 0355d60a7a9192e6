-- check: event.outbox
-- An event was not handed out.
select id || ': ' || topic || ' of ' || create_time
from outbox
where create_time < (select settled from moment)

-- check: event.undelivered
-- A consumer has not taken an event.
select consumer || ': ' || topic || ' of ' || create_time || ', ' || attempts || ' tries' || case when error = '' then '' else ': ' || error end
from deliveries
where not dead and create_time < (select settled from moment)

-- check: event.dead
-- A delivery was given up.
select consumer || ': ' || topic || ' of ' || create_time || ': ' || error
from deliveries
where dead

-- check: mail.twice
-- A mail about an order was sent twice.
select order_id || ': ' || kind
from event_mails
group by order_id, kind
having count(*) > 1

-- check: mail.stuck
-- A mail was begun and not sent.
select order_id || ': ' || kind || ', begun ' || claimed_time
from event_mails
where sent_time is null and skipped_time is null and claimed_time < (select settled - interval '1 min' from moment)

-- check: mail.missing
-- A shopper was not told of a confirmed order.
select o.number || ': confirmed ' || o.confirm_time
from orders o
where o.confirm_time < (select settled - interval '1 min' from moment)
    and not exists (select from event_mails m where m.order_id = o.id and m.kind = 'confirmed' and coalesce(m.sent_time, m.skipped_time) is not null)

-- check: idempotency.unanswered
-- A key is remembered without its answer, so its caller can never be answered.
select scope || ' ' || key
from idempotency_keys
where answer is null

-- check: idempotency.unswept
-- Keys that nobody needs any more are not forgotten.
select scope || ': ' || count(*) || ' keys'
from idempotency_keys
where expire_time < (select settled - interval '1 day' from moment)
group by scope

-- check: sync.stuck
-- An import has a worker that is gone, and nobody took it up.
select id || ': ' || state || ' since ' || update_time
from product_sync_runs
where phase = 'working' and product_sync_has_turn(id, source_id, state) and coalesce(lease_time, update_time) < (select settled - interval '4 min' from moment)
