-- +goose Up
-- What was bought. An order keeps its own copy of names, prices and addresses, and its numbers never change.
create sequence order_numbers start with 1001;

create table orders (
    id               uuid        primary key,
    number           text        not null,
    cart_id          uuid        not null constraint orders_cart unique, -- owned by checkout; a cart becomes one order
    owner            text,       -- guest or customer; null when nobody can claim it
    state            text        not null constraint order_state check (state in (
                         'pending', 'confirmed', 'partly_fulfilled', 'fulfilled', 'delivered', 'closed', 'cancelled', 'expired')),
    payment_state    text        not null constraint order_payment_state check (payment_state in ('unpaid', 'pending', 'paid', 'on_delivery', 'refunded')),
    email            text        not null,
    delivery_address jsonb       not null,
    billing_address  jsonb       not null,

    currency_code    text        not null constraint order_currency check (currency_code ~ '^[A-Z]{3}$'),
    goods_minor      bigint      not null constraint order_goods check (goods_minor >= 0),
    shipping_minor   bigint      not null constraint order_shipping check (shipping_minor >= 0),
    tax_minor        bigint      not null constraint order_tax check (tax_minor >= 0),
    tax_included     boolean     not null,
    tax_name         text        not null,
    total_minor      bigint      not null,
    item_count       int         not null constraint order_item_count check (item_count > 0),
    delivery         jsonb       not null, -- the offer that was chosen

    create_time      timestamptz not null,
    update_time      timestamptz not null,
    expire_time      timestamptz, -- when an unpaid order gives its stock back
    expiry_try_time  timestamptz, -- when that should next be tried: later than expire_time while a payment's outcome is not known
    confirm_time     timestamptz,

    constraint order_total check (total_minor = goods_minor + shipping_minor + case when tax_included then 0 else tax_minor end),
    constraint order_expiry check ((state = 'pending') = (expire_time is not null) and (expire_time is null) = (expiry_try_time is null)),
    constraint order_confirmed check (confirm_time is not null or state in ('pending', 'cancelled', 'expired')),
    constraint order_owner check (owner <> '')
);
create unique index orders_number on orders (lower(number));
create index orders_email on orders (lower(email), create_time desc, id desc);
create index orders_recent on orders (create_time desc, id desc);
create index orders_state on orders (state, create_time desc, id desc);
create index orders_payment_state on orders (payment_state, create_time desc, id desc);
create index orders_states on orders (state, payment_state, create_time desc, id desc);
create index orders_expiry on orders (expiry_try_time) where expiry_try_time is not null;

create table order_lines (
    id               uuid   primary key,
    order_id         uuid   not null references orders on delete cascade,
    position         int    not null,
    variant_id       uuid   not null, -- this and the next owned by product, and perhaps gone
    product_id       uuid   not null,
    product_slug     text   not null,
    product_name     text   not null,
    variant_name     text   not null,
    sku              text   not null,
    quantity         int    not null constraint order_line_quantity check (quantity > 0),
    unit_price_minor bigint not null constraint order_line_unit_price check (unit_price_minor >= 0),
    total_minor      bigint not null constraint order_line_total check (total_minor = quantity * unit_price_minor),
    tax_minor        bigint not null constraint order_line_tax check (tax_minor >= 0),
    image            jsonb,
    constraint order_line_position unique (order_id, position)
);

create table order_timeline (
    id       uuid        primary key, -- UUIDv7, so ids tell the order of entries
    order_id uuid        not null references orders on delete cascade,
    time     timestamptz not null,
    kind     text        not null,
    text     text        not null,
    actor    text        not null
);
create index order_timeline_order on order_timeline (order_id, id desc);

-- +goose StatementBegin
create function order_numbers_stay() returns trigger language plpgsql as $$
begin
    raise exception 'the numbers of a placed order never change'
        using errcode = 'check_violation', constraint = 'order_numbers_stay', table = tg_table_name;
end
$$;
-- +goose StatementEnd

-- The parts of an order sum to the whole.
-- +goose StatementBegin
create function order_adds_up() returns trigger language plpgsql as $$
begin
    if not exists (
        select from order_lines where order_id = new.id
        having sum(total_minor) = new.goods_minor and sum(quantity) = new.item_count and sum(tax_minor) <= new.tax_minor
    ) then
        raise exception 'the lines of order % do not add up', new.id
            using errcode = 'check_violation', constraint = 'order_adds_up', table = 'orders';
    end if;
    return null;
end
$$;
-- +goose StatementEnd
create trigger order_numbers_stay before update of number, cart_id, currency_code, goods_minor, shipping_minor, tax_minor, tax_included, total_minor, item_count on orders
    for each row when ((old.number, old.cart_id, old.currency_code, old.goods_minor, old.shipping_minor, old.tax_minor, old.tax_included, old.total_minor, old.item_count)
        is distinct from (new.number, new.cart_id, new.currency_code, new.goods_minor, new.shipping_minor, new.tax_minor, new.tax_included, new.total_minor, new.item_count))
    execute function order_numbers_stay();
create trigger order_line_numbers_stay before update of order_id, variant_id, quantity, unit_price_minor, total_minor, tax_minor on order_lines
    for each row execute function order_numbers_stay();
create constraint trigger order_adds_up after insert on orders
    deferrable initially deferred for each row execute function order_adds_up();
