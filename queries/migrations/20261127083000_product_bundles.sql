-- +goose Up
-- What a variant is made of that is a bundle of others. A part is named without a foreign key: feeds take variants away and bring them back under
-- their old ids, and neither may fail for a bundle, which is not for sale meanwhile.
create table product_bundle_parts (
    bundle_id uuid not null references product_variants on delete cascade,
    part_id   uuid not null, -- a variant, perhaps gone
    position  int  not null,
    quantity  int  not null constraint product_bundle_part_quantity check (quantity between 1 and 99),
    primary key (bundle_id, part_id),
    constraint product_bundle_part_itself check (bundle_id <> part_id)
);
-- Which bundles need a variant.
create index product_bundle_parts_part on product_bundle_parts (part_id);
