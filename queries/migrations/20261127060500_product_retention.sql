-- +goose Up
-- What is kept of products for a time is found by its time, so that removing the old reads nothing else.
create index product_history_change_time on product_history (change_time);
create index product_price_history_until_time on product_price_history (until_time, variant_id, from_time);
create index product_sync_runs_end_time on product_sync_runs (end_time, id) where cleared;
create index product_changes_gone on product_changes (change_time) where version = 0;
