-- +goose Up
-- What staff and integrators edit of products besides what feeds bring, who brought what, and how products were before.
alter table products
    add column type_id         uuid, -- what its attributes follow; null for none
    add column seo_title       text not null default '',
    add column seo_description text not null default '',
    add column translations    jsonb not null default '[]', -- [{"locale", "name", "description", "slug", "seo_title", "seo_description"}]
    add column related_ids     uuid[] not null default '{}', -- in the merchant's order; some may be gone
    add column publish_time    timestamptz, -- a draft with a time goes on sale then
    -- Fields that staff changed, as productv1.Product names them. A feed leaves them alone unless its source owns them.
    add column staff_fields    text[] not null default '{}';
create index products_publish_time on products (publish_time) where state = 'draft' and publish_time is not null;

alter table product_variants
    add column mpn          text not null default '',
    add column staff_fields text[] not null default '{}'; -- as productv1.Variant names them
create index product_variants_gtin on product_variants (gtin) where gtin <> '';

-- Addresses that products had. The newest owner of an address has it: a product that takes it ends the redirect.
create table product_old_slugs (
    slug        text primary key,
    product_id  uuid not null references products on delete cascade,
    create_time timestamptz not null
);
create index product_old_slugs_product on product_old_slugs (product_id);

-- Where products come from: files that staff hand in, addresses that are asked again and again, programs.
create table product_sources (
    id          uuid primary key,
    name        text not null constraint product_sources_name unique,
    version     bigint not null default 1,
    create_time timestamptz not null,
    update_time timestamptz not null
);
insert into product_sources (id, name, create_time, update_time)
values ('00000000-0000-0000-0000-000000000001', 'Files handed in', now(), now());

-- By what key a source knows a product, and how it last described it; see feed.Hash. Equal hashes mean that there is nothing to do.
create table product_source_items (
    source_id    uuid not null references product_sources on delete cascade,
    key          text not null constraint product_source_item_key check (key <> ''),
    product_id   uuid not null references products on delete cascade,
    content_hash bytea not null default '',
    stock_hash   bytea not null default '',
    created_run  uuid, -- the import that created the product; null when it was there
    primary key (source_id, key)
);
create index product_source_items_product on product_source_items (product_id);
create index product_source_items_key on product_source_items (key);

-- How products were before each change, for staff to read and for imports to be undone.
create table product_history (
    product_id  uuid not null references products on delete cascade,
    version     bigint not null, -- the product's when it was like this
    contents    jsonb not null, -- the rows of the product, its variants and pictures: {"product", "variants", "images"}
    run_id      uuid, -- the import that changed it
    changed_by  text not null, -- who changed it
    change_time timestamptz not null, -- when it was changed
    primary key (product_id, version)
);
create index product_history_run on product_history (run_id, product_id) where run_id is not null;
