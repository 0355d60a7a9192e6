-- +goose Up
-- Money that staff gave back of an order, for lines, for shipping, or for nothing in particular. How it went to the payments is payment's to tell.
create table order_refunds (
    id             uuid        primary key,
    order_id       uuid        not null references orders on delete cascade,
    amount_minor   bigint      not null constraint order_refund_amount check (amount_minor > 0),
    shipping_minor bigint      not null constraint order_refund_shipping check (shipping_minor >= 0),
    other_minor    bigint      not null constraint order_refund_other check (other_minor >= 0),
    reason         text        not null,
    note           text        not null,
    actor          text        not null,
    create_time    timestamptz not null
);
create index order_refunds_order on order_refunds (order_id, id);

create table order_refund_lines (
    refund_id    uuid   not null references order_refunds on delete cascade,
    line_id      uuid   not null references order_lines on delete cascade,
    quantity     int    not null constraint order_refund_line_quantity check (quantity > 0),
    amount_minor bigint not null constraint order_refund_line_amount check (amount_minor >= 0),
    primary key (refund_id, line_id)
);
create index order_refund_lines_line on order_refund_lines (line_id);

alter table orders drop constraint order_payment_state;
alter table orders add constraint order_payment_state check (payment_state in (
    'unpaid', 'pending', 'authorized', 'partly_paid', 'paid', 'on_delivery', 'partly_refunded', 'refunded'));
