-- +goose Up
-- What a comparison posted as fees, in each currency that the provider pays out. It takes the place of reconciliation_runs.fees_minor, which knew no currency and is not written any more.
create table reconciliation_run_fees (
    run_id        uuid   not null references reconciliation_runs,
    currency_code text   not null,
    amount_minor  bigint not null constraint run_fee_amount check (amount_minor > 0),
    primary key (run_id, currency_code)
);
alter table reconciliation_runs alter column fees_minor set default 0;
create index reconciliation_items_run on reconciliation_items (run_id) where state = 'open';
