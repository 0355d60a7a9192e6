-- +goose Up
-- What left the shop, parcel by parcel, with the part of the order's total that is due by it. All parts of an order that is sent whole sum to its total.
create table order_fulfilments (
    id              uuid        primary key,
    order_id        uuid        not null references orders on delete cascade,
    number          int         not null constraint order_fulfilment_number check (number > 0), -- 1 is the first of its order
    amount_minor    bigint      not null constraint order_fulfilment_amount check (amount_minor >= 0),
    carrier         text        not null constraint order_fulfilment_carrier check (length(carrier) <= 100),
    tracking_number text        not null constraint order_fulfilment_tracking_number check (length(tracking_number) <= 100),
    tracking_url    text        not null constraint order_fulfilment_tracking_url check (length(tracking_url) <= 500),
    actor           text        not null,
    create_time     timestamptz not null,
    constraint order_fulfilments_order unique (order_id, number)
);
create table order_fulfilment_lines (
    fulfilment_id uuid not null references order_fulfilments on delete cascade,
    line_id       uuid not null references order_lines on delete cascade,
    quantity      int  not null constraint order_fulfilment_line_quantity check (quantity > 0),
    primary key (fulfilment_id, line_id)
);
create index order_fulfilment_lines_line on order_fulfilment_lines (line_id);
