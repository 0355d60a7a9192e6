-- +goose Up
-- A collection is listed as a category is: its row, listings and counts stand beside theirs. Its addresses are a world of their own.
alter table catalog_categories
    add column kind          text    not null default 'category' constraint catalog_category_kind check (kind in ('category', 'collection')),
    add column by_hand       boolean not null default false, -- whether staff put its products in order
    add column description   text    not null default '',
    add column home_position int;     -- place among the rows of the home page; null for none
create index catalog_categories_collection_slug on catalog_categories (slug) where kind = 'collection';

create table catalog_collection_old_slugs (
    slug          text primary key collate "C",
    collection_id uuid not null
);
create index catalog_collection_old_slugs_collection on catalog_collection_old_slugs (collection_id);

-- The collections of a product, with its rank in each (0 for its usual one), and by which question they were learned: they change without the
-- product.
alter table catalog_pages
    add column collection_ids     uuid[]     not null default '{}',
    add column collection_ranks   smallint[] not null default '{}',
    add column collections_ticket bigint     not null default 0;
