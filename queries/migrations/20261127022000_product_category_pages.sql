-- +goose Up
-- What staff say of categories, which imports know by their paths alone.
alter table product_categories
    add column description     text not null default '',
    add column seo_title       text not null default '',
    add column seo_description text not null default '',
    add column image_files     jsonb, -- as a product's picture; null for none
    add column image_alt       text not null default '',
    add column hidden          boolean not null default false,
    add column position        int not null default 0, -- among its neighbours; ties stand by id
    add column version         bigint not null default 1,
    add column update_time     timestamptz not null default now();
create index product_categories_tree on product_categories (coalesce(parent_id, '00000000-0000-0000-0000-000000000000'::uuid), position, id);
create index product_categories_paths on product_categories (lower(path), id);
create index product_categories_parent on product_categories (parent_id);

create table product_category_old_slugs (
    slug        text primary key,
    category_id uuid not null references product_categories on delete cascade,
    create_time timestamptz not null
);
create index product_category_old_slugs_category on product_category_old_slugs (category_id);

-- Products that follow a category which changed, batch by batch in the order of their ids.
create table product_category_work (
    id          uuid primary key, -- UUIDv7: oldest first
    category_id uuid not null,    -- whose products; it may be gone
    removed_ids uuid[] not null,  -- the categories that these leave
    added_id    uuid,             -- the category that they enter
    after_id    uuid not null     -- the last product that is done
);
