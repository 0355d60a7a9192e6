-- +goose Up
-- Gift cards that pay for the cart, by id, in the order in which they were entered. Their codes are never kept.
alter table carts add column gift_card_ids uuid[] not null default '{}' constraint cart_gift_cards check (cardinality(gift_card_ids) <= 5);
