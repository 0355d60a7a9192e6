-- name: ShareLayers :exec
-- ShareLayers keeps the ends of layers as they are until whoever puts products into layers has committed. It stands alone because a
-- statement that waits for a lock goes on with what it saw before.
lock table catalog_layer_ends in row share mode;

-- name: LockLayers :exec
-- LockLayers waits for all who put products into layers, and has all others wait.
lock table catalog_layer_ends in exclusive mode;

-- name: CountHeld :many
-- CountHeld says of each layer but the last how many products lie in it and in those before it, up to a bound.
select bound.layer::smallint as layer, held.products::int as products, (e.closed_time is not null)::bool as closed
from (select unnest(@layers::smallint[]) as layer, unnest(@most::int[]) as most) bound
left join catalog_layer_ends e on e.layer = bound.layer
cross join lateral (
    select count(*) as products from (
        select from catalog_listings l
        where l.category_id = @all_products::uuid and (l.supply, l.rank, l.create_time, l.product_id) >=
            (coalesce(e.supply, -1), coalesce(e.rank, -1), coalesce(e.create_time, '-infinity'), coalesce(e.product_id, '00000000-0000-0000-0000-000000000000'))
        order by l.supply desc, l.rank desc, l.create_time desc, l.product_id desc limit bound.most
    ) l
) held
order by bound.layer;

-- name: ListLast :many
-- ListLast returns the last products that lie in a layer or before it, the very last one first.
select l.supply, l.rank, l.create_time, l.product_id from catalog_listings l
where l.category_id = @all_products::uuid and (l.supply, l.rank, l.create_time, l.product_id) >= (
    select coalesce(max(e.supply), -1), coalesce(max(e.rank), -1), coalesce(max(e.create_time), '-infinity'),
        coalesce(max(e.product_id::text)::uuid, '00000000-0000-0000-0000-000000000000')
    from catalog_layer_ends e where e.layer = @layer::smallint
)
order by l.supply, l.rank, l.create_time, l.product_id
limit @most;

-- name: ListNext :many
-- ListNext returns the products that come after a layer, in their order; none when the layer has no end.
select l.supply, l.rank, l.create_time, l.product_id from catalog_listings l
where l.category_id = @all_products::uuid and (l.supply, l.rank, l.create_time, l.product_id) < (
    select e.supply, e.rank, e.create_time, e.product_id from catalog_layer_ends e where e.layer = @layer::smallint
)
order by l.supply desc, l.rank desc, l.create_time desc, l.product_id desc
limit @most;

-- name: MoveProducts :exec
update catalog_products p set layer = @layer::smallint
where p.product_id = any(@product_ids::uuid[]) and p.layer <> @layer;

-- name: EndSooner :exec
-- EndSooner lets a layer, and each before it that went further, end with a product.
insert into catalog_layer_ends as e (layer, supply, rank, create_time, product_id)
select layer, @supply, @rank, @create_time, @product_id from generate_series(0, @layer::int) as layer
on conflict (layer) do update set
    supply = excluded.supply, rank = excluded.rank, create_time = excluded.create_time, product_id = excluded.product_id
where (e.supply, e.rank, e.create_time, e.product_id) < (excluded.supply, excluded.rank, excluded.create_time, excluded.product_id);

-- name: EndLater :exec
-- EndLater lets a layer, and each behind it that went less far, end with a product.
update catalog_layer_ends e set supply = @supply, rank = @rank, create_time = @create_time, product_id = @product_id
where e.layer >= @layer::smallint and (e.supply, e.rank, e.create_time, e.product_id)
    > (@supply::smallint, @rank::smallint, @create_time::timestamptz, @product_id::uuid);

-- name: CloseLayers :exec
-- CloseLayers notes that products flood in over a layer and those before it. One that had no end gets the one that it had until then: after all products.
insert into catalog_layer_ends as e (layer, supply, rank, create_time, product_id, closed_time)
select layer, -1, -1, '-infinity', '00000000-0000-0000-0000-000000000000', now() from generate_series(0, @layer::int) as layer
on conflict (layer) do update set closed_time = now(), products = null;

-- name: OpenLayers :exec
-- OpenLayers looks at layers that have been closed for some time. They stay closed unless few more products are for sale than at the last look. All that are
-- closed were closed and looked at together, since a layer is closed with those before it.
with sale as (
    select coalesce(max(c.products), 0) as products from catalog_counts c where c.category_id = @all_products::uuid and c.facet = ''
)
update catalog_layer_ends e set
    closed_time = case when sale.products - e.products < @few::int then null else now() end,
    products = sale.products
from sale where e.closed_time < now() - make_interval(secs => @still_seconds);

-- name: LockRenewal :exec
-- LockRenewal waits until nobody else makes indexes of layers anew. Whoever has it lets go of it with the connection.
select pg_advisory_lock(hashtext('catalog_layers.renew'));

-- name: SizeOfIndex :one
-- SizeOfIndex returns how many bytes an index takes.
select pg_relation_size(to_regclass(@index_name::text))::bigint as bytes;
