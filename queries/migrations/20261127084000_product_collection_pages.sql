-- +goose Up
-- What the shop shows of collections: where they stand on its home page, and the addresses that they had.
alter table product_collections
    add column home_position int constraint product_collection_home check (home_position between 1 and 20); -- from the top; null for nowhere

create table product_collection_old_slugs (
    slug          text primary key,
    collection_id uuid not null references product_collections on delete cascade,
    create_time   timestamptz not null
);
create index product_collection_old_slugs_collection on product_collection_old_slugs (collection_id);
