-- name: StageTexts :copyfrom
insert into product_sync_texts (run_id, row, key, slug, translation) values (@run_id, @row, @key, @slug, @translation);

-- name: MatchTexts :many
-- MatchTexts returns the next staged texts with the products that they name.
select t.row, t.key, t.slug, t.translation, coalesce(i.product_id::text, p.id::text, '')::text as product_id
from (
    select s.row, s.key, s.slug, s.translation from product_sync_texts s
    where s.run_id = @run_id and s.row > @after
    order by s.row
    limit @page_size
) t
left join lateral (
    select o.product_id from product_source_items o where t.key <> '' and o.source_id = @source_id and o.key = t.key limit 1
) i on true
left join lateral (
    select d.id from products d where i.product_id is null and t.slug <> '' and d.slug = t.slug limit 1
) p on true
order by t.row;

-- name: ListTranslations :many
-- ListTranslations returns products' translations, and whether staff made them theirs.
select p.id, p.translations, ('translations' = any(p.staff_fields))::boolean as staffs from products p where p.id = any(@ids::uuid[]);

-- name: SaveTranslations :exec
update products p set translations = b.translations, version = p.version + 1, update_time = @now
from (select unnest(@ids::uuid[]) as id, unnest(@translations::text[])::jsonb as translations) b
where p.id = b.id;

-- name: UnstageTexts :exec
delete from product_sync_texts where run_id = @run_id and row = any(@rows::bigint[]);

-- name: ListStagedRelated :many
-- ListStagedRelated returns the next staged products that name others, with those that there are, in the file's order.
select s.row, i.product_id, p.related_ids, ('related_ids' = any(p.staff_fields))::boolean as staffs, array(
        select coalesce(k.product_id, v.product_id)
        from unnest(s.related) with ordinality n(name, place)
        left join product_source_items k on k.source_id = @source_id and k.key = n.name
        left join product_variants v on v.sku = n.name
        where coalesce(k.product_id, v.product_id) <> i.product_id
        order by n.place
    )::uuid[] as wanted
from (
    select r.row, r.key, r.related from product_sync_rows r
    where r.run_id = @run_id and r.row > @after and r.related <> '{}'
    order by r.row
    limit @page_size
) s
join product_source_items i on i.source_id = @source_id and i.key = s.key
join products p on p.id = i.product_id
order by s.row;

-- name: ListRelatedToBe :many
-- ListRelatedToBe returns which products that the shop has are named by staged ones, and how many names are of others that the file brings.
select r.row, array(
        select coalesce(k.product_id, v.product_id)
        from unnest(r.related) with ordinality n(name, place)
        left join product_source_items k on k.source_id = @source_id and k.key = n.name
        left join product_variants v on v.sku = n.name
        where coalesce(k.product_id, v.product_id) is not null
        order by n.place
    )::uuid[] as found, (
        select count(*) from unnest(r.related) n(name)
        where exists (select 1 from product_sync_rows o where o.run_id = r.run_id and o.key = n.name)
            and not exists (select 1 from product_source_items k where k.source_id = @source_id and k.key = n.name)
    )::bigint as coming
from product_sync_rows r
where r.run_id = @run_id and r.row = any(@rows::bigint[]) and r.related <> '{}';

-- name: SaveRelated :exec
update products p set related_ids = array(select jsonb_array_elements_text(b.related)::uuid), version = p.version + 1, update_time = @now
from (select unnest(@ids::uuid[]) as id, unnest(@related::text[])::jsonb as related) b
where p.id = b.id;
