-- +goose Up
-- What products are taxed as. The classes are pricing's, so there is no foreign key; empty is the standard class.
alter table products
    add column tax_class text not null default '' constraint product_tax_class check (tax_class ~ '^[a-z0-9_-]{0,50}$');
alter table product_sync_rows
    add column tax_class text not null default ''; -- empty: the feed says nothing
