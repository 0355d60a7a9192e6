-- +goose Up
-- What staff say of a category. Products name it too, so its row may be there before it is told of.
alter table catalog_categories
    add column version         bigint not null default 0, -- in which it was told of
    add column state           text not null default 'shown' constraint catalog_category_state check (state in ('shown', 'hidden', 'gone')),
    add column seo_title       text not null default '',
    add column seo_description text not null default '';

-- Addresses that categories had, which lead to where they are now.
create table catalog_category_old_slugs (
    slug        text primary key collate "C",
    category_id uuid not null
);
create index catalog_category_old_slugs_category on catalog_category_old_slugs (category_id);
