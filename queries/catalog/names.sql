-- name: DropNames :exec
-- DropNames takes locked products out of the categories that they do not stand in, in every language, and out of languages that the shop
-- does not list.
delete from catalog_names n
where n.product_id = any(@product_ids::uuid[]) and (n.locale <> all(coalesce(@locales::text[], '{}')) or not exists (
    select from (select unnest(@in_product_ids::uuid[]) as product_id, unnest(@in_category_ids::uuid[]) as category_id) stands
    where stands.product_id = n.product_id and stands.category_id = n.category_id
));

-- name: StoreNames :exec
insert into catalog_names as n (product_id, category_id, locale, sort_key)
select stands.product_id, stands.category_id, new.locale, new.sort_key
from (select unnest(@in_product_ids::uuid[]) as product_id, unnest(@in_category_ids::uuid[]) as category_id) stands
join (
    select unnest(@product_ids::uuid[]) as product_id, unnest(@locales::text[]) as locale, unnest(@sort_keys::bytea[]) as sort_key
) new on new.product_id = stands.product_id
order by new.locale collate "C", stands.category_id, new.sort_key
on conflict (product_id, category_id, locale) do update set sort_key = excluded.sort_key
where n.sort_key <> excluded.sort_key;

-- name: ListByTranslatedName :many
-- ListByTranslatedName is ListByName in another language.
select l.card, l.availability from (
    select n.product_id, n.category_id, n.sort_key from catalog_names n
    where n.locale = @locale and n.category_id = @category_id
    order by n.sort_key, n.product_id
    limit @page_size offset @page_start
) page
join catalog_listings l on l.product_id = page.product_id and l.category_id = page.category_id
order by page.sort_key, page.product_id;

-- name: ListWideByTranslatedName :many
-- ListWideByTranslatedName is ListWideByName in another language.
select l.card, l.availability from (
    select n.product_id, n.category_id, n.sort_key from catalog_names n
    cross join lateral (
        select from catalog_products p
        where p.product_id = n.product_id and p.terms @@ (select cast(@query::text as tsquery))
            and p.price between @price_from and @price_to
        limit 1
    ) fits
    where n.locale = @locale and n.category_id = @category_id
    order by n.sort_key, n.product_id
    limit @page_size offset @page_start
) page
join catalog_listings l on l.product_id = page.product_id and l.category_id = page.category_id
order by page.sort_key, page.product_id;

-- name: ListNarrowedTranslated :many
-- ListNarrowedTranslated is ListNarrowed where names matter and are another language's: for sorting by them, and for where in them the very
-- phrase stands.
with matched as materialized (
    select p.product_id, p.supply, p.rank, p.create_time, p.name_key, level.fit
    from (select unnest((select @levels::text[])) as query, unnest((select @fits::int[])) as fit) level
    cross join lateral (
        select p.product_id, p.supply, p.rank, p.create_time, p.name_key from catalog_layers p
        where p.terms @@ cast(level.query as tsquery) and p.price between @price_from::bigint and @price_to::bigint limit @most
    ) p
), best as (
    select m.product_id, m.supply, m.rank, m.create_time, m.name_key, sum(m.fit) as fit
    from matched m group by m.product_id, m.supply, m.rank, m.create_time, m.name_key
), page as (
    select sorted.product_id, sorted.total, row_number() over () as place from (
        select b.product_id, count(*) over () as total
        from best b
        left join catalog_texts t on not @by_name::boolean and t.product_id = b.product_id and t.locale = @locale
        left join catalog_names n on @by_name and n.product_id = b.product_id and n.category_id = @all_products::uuid and n.locale = @locale
        order by
            case when not @by_name then coalesce(array_position(@pinned::uuid[], b.product_id), 1000)
                + case when b.product_id = any(@boosted::uuid[]) then 0 when b.product_id = any(@buried::uuid[]) then 2 else 1 end end,
            case when not @by_name then b.fit end desc, case when not @by_name then b.supply end desc,
            case when not @by_name then coalesce(nullif(strpos(coalesce(t.name_key, b.name_key), @phrase::text), 0), 1000) end,
            case when not @by_name then b.rank end desc, case when not @by_name then b.create_time end desc,
            n.sort_key, case when @by_name then b.product_id end, b.product_id desc
        limit @page_size offset @page_start
    ) sorted
)
select l.card, l.availability, page.total from page
join catalog_listings l on l.product_id = page.product_id and l.category_id = @all_products
order by page.place;

-- name: SuggestTranslated :many
-- SuggestTranslated is SuggestProducts in another language.
with first as materialized (
    select f.product_id, f.name_key from (
        select l.product_id, coalesce(t.name_key, l.name_key) as name_key from (
            select a.product_id, a.name_key from catalog_listings a where a.category_id = @all_products::uuid
            order by a.supply desc, a.rank desc, a.create_time desc, a.product_id desc limit @looked_at
        ) l left join catalog_texts t on t.product_id = l.product_id and t.locale = @locale
    ) f
    where ' ' || f.name_key like all(@likes::text[]) limit @enough
), enough as (
    select count(*) >= @enough as enough from first
), found as materialized (
    select p.product_id, p.name_key from catalog_products p
    where p.layer = 0 and not (select enough from enough) and p.terms @@ (select cast(@query::text as tsquery))
    union all
    select p.product_id, p.name_key from catalog_products p
    where p.layer = 1 and not (select enough from enough) and p.terms @@ (select cast(@query as tsquery))
    union all
    select p.product_id, p.name_key from catalog_products p
    where p.layer = 2 and not (select enough from enough) and p.terms @@ (select cast(@query as tsquery))
    limit @most
), others as materialized (
    select p.product_id, p.name_key from catalog_products p
    where p.layer = 3 and not (select enough from enough) and not exists (select from found) and p.terms @@ (select cast(@query as tsquery))
    limit @most
), page as (
    select s.product_id, row_number() over (order by coalesce(nullif(strpos(' ' || s.name_key, ' ' || @phrase::text), 0), 1000), s.name_key, s.product_id) as place
    from (
        select f.product_id, f.name_key from first f
        union
        select n.product_id, coalesce(t.name_key, n.name_key)
        from (select f.product_id, f.name_key from found f union all select o.product_id, o.name_key from others o) n
        left join catalog_texts t on t.product_id = n.product_id and t.locale = @locale
    ) s
    order by place limit @page_size
)
select l.card, l.availability from page join catalog_listings l on l.product_id = page.product_id and l.category_id = @all_products
order by page.place;

-- name: LeaveNames :exec
-- LeaveNames takes locked products out of collections in every language, each out of the one beside it.
delete from catalog_names n
using (select unnest(@product_ids::uuid[]) as product_id, unnest(@collection_ids::uuid[]) as collection_id) gone
where n.product_id = any(@product_ids::uuid[]) and n.product_id = gone.product_id and n.category_id = gone.collection_id;

-- name: EnterNames :exec
-- EnterNames puts locked products into collections in every language that they are listed in, each into the one beside it.
insert into catalog_names (product_id, category_id, locale, sort_key)
select a.product_id, entered.collection_id, a.locale, a.sort_key
from (select unnest(@product_ids::uuid[]) as product_id, unnest(@collection_ids::uuid[]) as collection_id) entered
join catalog_names a on a.product_id = entered.product_id and a.category_id = @all_products::uuid
order by a.locale collate "C", entered.collection_id, a.sort_key
on conflict do nothing;
