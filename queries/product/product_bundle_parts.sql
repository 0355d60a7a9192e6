-- name: LockBundles :exec
-- LockBundles makes changes of what bundles are made of take turns: each looks whether a part is itself a bundle before it writes.
select pg_advisory_xact_lock(hashtext('product.bundles'));

-- name: ListPartVariants :many
-- ListPartVariants returns variants as parts of bundles are told of, and whether they are bundles themselves, are downloaded or are gift cards.
select v.id, v.product_id, p.slug, p.name, v.option_values, v.sku, v.weight_grams, p.state, p.gift_card,
    exists (select from product_bundle_parts b where b.bundle_id = v.id) as bundle,
    exists (select from product_files f where f.variant_id = v.id) as digital
from product_variants v
join products p on p.id = v.product_id
where v.id = any(@ids::uuid[]);

-- name: ListBundlesOfParts :many
-- ListBundlesOfParts names a bundle for each of the variants that are parts of one, with the product that it belongs to.
select distinct on (b.part_id) b.part_id, b.bundle_id, p.id as product_id, p.name
from product_bundle_parts b
join product_variants v on v.id = b.bundle_id
join products p on p.id = v.product_id
where b.part_id = any(@ids::uuid[])
order by b.part_id, b.bundle_id;

-- name: ListOfferParts :many
-- ListOfferParts returns what bundles are made of, parts that are gone included.
select b.bundle_id, b.part_id, b.quantity from product_bundle_parts b
where b.bundle_id = any(@ids::uuid[])
order by b.bundle_id, b.position;

-- name: RemoveBundleParts :exec
delete from product_bundle_parts where bundle_id = any(@bundle_ids::uuid[]);

-- name: AddBundleParts :exec
insert into product_bundle_parts (bundle_id, part_id, position, quantity)
select unnest(@bundle_ids::uuid[]), unnest(@part_ids::uuid[]), unnest(@positions::int[]), unnest(@quantities::int[]);

-- name: RestoreBundleParts :exec
-- RestoreBundleParts makes variants bundles again that came back with what they were made of, unless something of it became a bundle meanwhile
-- or they became parts of others.
with kept as (
    select (o.was ->> 'id')::uuid as bundle_id, (b.part ->> 'variant')::uuid as part_id, b.place::int as position, (b.part ->> 'quantity')::int as quantity
    from (select unnest(@product_ids::uuid[]) as product_id, unnest(@versions::bigint[]) as version) r
    join product_history h on h.product_id = r.product_id and h.version = r.version
    cross join lateral jsonb_array_elements(h.contents -> 'variants') o(was)
    cross join lateral jsonb_array_elements(coalesce(o.was -> 'bundle_parts', '[]')) with ordinality b(part, place)
), nested as (
    select k.bundle_id from kept k
    cross join lateral ( -- limits, so that each is looked up
        (select n.quantity from product_bundle_parts n where n.bundle_id = k.part_id limit 1)
        union all
        (select n.quantity from product_bundle_parts n where n.part_id = k.bundle_id limit 1)
        union all
        (select n.quantity from product_bundle_parts n where n.bundle_id = k.bundle_id limit 1)
    ) taken
)
insert into product_bundle_parts (bundle_id, part_id, position, quantity)
select k.bundle_id, k.part_id, k.position, k.quantity from kept k
where k.bundle_id not in (select n.bundle_id from nested n);
