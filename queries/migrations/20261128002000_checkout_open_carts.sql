-- +goose Up
-- A customer who signs in finds the cart they left open. Which of theirs was touched last is looked up among the few that are open: an index on the last touch would have to
-- be written at each.
create index carts_open on carts (owner) where state = 'open';
