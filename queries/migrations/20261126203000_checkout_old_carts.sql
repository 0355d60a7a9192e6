-- +goose Up
-- Carts are removed 30 days after they were last touched. They are found by when they were made: an index on the last touch would have to be
-- written at each.
create index carts_create_time on carts (create_time);
