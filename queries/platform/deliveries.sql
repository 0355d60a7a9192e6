-- name: ClaimDeliveries :many
-- ClaimDeliveries takes due deliveries for several consumers, for each no more than it has room for, and counts the attempt. Until
-- lost_time nobody else takes them; a worker that dies in between leaves them due again. What is claimed stands in an array as well, because
-- the server would join thousands that it expects by reading the whole table.
with claimed as materialized (
    select d.id, c.lost_time
    from (select unnest(@consumers::text[]) as name, unnest(@rooms::int[]) as room, unnest(@lost_times::timestamptz[]) as lost_time) c
    cross join lateral (
        select w.id from deliveries w
        where w.consumer = c.name and not w.dead and w.due_time <= @now::timestamptz
        order by w.due_time limit c.room for update skip locked
    ) d
)
update deliveries d set due_time = claimed.lost_time, attempts = d.attempts + 1, sent_time = null
from claimed where d.id = claimed.id and d.id = any(array(select c.id from claimed c))
returning d.id, d.event_id, d.consumer, d.topic, d.payload, d.lsn, d.attempts;

-- name: ClaimForSending :many
-- ClaimForSending takes due deliveries that go to a message broker. No attempt is counted.
with claimed as materialized (
    select d.id
    from unnest(@consumers::text[]) as c (name)
    cross join lateral (
        select w.id from deliveries w
        where w.consumer = c.name and not w.dead and w.due_time <= @now::timestamptz
        order by w.due_time limit @room for update skip locked
    ) d
)
update deliveries d set due_time = @lost_time, sent_time = @now::timestamptz
where d.id = any(array(select claimed.id from claimed))
returning d.id, d.event_id, d.consumer, d.topic, d.payload, d.attempts;

-- name: BeginDelivery :one
-- BeginDelivery takes the delivery that a message names, if the message is of its present attempt: a message that comes again finds
-- the attempt counted, or the delivery gone.
update deliveries set due_time = @lost_time, attempts = attempts + 1, sent_time = null
where id = @id and not dead and attempts = @attempts
returning id, event_id, consumer, topic, payload, lsn, attempts;

-- name: SentAt :exec
-- SentAt notes that the broker has messages, unless a worker has begun them already. They are due again when the broker has
-- surely lost them.
update deliveries set due_time = @due_time where id = any(@ids::uuid[]) and not dead and sent_time = @sent_time;

-- name: NotSent :exec
-- NotSent has deliveries sent again that the broker did not take, or not surely.
update deliveries set due_time = @due_time, sent_time = null
where id = any(@ids::uuid[]) and not dead and sent_time = @sent_time;

-- name: DeliveriesDone :exec
delete from deliveries where id = any(@ids::uuid[]);

-- name: DeliveryFailed :exec
-- DeliveryFailed sets the next try, unless another worker has taken the delivery over meanwhile.
update deliveries set due_time = @due_time, error = @error where id = @id and attempts = @attempts and not dead;

-- name: DeliveryReturned :exec
-- DeliveryReturned gives back what a worker that stops could not finish, as if it had not been taken.
update deliveries set due_time = @due_time, attempts = attempts - 1 where id = @id and attempts = @attempts and not dead;

-- name: DeliveryDead :exec
update deliveries set dead = true, dead_time = @dead_time, error = @error, sent_time = null
where id = @id and attempts = @attempts and not dead;

-- name: IsWaitingAtBroker :one
-- IsWaitingAtBroker reports whether a message was sent to a consumer long ago and not begun.
select exists (
    select from deliveries where consumer = @consumer and not dead and sent_time < @sent_before
);

-- name: ListDeadDeliveries :many
-- ListDeadDeliveries pages from the newest. The first page starts after the end of time.
select id, event_id, consumer, topic, payload, attempts, error, create_time, dead_time
from deliveries
where dead and (dead_time, id) < (@before_time::timestamptz, @before_id::uuid)
order by dead_time desc, id desc
limit @page;

-- name: CountDeadDeliveries :one
select count(*) from (select from deliveries where dead order by dead_time limit @most) as counted;

-- name: ReplayDeliveries :execrows
update deliveries set dead = false, dead_time = null, attempts = 0, due_time = @now, sent_time = null
where id = any(@ids::uuid[]) and dead;

-- name: DiscardDeliveries :execrows
delete from deliveries where id = any(@ids::uuid[]) and dead;

-- name: CountDueDeliveries :many
-- CountDueDeliveries measures each consumer's queue, up to a bound.
select c.name::text as consumer, q.due::int as due
from unnest(@consumers::text[]) as c (name)
cross join lateral (
    select count(*) as due from (
        select from deliveries w where w.consumer = c.name and not w.dead and w.due_time <= @now::timestamptz
        order by w.due_time limit @most
    ) as counted
) q;
