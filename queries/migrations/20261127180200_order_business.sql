-- +goose Up
-- What an invoice must say of the tax, what the shopper said, and which terms were accepted when.
alter table orders
    add column vat_number     text    not null default '' constraint order_vat_number check (length(vat_number) <= 40),
    add column reverse_charge boolean not null default false,
    add column taxes          jsonb   not null default '[]', -- [{"name", "rate", "base_minor", "amount_minor"}]; empty for orders of before
    add column note           text    not null default '' constraint order_note check (length(note) <= 500),
    add column gift_message   text    not null default '' constraint order_gift_message check (length(gift_message) <= 300),
    add column terms_version  text    not null default '' constraint order_terms_version check (length(terms_version) <= 50),
    add column terms_time     timestamptz, -- null: none were to be accepted
    add constraint order_terms check ((terms_version = '') = (terms_time is null));
