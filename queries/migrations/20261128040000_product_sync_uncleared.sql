-- +goose Up
-- An import that was undone may have left its file and its staged rows behind as well.
drop index product_sync_runs_uncleared;
create index product_sync_runs_uncleared on product_sync_runs (id) where state in ('done', 'failed', 'cancelled', 'unchanged', 'undone') and not cleared;
