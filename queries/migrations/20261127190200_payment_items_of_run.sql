-- +goose Up
-- An index of open items alone looked to the planner like a way to list them, which it then had to sort.
drop index reconciliation_items_run;
create index reconciliation_items_of_run on reconciliation_items (run_id, state);
