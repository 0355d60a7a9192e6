-- +goose Up
-- A product that was deleted may still be on its way into the catalogue: somebody asked for it before, and is slower. So the catalogue remembers when it
-- heard of the end, as the number of that question; 0 is for what has not ended.
alter table catalog_pages add column ended_ticket bigint not null default 0;
