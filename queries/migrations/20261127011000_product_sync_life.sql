-- +goose Up
-- What a run can do besides importing a file: ask for it, be compared only, take products away that are gone, and be undone.
alter table product_sync_runs
    drop constraint product_sync_run_state,
    add constraint product_sync_run_state check (state in ('uploading', 'queued', 'fetching', 'reading', 'applying', 'removing', 'compared', 'undoing',
        'done', 'failed', 'cancelled', 'unchanged', 'undone')),
    add column fetches          boolean not null default false, -- its file is asked of the source
    add column dry              boolean not null default false, -- it stops when it is compared
    add column refused          bigint not null default 0, -- products of the file that were not taken, so that it is not whole
    add column compared_through bigint not null default 0, -- row
    add column would_create     bigint not null default 0,
    add column would_update     bigint not null default 0,
    add column would_keep       bigint not null default 0,
    add column would_go         bigint not null default 0,
    add column gone             bigint not null default 0,
    add column gone_held        bigint not null default 0,
    add column gone_note        text not null default '',
    -- How far undoing is: the last key of the source whose product was removed, then the last product that was restored.
    add column undo_key         text not null default '',
    add column undo_product     uuid not null default '00000000-0000-0000-0000-000000000000',
    add column undo_removed     bigint not null default 0,
    add column undo_archived    bigint not null default 0,
    add column undo_restored    bigint not null default 0,
    add column undo_left        bigint not null default 0,
    add column undo_by          text not null default '', -- who asked for it
    -- How the file was marked by who gave it, and its SHA-256: the source's once the run is done.
    add column etag             text not null default '',
    add column last_modified    text not null default '',
    add column file_hash        bytea not null default '';
drop index product_sync_runs_waiting;
create index product_sync_runs_waiting on product_sync_runs (id) where state in ('queued', 'fetching', 'reading', 'applying', 'removing', 'undoing');
drop index product_sync_runs_open;
create index product_sync_runs_open on product_sync_runs (create_time) where state in ('uploading', 'compared');
create index product_sync_runs_busy on product_sync_runs (source_id) where state in ('queued', 'fetching', 'reading', 'applying', 'removing', 'undoing');
drop index product_sync_runs_uncleared;
create index product_sync_runs_uncleared on product_sync_runs (id) where state in ('done', 'failed', 'cancelled', 'unchanged') and not cleared;

-- What a dry run would do to the products in its file. It goes with what was staged.
create unlogged table product_sync_changes (
    run_id     uuid not null,
    row        bigint not null,
    kind       text not null, -- create, update or restock
    product_id uuid not null, -- the new one's, or the one there is
    primary key (run_id, row)
);
create index product_sync_changes_kind on product_sync_changes (run_id, kind, row);

-- Products that a run found gone from its source and has not taken off sale yet.
create table product_sync_gone (
    run_id     uuid not null references product_sync_runs on delete cascade,
    product_id uuid not null,
    primary key (run_id, product_id)
);

-- Products that undoing a run left alone.
create table product_sync_left (
    run_id     uuid not null references product_sync_runs on delete cascade,
    product_id uuid not null,
    name       text not null,
    reason     text not null,
    primary key (run_id, product_id)
);

alter table product_sources
    add column kind               text not null default 'files' constraint product_source_kind check (kind in ('files', 'url', 'path', 'bucket')),
    add column location           text not null default '',
    add column format             text not null default '',
    add column mapping            bytea not null default '',
    add column gone_policy        text not null default 'keep' constraint product_source_gone check (gone_policy in ('keep', 'unpublish', 'archive')),
    add column gone_limit_percent int not null default 20 constraint product_source_gone_limit check (gone_limit_percent between 0 and 100),
    add column every_minutes      int not null default 0 constraint product_source_every check (every_minutes >= 0),
    add column daily_at           text not null default '', -- 15:04 in UTC
    add column next_time          timestamptz, -- when it is asked next; null for never
    add column failures           int not null default 0,
    add column last_error         text not null default '',
    -- How the last file was marked by who gave it, and its SHA-256.
    add column etag               text not null default '',
    add column last_modified      text not null default '',
    add column file_hash          bytea not null default '';
create index product_sources_due on product_sources (next_time) where next_time is not null;

-- What nobody is shown again, apart so that nothing reads it by the way.
create table product_source_secrets (
    source_id    uuid primary key references product_sources on delete cascade,
    username     text not null default '',
    password     text not null default '',
    headers      jsonb not null default '{}',
    trigger_hash bytea not null default '' -- SHA-256 of the token
);
