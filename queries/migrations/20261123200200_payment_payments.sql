-- +goose Up
-- Attempts to pay: one row is one attempt. Its id is our reference at the provider, so money there always leads back here.
create table payments (
    id                 uuid        primary key,
    order_id           uuid        not null, -- owned by order
    provider           text        not null,
    state              text        not null constraint payment_state check (state in (
                           'created', 'requires_action', 'authorized', 'partly_captured', 'captured', 'partly_refunded', 'refunded',
                           'voided', 'failed', 'expired', 'unknown', 'disputed')),
    currency_code      text        not null constraint payment_currency check (currency_code ~ '^[A-Z]{3}$'),
    amount_minor       bigint      not null constraint payment_amount check (amount_minor > 0),
    captured_minor     bigint      not null default 0 constraint payment_captured check (captured_minor between 0 and amount_minor),
    refunded_minor     bigint      not null default 0 constraint payment_refunded check (refunded_minor between 0 and captured_minor),

    -- What the provider is told, stored before it is called, so that a repeat is the very same request. No key: it was never called.
    provider_key       text        constraint payment_provider_key unique,
    return_url         text        not null default '',
    description        text        not null default '',
    expire_time        timestamptz not null, -- from then on the shopper cannot pay by this attempt
    start_time         timestamptz,          -- when the provider was last told to start

    -- What the provider said.
    provider_reference text        not null default '',
    redirect_url       text        not null default '',
    provider_version   bigint      not null default 0,
    problem            text        not null default '',

    -- What has to go back because the order cannot be kept, and the key of that return.
    owed_minor         bigint      not null default 0 constraint payment_owed check (owed_minor between 0 and captured_minor),
    return_key         text        constraint payment_return_key unique,

    -- When the provider should next be asked how it stands, and how often it was; null when there is nothing to ask.
    ask_time           timestamptz,
    asks               int         not null default 0,

    create_time        timestamptz not null,
    update_time        timestamptz not null,
    constraint payment_started check ((provider_key is null) = (start_time is null))
);
-- An order has at most one attempt that can still bring money.
create unique index payments_one_open on payments (order_id)
    where state in ('created', 'requires_action', 'authorized', 'partly_captured', 'unknown');
create index payments_order on payments (order_id, id desc);
create index payments_ask on payments (ask_time) where ask_time is not null;

-- What providers sent, stored before it is answered. A message that is sent again is stored once.
create table webhook_messages (
    id           uuid        primary key,
    provider     text        not null,
    message_id   text        not null, -- the provider's
    payment_id   uuid        references payments, -- null: it speaks of none of ours
    body         bytea       not null,
    receive_time timestamptz not null,
    constraint webhook_message_once unique (provider, message_id)
);
create index webhook_messages_time on webhook_messages (receive_time);

-- The books: every movement of money is two rows that sum to zero, and no row ever changes. A movement is named for what the payment
-- had come to by it, such as 'PAYMENT capture 1999', so it cannot be posted twice.
create table ledger_entries (
    txn_id        text        not null,
    account       text        not null constraint ledger_account check (account in ('gateway_clearing', 'sales')),
    payment_id    uuid        not null references payments,
    currency_code text        not null constraint ledger_currency check (currency_code ~ '^[A-Z]{3}$'),
    amount_minor  bigint      not null constraint ledger_amount check (amount_minor <> 0),
    create_time   timestamptz not null,
    primary key (txn_id, account)
);
create index ledger_entries_payment on ledger_entries (payment_id);

-- +goose StatementBegin
create function ledger_balances() returns trigger language plpgsql as $$
begin
    if (select sum(amount_minor) from ledger_entries where txn_id = new.txn_id) <> 0
       or (select count(distinct (currency_code, payment_id)) from ledger_entries where txn_id = new.txn_id) <> 1 then
        raise exception 'the movement % does not balance', new.txn_id
            using errcode = 'check_violation', constraint = 'ledger_balances', table = 'ledger_entries';
    end if;
    return null;
end
$$;
-- +goose StatementEnd
-- +goose StatementBegin
create function ledger_stays() returns trigger language plpgsql as $$
begin
    raise exception 'entries of the ledger never change; post another movement'
        using errcode = 'check_violation', constraint = 'ledger_stays', table = 'ledger_entries';
end
$$;
-- +goose StatementEnd

-- A payment says what its entries say.
-- +goose StatementBegin
create function payment_books() returns trigger language plpgsql as $$
declare
    now_is payments;
begin
    select * into now_is from payments where id = new.id;
    if now_is.captured_minor - now_is.refunded_minor is distinct from
       (select coalesce(sum(amount_minor), 0) from ledger_entries where payment_id = new.id and account = 'gateway_clearing') then
        raise exception 'payment % and its ledger differ', new.id
            using errcode = 'check_violation', constraint = 'payment_books', table = 'payments';
    end if;
    return null;
end
$$;
-- +goose StatementEnd
create constraint trigger ledger_balances after insert on ledger_entries
    deferrable initially deferred for each row execute function ledger_balances();
create trigger ledger_stays before update or delete or truncate on ledger_entries
    for each statement execute function ledger_stays();
create constraint trigger payment_books after insert or update of captured_minor, refunded_minor on payments
    deferrable initially deferred for each row execute function payment_books();
