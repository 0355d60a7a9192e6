-- +goose Up
-- Codes as shoppers typed them, in their order. Only those that counted when they were entered are kept.
alter table carts add column codes text[] not null default '{}' constraint cart_codes check (cardinality(codes) <= 5);
