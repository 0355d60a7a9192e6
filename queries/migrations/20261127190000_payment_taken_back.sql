-- +goose Up
-- What was written off is taken back when the statement comes to agree with the books after all.
alter table reconciliation_items
    drop constraint reconciliation_state,
    add constraint reconciliation_state check (state in ('open', 'agreed', 'accepted', 'written_off', 'returned', 'linked', 'taken_back'));
