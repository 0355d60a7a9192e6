-- +goose Up
-- Which products are bought with which, as confirmed orders tell. Nothing here says who bought them, and no refresh of the read model changes it.

-- Orders that are counted, so that each is once, however often it is told of. They are kept for as long as orders count at all.
create table catalog_counted_orders (
    order_id     uuid        primary key, -- owned by order
    confirm_time timestamptz not null
);
create index catalog_counted_orders_old on catalog_counted_orders (confirm_time);

-- Two products that were in an order together: one row for each of them, so that the others of one stand side by side.
create table catalog_pairs (
    product_id uuid             not null,
    other_id   uuid             not null,
    orders     int              not null constraint catalog_pair_orders check (orders > 0),
    weight     double precision not null constraint catalog_pair_weight check (weight > 0), -- more for later orders: see pairWeight
    last_time  timestamptz      not null,
    primary key (product_id, other_id),
    constraint catalog_pair_others check (product_id <> other_id)
) with (fillfactor = 80);
-- What one shopper alone bought together is nobody else's to see, nor is it often.
create index catalog_pairs_often on catalog_pairs (product_id, weight desc, other_id) where orders > 1;
create index catalog_pairs_old on catalog_pairs (last_time);
