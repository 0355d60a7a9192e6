-- +goose Up
-- How a shopper pays at the provider, as the provider was told.
alter table payments
    add column in_fields boolean not null default false, -- in the provider's fields on the shop's page
    add column customer_id text not null default '', -- whose methods are used or saved; empty when none are
    add column save_method boolean not null default false,
    add column saved_method_id text not null default ''; -- the provider's number of what it is paid by
