-- +goose Up
-- Files of products that are made again and again, and served to whoever knows the token.
create table product_export_schedules (
    id          uuid primary key,
    format      text not null constraint product_export_schedule_format check (format in ('shopify_csv', 'json_lines', 'google_xml')),
    filter      jsonb not null, -- productv1.ListProductsRequest
    every_hours int not null constraint product_export_schedule_every check (every_hours between 1 and 672),
    token       text not null constraint product_export_schedules_token unique,
    next_time   timestamptz not null,
    created_by  text not null,
    create_time timestamptz not null
);
create index product_export_schedules_next_time on product_export_schedules (next_time);

-- Files of products that leave the shop, and the making of them.
create table product_exports (
    id          uuid primary key,
    schedule_id uuid references product_export_schedules on delete set null,
    format      text not null constraint product_export_format check (format in ('shopify_csv', 'json_lines', 'google_xml')),
    filter      jsonb not null, -- productv1.ListProductsRequest
    state       text not null constraint product_export_state check (state in ('queued', 'running', 'done', 'failed')),
    total       bigint not null default 0,
    written     bigint not null default 0,
    left_out    bigint not null default 0,
    bytes       bigint not null default 0, -- of the file when it is unpacked
    file_key    text constraint product_export_file check ((state = 'done') = (file_key is not null)), -- of the blob store
    problem     text not null default '',
    created_by  text not null,
    -- The worker that makes it, for how long it may say nothing, and how often one took it up.
    worker      uuid,
    lease_time  timestamptz,
    takeups     int not null default 0,
    create_time timestamptz not null,
    start_time  timestamptz,
    end_time    timestamptz
);
create index product_exports_waiting on product_exports (id) where state in ('queued', 'running');
create index product_exports_end_time on product_exports (end_time) where end_time is not null;
create index product_exports_schedule on product_exports (schedule_id, id desc) where schedule_id is not null;
