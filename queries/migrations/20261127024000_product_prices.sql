-- +goose Up
-- Prices beside the variant's own: for groups of customers, from quantities on, in other currencies, for a time.
create table product_price_lists (
    id             uuid primary key,
    name           text not null constraint product_price_list_name check (name <> ''),
    currency       text not null constraint product_price_list_currency check (currency ~ '^[A-Z]{3}$'),
    customer_group text not null, -- empty for everybody
    start_time     timestamptz,
    end_time       timestamptz constraint product_price_list_times check (end_time > start_time),
    version        bigint not null default 1,
    create_time    timestamptz not null,
    update_time    timestamptz not null
);
create unique index product_price_lists_name on product_price_lists (lower(name));
create index product_price_lists_order on product_price_lists (lower(name), id);

create table product_prices (
    list_id          uuid not null references product_price_lists on delete cascade,
    variant_id       uuid not null references product_variants on delete cascade,
    min_quantity     int not null constraint product_price_quantity check (min_quantity >= 1),
    price_minor      bigint not null constraint product_price_minor check (price_minor >= 0),
    compare_at_minor bigint constraint product_price_compare_at check (compare_at_minor > price_minor),
    primary key (variant_id, list_id, min_quantity)
);
create index product_prices_list on product_prices (list_id, variant_id, min_quantity);

-- What variants did cost. It outlives them: it is proof of what shoppers were told.
create table product_price_history (
    variant_id       uuid not null,
    from_time        timestamptz not null,
    until_time       timestamptz not null constraint product_price_history_times check (until_time > from_time),
    currency         text not null,
    price_minor      bigint not null,
    compare_at_minor bigint,
    primary key (variant_id, from_time)
);

-- Since when a variant costs what it does. Whatever changes prices, a hand, a program or an import, has the price before kept by the database
-- itself: a change that nobody notes would make what shoppers are told untrue. New variants cost nothing more than before.
alter table product_variants add column price_time timestamptz not null default now();
-- +goose StatementBegin
create function product_keep_price() returns trigger language plpgsql as $$
begin
    if old.price_time < now() then
        insert into product_price_history (variant_id, from_time, until_time, currency, price_minor, compare_at_minor)
        values (old.id, old.price_time, now(), old.currency, old.price_minor, old.compare_at_minor);
        new.price_time := now();
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger product_variants_keep_price before update on product_variants
for each row when (
    old.price_minor <> new.price_minor or old.currency <> new.currency or old.compare_at_minor is distinct from new.compare_at_minor
) execute function product_keep_price();
