-- +goose Up
-- What staff have seen to is not opened again while its lines are compared, which is on several days.
create index reconciliation_items_reference on reconciliation_items (provider, reference);
