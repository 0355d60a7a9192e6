-- +goose Up
-- Events wait here from the transaction that made them true until the relay hands them out, usually for milliseconds. Rows come and
-- go all the time, so they are cleaned up after more often than the server would.
create table outbox (
    id          uuid        primary key, -- the event's
    topic       text        not null,    -- full name of the event's message
    payload     bytea       not null,
    create_time timestamptz not null
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);

-- Who wants which events. Every program that knows a consumer says so at its start, so that any relay, also one of another release,
-- hands events out to consumers it has never heard of. A consumer that no program has known for a long time gets no more.
create table subscriptions (
    consumer  text        not null,
    topic     text        not null,
    seen_time timestamptz not null,
    primary key (consumer, topic)
);
create index subscriptions_topic on subscriptions (topic);

-- A row is an event on its way to one consumer: the queue, the retry schedule and the list of dead letters in one. What is done is
-- deleted at once: a row that is gone is how a repeated message is known to be done, the table stays as small as the work
-- that is left, and what happened is kept in the services' own tables and counted in metrics.
create table deliveries (
    id          uuid        primary key, -- follows from event and consumer, so an event is handed out once
    event_id    uuid        not null,
    consumer    text        not null,
    topic       text        not null,
    payload     bytea       not null,
    lsn         pg_lsn      not null, -- a server that has replayed it shows what the event speaks of
    dead        boolean     not null default false,
    attempts    int         not null default 0,
    due_time    timestamptz not null, -- of the next try; while one runs, when it counts as lost
    sent_time   timestamptz,          -- since when a message broker has it
    error       text        not null default '',
    create_time timestamptz not null, -- of the event
    dead_time   timestamptz,
    constraint delivery_dead_time check (dead = (dead_time is not null))
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);
create index deliveries_due on deliveries (consumer, due_time) where not dead;
create index deliveries_dead on deliveries (dead_time, id) where dead;
