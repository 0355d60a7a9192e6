-- name: DropOldSlugs :exec
-- DropOldSlugs forgets the old addresses that locked products no longer have.
delete from catalog_old_slugs where product_id = any(@product_ids::uuid[]) and slug <> all(coalesce(@slugs::text[], '{}'));

-- name: StoreOldSlugs :exec
insert into catalog_old_slugs as o (slug, product_id)
select slug, product_id from (select unnest(@slugs::text[]) as slug, unnest(@product_ids::uuid[]) as product_id) new
order by slug collate "C"
on conflict (slug) do update set product_id = excluded.product_id where o.product_id <> excluded.product_id;

-- name: GetPageByOldSlug :one
select p.state, p.leaf_id, p.page, p.units from catalog_old_slugs o join catalog_pages p on p.product_id = o.product_id
where o.slug = @slug::text;
