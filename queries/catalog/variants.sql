-- name: StoreVariants :exec
-- StoreVariants says which variants locked products have, and what can be had of them unless that was asked for later elsewhere.
insert into catalog_variants as v (variant_id, product_id, place, units, endless, ticket)
select variant_id, product_id, place, units, endless, @ticket::bigint
from (
    select unnest(@variant_ids::uuid[]) as variant_id, unnest(@product_ids::uuid[]) as product_id,
        unnest(@places::int[]) as place, unnest(@units::smallint[]) as units, unnest(@endless::boolean[]) as endless
) new
order by variant_id
on conflict (variant_id) do update set
    product_id = excluded.product_id,
    place = excluded.place,
    units = case when v.ticket < excluded.ticket or excluded.endless then excluded.units else v.units end,
    endless = excluded.endless,
    ticket = greatest(v.ticket, excluded.ticket);

-- name: DropVariants :many
-- DropVariants removes the variants that locked products no longer have, and returns them.
delete from catalog_variants
where product_id = any(@product_ids::uuid[]) and variant_id <> all(coalesce(@variant_ids::uuid[], '{}'))
returning variant_id;

-- name: ListVariantProducts :many
select distinct product_id::uuid as product_id from catalog_variants
where variant_id = any(@variant_ids::uuid[]) and product_id is not null;

-- name: StoreUnits :many
-- StoreUnits says what can be had of variants, unless that was asked for later elsewhere. A variant that no product has told of yet is
-- kept, so that its product finds what was asked later than its own question. What there is no end of is not counted.
insert into catalog_variants as v (variant_id, units, ticket)
select variant_id, units, @ticket::bigint
from (select unnest(@variant_ids::uuid[]) as variant_id, unnest(@units::smallint[]) as units) new
order by variant_id
on conflict (variant_id) do update set units = case when v.endless then v.units else excluded.units end, ticket = excluded.ticket
where v.ticket < excluded.ticket
returning v.variant_id, v.product_id;

-- name: DropStrayVariants :exec
-- DropStrayVariants forgets counts of variants that no product has told of since before a rebuild began.
delete from catalog_variants where product_id is null and ticket < @since;
