-- +goose Up
-- Imports of products from files: a run, its file in pieces, the rows read from it, and what was refused.
create table product_sync_runs (
    id              uuid primary key, -- UUIDv7, so newer runs sort later
    file_name       text not null,
    format          text not null, -- '', 'shopify_csv' or 'json'
    state           text not null constraint product_sync_run_state
        check (state in ('uploading', 'queued', 'reading', 'applying', 'done', 'failed', 'cancelled')),
    bytes_total     bigint not null default 0,
    bytes_read      bigint not null default 0,
    rows_read       bigint not null default 0,
    products_total  bigint not null default 0,
    created         bigint not null default 0,
    updated         bigint not null default 0,
    unchanged       bigint not null default 0,
    rejected_rows   bigint not null default 0,
    -- How far the work is, for whoever takes it up: how many items of the file are staged, the number of products among them, and
    -- the row of the last product that was merged.
    staged_through  bigint not null default 0,
    staged          bigint not null default 0,
    applied_through bigint not null default 0,
    rows_per_second bigint not null default 0,
    seconds_left    bigint, -- null when nobody knows
    problem         text not null default '',
    created_by      text not null,
    -- Who has it and until when nobody else may take it. Every step of the work checks the worker under the row's lock.
    worker          uuid,
    lease_time      timestamptz,
    takeups         int not null default 0, -- since the work last moved
    cleared         boolean not null default false, -- its file and staged rows are removed
    create_time     timestamptz not null,
    start_time      timestamptz,
    end_time        timestamptz,
    update_time     timestamptz not null
);
create index product_sync_runs_waiting on product_sync_runs (id) where state in ('queued', 'reading', 'applying');
create index product_sync_runs_open on product_sync_runs (create_time) where state = 'uploading';
create index product_sync_runs_uncleared on product_sync_runs (id) where state in ('done', 'failed', 'cancelled') and not cleared;

create table product_sync_pieces (
    run_id      uuid not null references product_sync_runs on delete cascade,
    byte_offset bigint not null,
    data        bytea not null,
    primary key (run_id, byte_offset)
);
alter table product_sync_pieces alter column data set storage external; -- most files come compressed

-- Products as they were read, waiting to be merged. Not logged: after a crash of the database the tables are empty, which the
-- worker sees by their count, and the file is read again.
create unlogged table product_sync_rows (
    run_id       uuid not null,
    row          bigint not null, -- where the product begins in the file
    continues    bigint, -- the row of the product whose further rows these are
    product_id   uuid not null, -- its id, should it be new
    key          text not null,
    slug         text not null,
    slug_given   boolean not null,
    name         text not null,
    description  text not null,
    brand        text not null,
    state        text not null,
    attributes   jsonb not null,
    options      jsonb not null,
    tags         text[] not null,
    categories   text[] not null, -- every path and its beginnings, as in product_categories
    incomplete   boolean not null, -- rows of it were refused, so nothing is removed on its word
    content_hash bytea not null,
    stock_hash   bytea not null,
    primary key (run_id, row)
);
create index product_sync_rows_parts on product_sync_rows (run_id, continues) where continues is not null;

create unlogged table product_sync_variants (
    run_id           uuid not null,
    row              bigint not null, -- the product's
    position         int not null,
    file_row         bigint not null, -- its own
    id               uuid not null, -- should it be new
    sku              text,
    gtin             text not null,
    option_values    text[] not null,
    price_minor      bigint not null,
    compare_at_minor bigint,
    weight_grams     int not null,
    image            text, -- the address of one of the product's images
    on_hand          bigint, -- null when the feed says nothing
    backorder        boolean not null,
    primary key (run_id, row, position)
);

create unlogged table product_sync_images (
    run_id     uuid not null,
    row        bigint not null, -- the product's
    position   int not null,
    id         uuid not null, -- should it be new
    source_url text not null,
    alt        text not null,
    primary key (run_id, row, position)
);

create table product_sync_rejects (
    run_id      uuid not null references product_sync_runs on delete cascade,
    row         bigint not null,
    part        int not null, -- several cells of a row may be wrong; from 1000 on when found while merging
    column_name text not null,
    value       text not null,
    reason      text not null,
    product_key text not null,
    primary key (run_id, row, part)
);

-- Counts that the merged products want set, written with the merge and removed once inventory has taken them. One row is one call.
create table product_sync_stock (
    run_id      uuid not null references product_sync_runs on delete cascade,
    batch       bigint not null, -- the row that the batch begins after
    part        int not null,
    variant_ids uuid[] not null,
    on_hand     bigint[] not null,
    backorder   boolean[] not null,
    primary key (run_id, batch, part)
);
