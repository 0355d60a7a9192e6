-- +goose Up
-- What buyers of digital variants download. The content is in the blob store under a key made from it, and stays there when a file is taken from its
-- variant: orders go on naming it.
create table product_files (
    id           uuid        primary key,
    variant_id   uuid        not null references product_variants on delete cascade,
    position     int         not null,
    name         text        not null constraint product_file_name check (name <> ''),
    content_type text        not null,
    size_bytes   bigint      not null constraint product_file_size check (size_bytes > 0),
    blob_key     text        not null,
    create_time  timestamptz not null
);
create index product_files_variant on product_files (variant_id, position, id);
