-- name: StageProducts :copyfrom
insert into product_sync_rows (run_id, row, continues, product_id, key, slug, slug_given, name, description, brand, state, attributes, options,
    tags, categories, incomplete, content_hash, stock_hash, type_name, tax_class, seo_title, seo_description, related, translations)
values (@run_id, @row, @continues, @product_id, @key, @slug, @slug_given, @name, @description, @brand, @state, @attributes, @options,
    @tags, @categories, @incomplete, @content_hash, @stock_hash, @type_name, @tax_class, @seo_title, @seo_description, @related, @translations);

-- name: StageVariants :copyfrom
insert into product_sync_variants (run_id, row, position, file_row, id, sku, gtin, option_values, price_minor, compare_at_minor, weight_grams,
    image, on_hand, backorder, mpn)
values (@run_id, @row, @position, @file_row, @id, @sku, @gtin, @option_values, @price_minor, @compare_at_minor, @weight_grams,
    @image, @on_hand, @backorder, @mpn);

-- name: StageImages :copyfrom
insert into product_sync_images (run_id, row, position, id, source_url, alt) values (@run_id, @row, @position, @id, @source_url, @alt);

-- name: CountStaged :one
-- CountStaged counts all that is staged, so that its loss is seen.
select ((select count(*) from product_sync_rows r where r.run_id = @run_id) + (select count(*) from product_sync_offers o where o.run_id = @run_id)
    + (select count(*) from product_sync_texts t where t.run_id = @run_id))::bigint;

-- name: HasStagedProducts :one
select exists (select 1 from product_sync_rows where run_id = @run_id);

-- name: ListParts :many
-- ListParts returns rows that belong to products that stand earlier in the file.
select s.row, s.continues::bigint as whole from product_sync_rows s
where s.run_id = @run_id and s.continues is not null
order by s.continues, s.row
limit @page_size;

-- name: ListStaged :many
select * from product_sync_rows where run_id = @run_id and row = any(@rows::bigint[]) order by row;

-- name: ListStagedVariants :many
select * from product_sync_variants where run_id = @run_id and row = any(@rows::bigint[]) order by row, position;

-- name: ListStagedImages :many
select * from product_sync_images where run_id = @run_id and row = any(@rows::bigint[]) order by row, position;

-- name: Unstage :exec
with products as (
    delete from product_sync_rows p where p.run_id = @run_id and p.row = any(@rows::bigint[])
), variants as (
    delete from product_sync_variants v where v.run_id = @run_id and v.row = any(@rows::bigint[])
)
delete from product_sync_images i where i.run_id = @run_id and i.row = any(@rows::bigint[]);

-- name: UnstageVariant :exec
-- UnstageVariant takes a refused variant out, so that its product is merged without it, and notes that in the product's hash: the
-- same refusal in the next run changes nothing, and once the reason is gone the variant comes in.
with product as (
    update product_sync_rows p set incomplete = true,
        content_hash = substr(sha256(p.content_hash || int4send(@position::int)), 1, 16)
    where p.run_id = @run_id and p.row = @row
)
delete from product_sync_variants v where v.run_id = @run_id and v.row = @row and v.position = @position::int;

-- name: ListStagedWithoutVariants :many
-- ListStagedWithoutVariants returns which of these products have nothing left to buy.
select p.row from product_sync_rows p
where p.run_id = @run_id and p.row = any(@rows::bigint[])
    and not exists (select 1 from product_sync_variants v where v.run_id = @run_id and v.row = p.row);

-- name: UnstageRun :one
-- UnstageRun removes some of what was staged of a run and of what a dry run of it would do, and returns how many of the kind that it has most of.
with products as (
    delete from product_sync_rows p
    where p.run_id = @run_id and p.row in (select s.row from product_sync_rows s where s.run_id = @run_id order by s.row limit @page_size)
    returning p.row
), bounds as (
    select max(row) as last from products
), variants as (
    delete from product_sync_variants v using bounds where v.run_id = @run_id and v.row <= bounds.last
), images as (
    delete from product_sync_images i using bounds where i.run_id = @run_id and i.row <= bounds.last
), changes as (
    delete from product_sync_changes c
    where c.run_id = @run_id and c.row in (select s.row from product_sync_changes s where s.run_id = @run_id order by s.row limit @page_size)
    returning 1
), offers as (
    delete from product_sync_offers o
    where o.run_id = @run_id and o.row in (select s.row from product_sync_offers s where s.run_id = @run_id order by s.row limit @page_size)
    returning 1
), texts as (
    delete from product_sync_texts t
    where t.run_id = @run_id and t.row in (select s.row from product_sync_texts s where s.run_id = @run_id order by s.row limit @page_size)
    returning 1
)
select greatest((select count(*) from products), (select count(*) from changes), (select count(*) from offers), (select count(*) from texts))::bigint;

-- name: CompareStaged :many
-- CompareStaged returns the next staged products beside those that the source calls so. The inner limits keep a plan that was made
-- when there were few products, and is kept, from reading all of them for each batch. Products are looked at only where they change.
select s.row, s.product_id, s.key, s.slug, s.slug_given, coalesce(i.product_id::text, '')::text as old_id, coalesce(i.aliased, false)::boolean as aliased,
    coalesce(p.slug, '')::text as old_slug, coalesce(p.asked_slug, '')::text as old_asked_slug,
    coalesce(i.content_hash = s.content_hash, false)::boolean as same_content, coalesce(i.stock_hash = s.stock_hash, false)::boolean as same_stock
from (
    select n.row, n.product_id, n.key, n.slug, n.slug_given, n.content_hash, n.stock_hash from product_sync_rows n
    where n.run_id = @run_id and n.row > @after
    order by n.row
    limit @page_size
) s
left join lateral (
    select o.product_id, o.aliased, o.content_hash, o.stock_hash from product_source_items o
    where o.source_id = @source_id and o.key = s.key
    limit 1
) i on true
left join lateral (
    select d.slug, d.asked_slug from products d where d.id = i.product_id and i.content_hash <> s.content_hash limit 1
) p on true
order by s.row;

-- name: AnalyzeStaged :exec
-- AnalyzeStaged tells the planner of a run that it has not met: it would take it for empty.
analyze product_sync_rows (run_id, row, continues), product_sync_variants (run_id, row, position), product_sync_images (run_id, row, position);

-- name: AddSyncChanges :copyfrom
insert into product_sync_changes (run_id, row, kind, product_id) values (@run_id, @row, @kind, @product_id);

-- name: ListSyncChanges :many
select c.row, c.kind, c.product_id from product_sync_changes c
where c.run_id = @run_id and c.row > @after
order by c.row
limit @page_size;

-- name: ListSyncChangesOfKind :many
select c.row, c.kind, c.product_id from product_sync_changes c
where c.run_id = @run_id and c.kind = @kind and c.row > @after
order by c.row
limit @page_size;

-- name: ListSyncFound :many
-- ListSyncFound returns products that a comparison has found by something else than a key of the source, with the key that the file gives them.
select c.product_id, r.key
from product_sync_changes c
join product_sync_rows r on r.run_id = c.run_id and r.row = c.row
where c.run_id = @run_id and c.kind = 'update'
    and not exists (select 1 from product_source_items i where i.source_id = @source_id and i.key = r.key);

