-- +goose Up
-- What makes carts cheaper. The definition is the promotion as the API knows it; columns beside it are what is searched and sorted by.
create table promotions (
    id          uuid        primary key,
    name        text        not null constraint promotion_name check (length(name) between 1 and 100),
    active      boolean     not null,
    needs_code  boolean     not null,
    start_time  timestamptz,
    end_time    timestamptz constraint promotion_end check (end_time > start_time),
    definition  jsonb       not null,
    version     bigint      not null default 1, -- raised by each change
    create_time timestamptz not null,
    update_time timestamptz not null
);
create index promotions_recent on promotions (create_time desc, id desc);
-- Those that a cart may get: what is over is not read for carts any more.
create index promotions_current on promotions (id) where active;

-- Which state the promotions are in: each process keeps them made ready for as long as the number stays, and asks for it with each cart.
create table promotion_revision (
    one    boolean primary key default true constraint promotion_revision_one check (one),
    number bigint  not null
);
insert into promotion_revision (number) values (1);

-- +goose StatementBegin
create function promotions_changed() returns trigger language plpgsql as $$
begin
    update promotion_revision set number = number + 1;
    return null;
end
$$;
-- +goose StatementEnd
create trigger promotions_changed after insert or update or delete on promotions for each statement execute function promotions_changed();

-- How far promotions with a limit are used. One without any has no row, so that orders do not wait for each other at it.
create table promotion_limits (
    promotion_id      uuid   primary key references promotions on delete cascade,
    most_uses         bigint not null constraint promotion_limit_uses check (most_uses >= 0), -- 0: no limit; the next two too
    most_per_customer int    not null constraint promotion_limit_customer check (most_per_customer >= 0),
    budget_minor      bigint not null constraint promotion_limit_budget check (budget_minor >= 0),
    uses              bigint not null default 0,
    spent_minor       bigint not null default 0,
    constraint promotion_limit_used check (uses >= 0 and spent_minor >= 0)
);
create index promotion_limits_ended on promotion_limits (promotion_id) where most_uses > 0 and uses >= most_uses or budget_minor > 0 and spent_minor >= budget_minor;

create table promotion_codes (
    code         text        primary key constraint promotion_code check (code ~ '^[A-Z0-9]{3,50}$'), -- upper case, without spaces and hyphens
    shown        text        not null, -- as it was made
    promotion_id uuid        not null references promotions on delete cascade,
    batch_id     uuid,       -- null for one that was made by itself
    most_uses    bigint      not null constraint promotion_code_uses check (most_uses >= 0), -- 0: no limit
    uses         bigint      not null default 0 constraint promotion_code_used check (uses >= 0 and (most_uses = 0 or uses <= most_uses)), -- counted where there is a limit
    create_time  timestamptz not null
);
create index promotion_codes_promotion on promotion_codes (promotion_id, create_time desc, code);
create index promotion_codes_batch on promotion_codes (batch_id, code) where batch_id is not null;

-- What orders were made cheaper by.
create table promotion_redemptions (
    order_id     uuid        not null, -- owned by order
    promotion_id uuid        not null, -- perhaps gone
    code         text        not null, -- as in promotion_codes; empty when none was needed
    customer     bytea       not null, -- hash of the e-mail address
    amount_minor bigint      not null constraint promotion_redemption_amount check (amount_minor >= 0),
    released     boolean     not null default false, -- the order was given up, so that it counts no more
    create_time  timestamptz not null,
    primary key (order_id, promotion_id)
);
create index promotion_redemptions_promotion on promotion_redemptions (promotion_id, create_time desc, order_id);
create index promotion_redemptions_customer on promotion_redemptions (customer, promotion_id) where not released;
create index promotion_redemptions_code on promotion_redemptions (code) where not released and code <> '';

-- Which orders a customer has placed and not given up, for promotions of first orders.
create table promotion_orders (
    order_id uuid    primary key, -- owned by order
    customer bytea   not null,    -- hash of the e-mail address
    released boolean not null default false
);
create index promotion_orders_customer on promotion_orders (customer) where not released;
