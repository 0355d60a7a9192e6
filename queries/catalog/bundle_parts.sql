-- name: ListBundlesOf :many
-- ListBundlesOf pages through the bundles that need some of these variants.
select distinct bundle_id from catalog_bundle_parts
where part_id = any(@variant_ids::uuid[]) and bundle_id > @after::uuid
order by bundle_id limit @most;

-- name: ListBundleParts :many
select bundle_id, part_id, quantity, for_sale from catalog_bundle_parts
where bundle_id = any(@bundle_ids::uuid[])
order by bundle_id, part_id;

-- name: ListBundleProducts :many
-- ListBundleProducts pages through the products whose bundles need something of other products.
select distinct v.product_id::uuid as product_id from (
    select b.bundle_id from catalog_bundle_parts b where b.part_product_id = any(@product_ids::uuid[])
    union
    select b.bundle_id from catalog_variants p join catalog_bundle_parts b on b.part_id = p.variant_id where p.product_id = any(@product_ids::uuid[])
) found
join catalog_variants v on v.variant_id = found.bundle_id
where v.product_id is not null and v.product_id > @after::uuid
order by product_id limit @most;

-- name: DropBundleParts :many
-- DropBundleParts forgets what variants are made of and returns those that were bundles, once for each part.
delete from catalog_bundle_parts where bundle_id = any(@bundle_ids::uuid[]) returning bundle_id;

-- name: StoreBundleParts :exec
insert into catalog_bundle_parts (bundle_id, part_id, part_product_id, quantity, for_sale)
select unnest(@bundle_ids::uuid[]), unnest(@part_ids::uuid[]), nullif(unnest(@part_product_ids::text[]), '')::uuid, unnest(@quantities::int[]),
    unnest(@for_sale::boolean[]);
