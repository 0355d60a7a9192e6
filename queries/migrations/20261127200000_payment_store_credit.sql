-- +goose Up
-- Money that an order's shopper gets back as store credit stays with whoever collected it: what moves is what the shop owes. It counts as gone for the order, and can go back no second time.
alter table payments add column credited_minor bigint not null default 0 constraint payment_credited check (credited_minor between 0 and captured_minor);
