-- +goose Up
-- What callers asked to be done once, and what they were answered. A row is written by the transaction that does the work, so
-- there is none for work that did not happen, and a second caller with the same key waits for that transaction to end.
create table idempotency_keys (
    scope        text        not null,
    key          text        not null,
    request_hash bytea       not null,
    answer       bytea,      -- null only inside the transaction that does the work
    create_time  timestamptz not null,
    expire_time  timestamptz not null,
    primary key (scope, key)
);
create index idempotency_keys_expire_time on idempotency_keys (expire_time);
