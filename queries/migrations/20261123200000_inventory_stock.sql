-- +goose Up
-- How many of each variant there are, and which are promised to orders that are not paid yet. A hold changes only in a
-- transaction that has locked its stock row, so what is held is always the sum of the active holds.
create table stock_items (
    variant_id  uuid        primary key, -- owned by product, so no foreign key
    on_hand     bigint      not null default 0 constraint stock_item_on_hand check (on_hand >= 0),
    held        bigint      not null default 0 constraint stock_item_held check (held >= 0),
    backorder   boolean     not null default false,
    update_time timestamptz not null
);

-- A count may say less than is held, so a check cannot forbid it. What is forbidden is to promise more than there is.
-- +goose StatementBegin
create function stock_item_oversold() returns trigger language plpgsql as $$
begin
    raise exception 'variant %: % of % would be held', new.variant_id, new.held, new.on_hand
        using errcode = 'check_violation', constraint = 'stock_item_oversold', table = 'stock_items';
end
$$;
-- +goose StatementEnd
create trigger stock_item_oversold before update of held on stock_items
    for each row when (new.held > old.held and new.held > new.on_hand and not new.backorder)
    execute function stock_item_oversold();

create table stock_holds (
    id          uuid        primary key,
    order_id    uuid        not null, -- owned by order
    variant_id  uuid        not null references stock_items,
    quantity    int         not null constraint stock_hold_quantity check (quantity > 0),
    state       text        not null constraint stock_hold_state check (state in ('active', 'committed', 'released', 'expired')),
    -- A pinned hold belongs to an order whose payment is under way: the clock alone does not end it.
    pinned      boolean     not null default false,
    expire_time timestamptz not null,
    -- Units that left on_hand at commit: fewer than held when a count was too low, or when more was sold than there is.
    taken       int         not null default 0 constraint stock_hold_taken check (taken between 0 and quantity),
    create_time timestamptz not null,
    update_time timestamptz not null
);
create unique index stock_holds_live on stock_holds (order_id, variant_id) where state in ('active', 'committed');
create index stock_holds_order on stock_holds (order_id, variant_id, id);
create index stock_holds_variant_expiry on stock_holds (variant_id, expire_time) where state = 'active' and not pinned;
create index stock_holds_expiry on stock_holds (expire_time) where state = 'active' and not pinned;

-- Every change of on_hand and why. The moves of a variant sum to what is on hand.
create table stock_moves (
    id          bigint      generated always as identity primary key,
    variant_id  uuid        not null references stock_items,
    delta       bigint      not null constraint stock_move_delta check (delta <> 0),
    reason      text        not null, -- 'sold', 'cancelled', or why somebody counted
    order_id    uuid,                 -- for sold and cancelled
    reference   text        not null, -- the order's id, or the key of the count
    create_time timestamptz not null,
    constraint stock_move_order check ((order_id is not null) = (reason in ('sold', 'cancelled')))
);
create index stock_moves_variant on stock_moves (variant_id, id);
create unique index stock_moves_once on stock_moves (order_id, variant_id, reason) where order_id is not null;
