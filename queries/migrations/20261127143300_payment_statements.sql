-- +goose Up
-- What providers say in their own statements that they moved, kept line by line, so that a payment's lines add up however late one comes.
create table payment_statement_lines (
    provider      text        not null,
    id            text        not null, -- the provider's
    reference     text        not null, -- ours, as the provider has it; empty for what is about no payment
    payment_id    uuid        references payments, -- null: it is about none of ours
    kind          text        not null,
    amount_minor  bigint      not null constraint statement_line_amount check (amount_minor >= 0),
    currency_code text        not null,
    fee_minor     bigint      not null,
    fee_currency  text        not null,
    time          timestamptz not null,
    primary key (provider, id)
);
create index payment_statement_lines_time on payment_statement_lines (provider, time);
create index payment_statement_lines_payment on payment_statement_lines (payment_id) where payment_id is not null;
create index payment_statement_lines_reference on payment_statement_lines (provider, reference) where payment_id is null and reference <> '';

-- One comparison of a provider's statement with our books.
create table reconciliation_runs (
    id          uuid        primary key,
    provider    text        not null,
    from_time   timestamptz not null, -- lines and movements from then on were compared
    until_time  timestamptz not null, -- and until then
    lines       int         not null, -- of the statement
    matched     int         not null, -- payments that agree
    opened      int         not null, -- items that were new
    fees_minor  bigint      not null, -- that the books had not yet, in minor units of whatever currency the provider pays out
    create_time timestamptz not null
);
create index reconciliation_runs_provider on reconciliation_runs (provider, until_time desc);

-- What did not agree, until somebody has seen to it.
create table reconciliation_items (
    id            uuid        primary key,
    run_id        uuid        not null references reconciliation_runs,
    provider      text        not null,
    reference     text        not null,
    payment_id    uuid        references payments,
    order_id      uuid, -- owned by order; of money that belonged to none, the order that staff found
    kind          text        not null constraint reconciliation_kind check (kind in ('missing_here', 'missing_there', 'different')),
    ours_minor    bigint      not null, -- kept by our books
    theirs_minor  bigint      not null, -- kept by the statement
    currency_code text        not null,
    state         text        not null constraint reconciliation_state check (state in ('open', 'agreed', 'accepted', 'written_off', 'returned', 'linked')),
    note          text        not null default '',
    actor         text        not null default '',
    create_time   timestamptz not null,
    close_time    timestamptz,
    constraint reconciliation_closed check ((state = 'open') = (close_time is null))
);
create unique index reconciliation_items_open on reconciliation_items (provider, reference) where state = 'open';
create index reconciliation_items_recent on reconciliation_items (create_time desc, id desc);
create index reconciliation_items_state on reconciliation_items (state, create_time desc, id desc);

create index ledger_entries_collected on ledger_entries (create_time) where account = 'gateway_clearing';
