-- +goose Up
-- Of a digital order nothing is sent: it is fulfilled once it is paid.
alter table orders add column digital boolean not null default false;

-- What the buyer of a line may download, with its own copy of what the file was called and where its content is.
create table order_downloads (
    id            uuid        primary key,
    order_id      uuid        not null references orders on delete cascade,
    line_id       uuid        not null references order_lines on delete cascade,
    position      int         not null,
    file_name     text        not null,
    content_type  text        not null,
    size_bytes    bigint      not null,
    blob_key      text        not null,
    -- What the shop allowed when the order was placed: how often, and for how long once it is paid or renewed.
    most          int         not null constraint order_download_most check (most > 0),
    lasts_seconds bigint      not null constraint order_download_lasts check (lasts_seconds > 0),
    taken         int         not null default 0, -- since it was paid or renewed
    expire_time   timestamptz, -- null until the order is paid
    create_time   timestamptz not null,
    constraint order_download_taken check (taken between 0 and most),
    constraint order_download_position unique (order_id, position)
);

-- Each time that a download was counted, also before it was renewed.
create table order_download_takes (
    id          uuid        primary key, -- UUIDv7, so ids tell the order
    download_id uuid        not null references order_downloads on delete cascade,
    time        timestamptz not null
);
create index order_download_takes_download on order_download_takes (download_id, id desc);
