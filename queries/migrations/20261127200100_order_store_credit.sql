-- +goose Up
-- A refund goes back to the payments, or onto a new gift card of the shopper's.
alter table order_refunds add column gift_card_id uuid; -- owned by pricing; null when it went to the payments
