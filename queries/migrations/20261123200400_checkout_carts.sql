-- +goose Up
-- What shoppers mean to buy. A cart belongs to one guest or customer and holds no prices but the one the shopper last saw.
create table carts (
    id               uuid        primary key,
    owner            text        not null constraint cart_owner check (owner <> ''),
    state            text        not null constraint cart_state check (state in ('open', 'ordered')),
    email            text        not null default '',
    delivery_address jsonb,
    billing_address  jsonb,      -- null: the same as for delivery
    delivery_code    text        not null default '', -- empty until chosen
    payment_method   text        not null default '' constraint cart_payment_method check (payment_method in ('', 'hosted', 'on_delivery')),
    version          bigint      not null default 1,  -- raised by each change
    order_id         uuid        constraint carts_order unique, -- owned by order
    create_time      timestamptz not null,
    update_time      timestamptz not null,
    constraint cart_ordered check ((state = 'ordered') = (order_id is not null))
);

create table cart_items (
    id                    uuid   primary key,
    cart_id               uuid   not null references carts on delete cascade,
    variant_id            uuid   not null, -- owned by product
    quantity              int    not null constraint cart_item_quantity check (quantity between 1 and 99),
    seen_unit_price_minor bigint not null constraint cart_item_seen check (seen_unit_price_minor >= 0), -- when the shopper last touched the line
    position              int    not null, -- in the order they were added
    constraint cart_item_variant unique (cart_id, variant_id)
);
