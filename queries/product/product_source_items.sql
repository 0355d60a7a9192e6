-- name: ListForeignSKUs :many
-- ListForeignSKUs returns those of the next staged products' variants whose SKU belongs to another product than the one that the source
-- calls so, or to any when the source calls none so.
select n.row, n.key, coalesce(i.product_id::text, '')::text as product_id, s.position, s.file_row, v.sku::text as sku, v.product_id as owner_id
from (
    select r.row, r.key from product_sync_rows r
    where r.run_id = @run_id and r.row > @after
    order by r.row
    limit @page_size
) n
left join lateral (
    select o.product_id from product_source_items o where o.source_id = @source_id and o.key = n.key limit 1
) i on true
join product_sync_variants s on s.run_id = @run_id and s.row = n.row
join product_variants v on v.sku = s.sku
where v.product_id is distinct from i.product_id
order by s.row, s.position;

-- name: ListOtherMatches :many
-- ListOtherMatches returns products that have the GTINs or the addresses that staged products ask for.
select s.row, v.product_id as owner_id, 'GTIN'::text as by, s.gtin as value
from product_sync_variants s
join product_variants v on v.gtin = s.gtin and v.gtin <> ''
where s.run_id = @run_id and s.row = any(@rows::bigint[]) and s.gtin <> ''
union all
select r.row, p.id, 'Slug', r.slug
from product_sync_rows r
join products p on p.slug = r.slug
where r.run_id = @run_id and r.row = any(@rows::bigint[]) and r.slug_given
order by row, by, value, owner_id;

-- name: ListKeysInSource :many
-- ListKeysInSource returns what a source calls products, and where the run's file has that key too: 0 for nowhere.
select i.product_id, i.key, coalesce(i.attached_run = @run_id::uuid, false)::boolean as attached_now,
    coalesce((select min(r.row) from product_sync_rows r where r.run_id = @run_id::uuid and r.key = i.key), 0)::bigint as staged_row
from product_source_items i
where i.source_id = @source_id and i.product_id = any(@product_ids::uuid[])
order by i.product_id, i.key;

-- name: ListProductKeys :many
-- ListProductKeys returns what people call products by, and their addresses.
select p.id, p.slug, p.asked_slug, coalesce(
    (select e.key from product_source_items e where e.product_id = p.id and e.attached_run is null order by e.source_id, e.key limit 1),
    p.id::text)::text as key
from products p
where p.id = any(@ids::uuid[]);

-- name: SaveSourceItems :exec
-- SaveSourceItems notes how a source describes products now, and what it calls those that it has found.
with batch as (
    select unnest(@rows::bigint[]) as row, unnest(@ids::uuid[]) as id
)
insert into product_source_items as i (source_id, key, product_id, content_hash, stock_hash, attached_run)
select @source_id, s.key, batch.id, s.content_hash, s.stock_hash, @run_id::uuid
from batch
join product_sync_rows s on s.run_id = @run_id and s.row = batch.row
on conflict (source_id, key) do update set content_hash = excluded.content_hash, stock_hash = excluded.stock_hash;

-- name: MarkAliased :exec
-- MarkAliased notes that a source knows products by several keys.
update product_source_items set aliased = true
where source_id = @source_id and product_id = any(@product_ids::uuid[]) and not aliased;

-- name: ForgetContents :exec
-- ForgetContents makes the next import of the source describe products anew, whatever it says.
update product_source_items set content_hash = '' where source_id = @source_id and product_id = any(@product_ids::uuid[]);

-- name: ForgetMatches :exec
-- ForgetMatches forgets under which keys a run found products that the source did not call so before.
delete from product_source_items where source_id = @source_id and product_id = any(@product_ids::uuid[]) and attached_run = @run_id::uuid;

-- name: ListItemsOfSource :many
-- ListItemsOfSource walks through what a source calls products, and says which of them the run created.
select i.key, i.product_id, coalesce(i.created_run = @run_id::uuid, false)::boolean as created
from product_source_items i
where i.source_id = @source_id and i.key > @after_key
order by i.key
limit @page_size;
