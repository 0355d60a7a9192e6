-- name: AddToOutbox :exec
insert into outbox (id, topic, payload, create_time) values (@id, @topic, @payload, @create_time);

-- name: Subscribe :exec
insert into subscriptions (consumer, topic, seen_time)
select unnest(@consumers::text[]), unnest(@topics::text[]), @now::timestamptz
on conflict (consumer, topic) do update set seen_time = excluded.seen_time;

-- name: RelayOutbox :one
-- RelayOutbox turns a batch of events into one delivery for each of their consumers. Events are found by being there, never by an
-- id above the last one seen, which would miss those that commit late. Relays that run at once take different events. One
-- statement is all or nothing, so a relay that is killed loses and doubles nothing. The log position is read after the events were
-- seen, so it is beyond their commits.
with claimed as materialized (
    select o.id from outbox o order by o.id limit @batch for update skip locked
), taken as (
    delete from outbox o where o.id = any(array(select claimed.id from claimed))
    returning o.id, o.topic, o.payload, o.create_time
), handed as (
    insert into deliveries (id, event_id, consumer, topic, payload, lsn, due_time, create_time)
    select (left(t.id::text, 20) || left(md5(t.id::text || s.consumer), 3) || '-' || right(md5(t.id::text || s.consumer), 12))::uuid,
           t.id, s.consumer, t.topic, t.payload, pg_current_wal_flush_lsn(), @now::timestamptz, t.create_time
    from taken t join subscriptions s on s.topic = t.topic and s.seen_time > @seen_after::timestamptz
    on conflict (id) do nothing
    returning 1
)
select (select count(*) from taken)::int as events, (select count(*) from handed)::int as deliveries;

-- name: OutboxWaitsSince :one
-- OutboxWaitsSince finds the event that has waited longest: ids sort by time.
select create_time from outbox order by id limit 1;
