-- +goose Up
-- A product can be a gift card: each of its variants is worth its price, and nothing of it is sent or counted.
alter table products add column gift_card boolean not null default false;
