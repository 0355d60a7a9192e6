-- +goose Up
-- How the customer whose cart it is means to pay online.
alter table carts
    add column saved_method_id text not null default '', -- the provider's number of a saved card; empty for another one
    add column save_method boolean not null default false; -- the card is kept for the next time
