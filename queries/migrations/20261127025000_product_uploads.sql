-- +goose Up
-- Pictures on their way in, in pieces, so that any server may take them.
create table product_uploads (
    id          uuid primary key, -- the caller's
    owner       text not null, -- who hands it in; nobody else may go on with it
    bytes_total bigint not null default 0,
    create_time timestamptz not null
);
create index product_uploads_create_time on product_uploads (create_time);

create table product_upload_pieces (
    upload_id   uuid not null references product_uploads on delete cascade,
    byte_offset bigint not null,
    data        bytea not null,
    primary key (upload_id, byte_offset)
);
alter table product_upload_pieces alter column data set storage external; -- pictures are compressed
