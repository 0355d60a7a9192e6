-- +goose Up
-- Products are known by what their sources call them, not by a key of their own. One product may have several keys, also in one source.
alter table product_source_items
    add column attached_run uuid, -- the import that found the product there under this key; null when the source made it
    add column aliased boolean not null default false; -- the source knows the product by other keys as well
insert into product_source_items (source_id, key, product_id, content_hash, stock_hash)
select '00000000-0000-0000-0000-000000000001', key, id, content_hash, stock_hash from products;
alter table products drop column key, drop column content_hash, drop column stock_hash;

alter table product_sync_runs
    add column source_id uuid not null default '00000000-0000-0000-0000-000000000001' references product_sources on delete cascade;
create index product_sync_runs_source on product_sync_runs (source_id, id);

-- What files say besides, and by which a product is found again in its own file.
alter table product_sync_rows
    add column type_name       text not null default '',
    add column seo_title       text not null default '',
    add column seo_description text not null default '',
    add column related         text[] not null default '{}', -- keys and SKUs
    add column translations    jsonb not null default '[]'; -- as in products
create index product_sync_rows_key on product_sync_rows (run_id, key);
create index product_sync_rows_related on product_sync_rows (run_id, row) where related <> '{}';
alter table product_sync_variants add column mpn text not null default '';

-- Fields that a source owns, as productv1.Product and productv1.Variant name them: there it overwrites what staff changed.
alter table product_sources add column owns text[] not null default '{}';
