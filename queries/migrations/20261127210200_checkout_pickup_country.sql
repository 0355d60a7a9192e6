-- +goose Up
-- Where a shopper fetches the goods, by which they are taxed and places are offered: the invoice may go anywhere else. Carts from before are fetched where their invoice goes.
alter table carts
    add column pickup_country text not null default '' constraint cart_pickup_country check (pickup_country ~ '^([A-Z]{2})?$'),
    add column pickup_region text not null default '';
