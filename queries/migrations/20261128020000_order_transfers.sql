-- +goose Up
-- The shopper transfers the money, and the order waits for it for days.
alter table orders drop constraint order_payment_state;
alter table orders add constraint order_payment_state check (payment_state in (
    'unpaid', 'pending', 'authorized', 'partly_paid', 'paid', 'on_delivery', 'awaiting_transfer', 'partly_refunded', 'refunded'));
