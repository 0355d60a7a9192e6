-- +goose Up
-- Customers read their own orders, and take over those that they placed before they signed in.
create index orders_owner on orders (owner, create_time desc, id desc) where owner is not null;
