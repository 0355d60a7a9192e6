-- name: KeepProducts :exec
-- KeepProducts keeps products as they are. It comes before any change of them in the same transaction.
insert into product_history (product_id, version, contents, run_id, changed_by, change_time)
select p.id, p.version, jsonb_build_object(
        'product', to_jsonb(p) - 'search_name',
        'variants', (select coalesce(jsonb_agg(to_jsonb(v) || coalesce((
                select jsonb_build_object('bundle_parts', jsonb_agg(jsonb_build_object(
                    'variant', b.part_id, 'quantity', b.quantity, 'sku', w.sku, 'name', q.name, 'values', w.option_values) order by b.position))
                from product_bundle_parts b
                left join product_variants w on w.id = b.part_id
                left join products q on q.id = w.product_id
                where b.bundle_id = v.id
                having count(*) > 0), '{}')
                || coalesce((select jsonb_build_object('files', jsonb_agg(to_jsonb(f))) from product_files f where f.variant_id = v.id having count(*) > 0), '{}')
                || coalesce((select jsonb_build_object('prices', jsonb_agg(to_jsonb(l))) from product_prices l where l.variant_id = v.id having count(*) > 0), '{}')
                order by v.position), '[]')
            from product_variants v where v.product_id = p.id),
        'images', (select coalesce(jsonb_agg(to_jsonb(i) order by i.position), '[]') from product_images i where i.product_id = p.id)),
    sqlc.narg(run_id)::uuid, @changed_by, @now
from products p
where p.id = any(@ids::uuid[])
on conflict do nothing;

-- name: ListProductHistory :many
-- ListProductHistory returns a product's changes from the newest, the last one with what came after it, if that was kept.
select h.version, h.contents, h.run_id, h.changed_by, h.change_time
from product_history h
where h.product_id = @product_id and h.version < @before_version
order by h.version desc
limit @page_size;

-- name: GetProductHistory :one
select contents from product_history where product_id = @product_id and version = @version;

-- name: GetProductHistoryAfter :one
-- GetProductHistoryAfter returns how a product was when it next changed.
select contents from product_history where product_id = @product_id and version > @version order by version limit 1;

-- name: ListCategoryNames :many
select id, name from product_categories where id = any(@ids::uuid[]);

-- name: RemoveOldHistory :execrows
-- RemoveOldHistory forgets old changes of the products that were changed longest ago.
delete from product_history h
where h.product_id = any(array(select o.product_id from product_history o where o.change_time < @before order by o.change_time limit @page_size::int))
    and h.change_time < @before;

-- name: ListProductIDs :many
select id from products where id > @after order by id limit @page_size;

-- name: RemoveManyVersions :execrows
-- RemoveManyVersions leaves these products as many of their last versions as are kept of each.
delete from product_history h
using products p
where p.id = any(@ids::uuid[]) and h.product_id = p.id and h.version < p.version - @kept::bigint;
