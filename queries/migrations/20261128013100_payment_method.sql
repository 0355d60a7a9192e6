-- +goose Up
-- What a payment was paid by, as its provider tells: shown to its shopper and to staff.
alter table payments
    add column method_brand text not null default '', -- "visa"; of what is no card, its kind
    add column method_last4 text not null default '';
