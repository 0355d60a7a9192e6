-- name: LockCollections :exec
-- LockCollections makes changes of rules and of what follows from them take turns: nobody gathers by a rule that was replaced, or puts
-- back what a later look took out.
select pg_advisory_xact_lock(hashtext('product.collections'));

-- name: AddCollection :one
insert into product_collections (id, slug, name, description, seo_title, seo_description, translations, hidden, home_position, rule, rule_number, rebuild_after,
    create_time, update_time)
values (@id, @slug, @name, @description, @seo_title, @seo_description, @translations, @hidden, sqlc.narg(home_position)::int, sqlc.narg(rule)::jsonb,
    nextval('product_collections_numbers'), sqlc.narg(rebuild_after)::uuid, @now, @now)
returning *;

-- name: ChangeCollection :exec
update product_collections set slug = @slug, name = @name, description = @description, seo_title = @seo_title, seo_description = @seo_description,
    translations = @translations, hidden = @hidden, home_position = sqlc.narg(home_position)::int, version = version + 1, update_time = @now
where id = @id;

-- name: ChangeCollectionRule :exec
update product_collections set rule = sqlc.narg(rule)::jsonb, rule_number = nextval('product_collections_numbers'),
    rebuild_after = sqlc.narg(rebuild_after)::uuid, rebuild_done = 0, rebuild_total = 0
where id = @id;

-- name: GetCollection :one
select * from product_collections where id = @id;

-- name: LockCollection :one
select * from product_collections where id = @id for update;

-- name: BatchGetCollections :many
select * from product_collections where id = any(@ids::uuid[]);

-- name: ListCollections :many
select * from product_collections where (lower(name), id) > (@after_name::text, @after_id::uuid) order by lower(name), id limit @page_size;

-- name: DeleteCollection :exec
delete from product_collections where id = @id;

-- name: ListTakenCollectionSlugs :many
select slug from product_collections where slug = any(@slugs::text[]);

-- name: ListOldCollectionSlugs :many
select collection_id, slug from product_collection_old_slugs where collection_id = any(@ids::uuid[]) order by slug;

-- name: KeepOldCollectionSlug :exec
insert into product_collection_old_slugs (slug, collection_id, create_time) values (@slug, @collection_id, @now)
on conflict (slug) do update set collection_id = excluded.collection_id, create_time = excluded.create_time;

-- name: EndOldCollectionSlug :exec
-- EndOldCollectionSlug lets an old address be a collection's own.
delete from product_collection_old_slugs where slug = @slug;

-- name: GetRulesNumber :one
-- GetRulesNumber tells whether rules are as they were.
select count(*) as rules, coalesce(max(rule_number), 0)::bigint as newest from product_collections where rule is not null;

-- name: ListRules :many
select id, rule from product_collections where rule is not null;

-- name: TakeRebuildingCollection :one
select * from product_collections where rebuild_after is not null order by id limit 1;

-- name: SaveRebuild :exec
update product_collections set rebuild_after = sqlc.narg(rebuild_after)::uuid, rebuild_done = rebuild_done + @done where id = @id;

-- name: StartRebuild :exec
-- StartRebuild counts what there is to look at.
update product_collections set rebuild_total = (select count(*) from (select p.id from products p order by p.id) counted) where product_collections.id = @id;

-- name: ListFacts :many
-- ListFacts returns what rules look at of the next products.
select p.id, p.name, p.state, p.brand, p.tags, p.category_ids, p.type_id, p.attributes, p.create_time, coalesce(v.price, 0)::bigint as price,
    coalesce(v.units, 0)::bigint as units, coalesce(v.backorder, false)::boolean as backorder
from products p
left join lateral (
    select min(w.price_minor) as price, sum(s.units) as units, bool_or(s.backorder) as backorder
    from product_variants w left join product_variant_stock s on s.variant_id = w.id
    where w.product_id = p.id
) v on true
where p.id > @after_id
order by p.id
limit @page_size;

-- name: ListFactsOf :many
select p.id, p.name, p.state, p.brand, p.tags, p.category_ids, p.type_id, p.attributes, p.create_time, coalesce(v.price, 0)::bigint as price,
    coalesce(v.units, 0)::bigint as units, coalesce(v.backorder, false)::boolean as backorder
from products p
left join lateral (
    select min(w.price_minor) as price, sum(s.units) as units, bool_or(s.backorder) as backorder
    from product_variants w left join product_variant_stock s on s.variant_id = w.id
    where w.product_id = p.id
) v on true
where p.id = any(@ids::uuid[]);
