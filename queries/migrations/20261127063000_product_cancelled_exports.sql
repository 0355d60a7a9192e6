-- +goose Up
-- Exports can be cancelled. Rows there keep to the old check, which allows less, so nothing is read again.
alter table product_exports
    drop constraint product_export_state,
    add constraint product_export_state check (state in ('queued', 'running', 'done', 'failed', 'cancelled')) not valid;
