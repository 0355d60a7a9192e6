-- +goose Up
-- Orders of which some was sent and the rest will not be, with what became of its money. An order ends so at most once.
create table order_finishes (
    order_id          uuid        primary key references orders on delete cascade,
    amount_minor      bigint      not null constraint order_finish_amount check (amount_minor >= 0), -- of the order's total, what nothing that was sent made due
    refund_id         uuid        references order_refunds,
    refunded_minor    bigint      not null constraint order_finish_refunded check (refunded_minor >= 0),
    taken_minor       bigint      not null constraint order_finish_taken check (taken_minor >= 0),
    released_minor    bigint      not null constraint order_finish_released check (released_minor >= 0),
    uncollected_minor bigint      not null constraint order_finish_uncollected check (uncollected_minor >= 0),
    restocked         boolean     not null,
    reason            text        not null constraint order_finish_reason check (length(reason) <= 500),
    actor             text        not null,
    create_time       timestamptz not null,
    constraint order_finish_refund check ((refund_id is null) = (refunded_minor = 0))
);

-- What will not be sent. Released is what of it no refund gives back, since it was never taken or had been let go of: it cannot go back any more.
create table order_unsent_lines (
    line_id           uuid   primary key references order_lines on delete cascade,
    order_id          uuid   not null references order_finishes on delete cascade,
    quantity          int    not null constraint order_unsent_quantity check (quantity > 0),
    released_quantity int    not null constraint order_unsent_released_quantity check (released_quantity between 0 and quantity),
    released_minor    bigint not null constraint order_unsent_released check (released_minor >= 0)
);
create index order_unsent_lines_order on order_unsent_lines (order_id);
