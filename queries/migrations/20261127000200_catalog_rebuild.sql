-- +goose Up
-- By which question a page was stored last, so that a rebuild finds what it has not passed.
alter table catalog_pages add column ticket bigint not null default 0;
create index catalog_variants_stray on catalog_variants (ticket) where product_id is null;
