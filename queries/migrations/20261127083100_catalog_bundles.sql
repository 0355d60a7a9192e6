-- +goose Up
-- What bundles are made of, so that a sale of a part changes what shoppers are told of the bundles that need it.
create table catalog_bundle_parts (
    bundle_id       uuid    not null references catalog_variants on delete cascade,
    part_id         uuid    not null,
    part_product_id uuid,   -- null when the part is gone
    quantity        int     not null constraint catalog_bundle_part_quantity check (quantity > 0),
    for_sale        boolean not null, -- by itself; one that is not keeps the bundle from being sold
    primary key (bundle_id, part_id)
);
create index catalog_bundle_parts_part on catalog_bundle_parts (part_id, bundle_id);
create index catalog_bundle_parts_product on catalog_bundle_parts (part_product_id, bundle_id) where part_product_id is not null;
