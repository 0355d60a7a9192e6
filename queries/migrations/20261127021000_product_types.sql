-- +goose Up
-- Types of products, as staff define them.
create table product_types (
    id           uuid primary key,
    name         text not null constraint product_type_name check (name <> ''),
    definitions  jsonb not null, -- list of productv1.AttributeDefinition
    version      bigint not null default 1,
    render_after uuid, -- while its products are brought in line with a change: the last one that was
    create_time  timestamptz not null,
    update_time  timestamptz not null
);
create unique index product_types_name on product_types (lower(name));
create index product_types_rendering on product_types (id) where render_after is not null;
drop index products_type;
create index products_type on products (type_id, id) where type_id is not null;
