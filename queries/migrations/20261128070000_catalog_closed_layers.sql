-- +goose Up
-- While more products come than can be moved on, a layer is closed: it ends before all products, those that come go past it, and none has to be moved.
alter table catalog_layer_ends add column closed_time timestamptz, -- when it was last seen that they still come; null for a layer that is open
    add column products int; -- how many were for sale then; null for one that was closed since
