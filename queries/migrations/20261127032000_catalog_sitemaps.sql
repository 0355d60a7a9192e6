-- +goose Up
-- What sitemaps say of products: all that are for sale, by id, and when they changed. That is known once a product was refreshed.
alter table catalog_pages add column update_time timestamptz;
create index catalog_pages_for_sale on catalog_pages (product_id) where state = 'for_sale';
