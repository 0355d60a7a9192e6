-- +goose Up
-- Passwords and headers of sources are sealed with a key that is not in the database; see platform/seal. What stands in password and headers was stored
-- before: a worker seals it and empties both, which a later release drops.
alter table product_source_secrets
    add column sealed       bytea not null default '', -- {"password", "headers"}, sealed
    add column has_password boolean not null default false,
    add column header_names text[] not null default '{}';
