-- +goose Up
-- There is no end of a gift card, whatever somebody counts.
alter table catalog_variants add column endless boolean not null default false;
