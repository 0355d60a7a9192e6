-- +goose Up
-- Files are not always like those before them: a run can have a mapping of its own, which counts before its source's.
alter table product_sync_runs add column mapping bytea not null default '';
