-- +goose Up
-- Addresses that products had, which lead to where they are now.
create table catalog_old_slugs (
    slug       text primary key collate "C",
    product_id uuid not null
);
create index catalog_old_slugs_product on catalog_old_slugs (product_id);

-- What shoppers looked for and found, to be suggested to those who begin to type the same. Only so many are kept, those that were asked
-- for last.
create table catalog_searches (
    query    text primary key collate "C",
    searches int  not null,
    day      date not null -- when it was last asked for
) with (fillfactor = 80);
create index catalog_searches_day on catalog_searches (day, query);
