-- +goose Up
-- Which states there are to wait in, to work in and to end in stands once, and so does whose turn it is.
alter table product_sync_runs add column phase text not null generated always as (case
    when state in ('uploading', 'compared') then 'waiting' -- for who began it
    when state in ('done', 'failed', 'cancelled', 'unchanged', 'undone') then 'ended'
    else 'working' -- or about to
end) stored;
drop index product_sync_runs_waiting;
drop index product_sync_runs_open;
drop index product_sync_runs_busy;
drop index product_sync_runs_uncleared;
create index product_sync_runs_working on product_sync_runs (source_id, id) where phase = 'working';
create index product_sync_runs_waiting on product_sync_runs (create_time) where phase = 'waiting';
create index product_sync_runs_uncleared on product_sync_runs (id) where phase = 'ended' and not cleared;

-- Runs of one source take turns, or an old file would overwrite a new one and take off sale what only the new one has: first what has begun, then in their order.
-- +goose StatementBegin
create function product_sync_has_turn(run uuid, source uuid, state text) returns boolean language sql stable parallel safe as $$
    select not exists (
        select 1 from product_sync_runs o
        where o.source_id = source and o.phase = 'working' and (o.state = 'queued', o.id) < (product_sync_has_turn.state = 'queued', run))
$$;
-- +goose StatementEnd
