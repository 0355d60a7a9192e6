-- +goose Up
-- A product that moves to another layer leaves a dead entry in the index of the layer it was in, and the first layer is so small because every search reads it. With
-- PostgreSQL's own setting they stay until a fifth of the whole table has changed: after an import of 110,000 products among a million, a search read 63,000 dead
-- entries and took 33 ms for what takes 0.9. Cleaning is done at a hundredth, and in the indexes even when few pages are concerned.
alter table catalog_products set (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000, vacuum_index_cleanup = on);
-- Lists are read in the order of an index, and a replica passes over dead entries each time.
alter table catalog_listings set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

-- +goose Down
alter table catalog_listings reset (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
alter table catalog_products reset (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold, vacuum_index_cleanup);
