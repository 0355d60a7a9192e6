-- name: DescribeCollections :many
-- DescribeCollections stores what is said of collections, as DescribeCategories does of categories, and returns which of these were newer.
insert into catalog_categories as c (category_id, kind, slug, name, ticket, version, state, seo_title, seo_description, description, by_hand, home_position)
select collection_id, 'collection', slug, name, @ticket::bigint, version, state, seo_title, seo_description, description, by_hand, nullif(home_position, 0)
from (
    select unnest(@collection_ids::uuid[]) as collection_id, unnest(@slugs::text[]) as slug, unnest(@names::text[]) as name,
        unnest(@versions::bigint[]) as version, unnest(@states::text[]) as state, unnest(@seo_titles::text[]) as seo_title,
        unnest(@seo_descriptions::text[]) as seo_description, unnest(@descriptions::text[]) as description,
        unnest(@by_hands::boolean[]) as by_hand, unnest(@home_positions::int[]) as home_position
) new
order by collection_id
on conflict (category_id) do update set slug = excluded.slug, name = excluded.name, ticket = greatest(c.ticket, excluded.ticket),
    version = excluded.version, state = excluded.state, seo_title = excluded.seo_title, seo_description = excluded.seo_description,
    description = excluded.description, by_hand = excluded.by_hand, home_position = excluded.home_position
where c.version < excluded.version or @again::boolean and c.version = excluded.version
returning category_id;

-- name: DropOldCollectionSlugs :exec
-- DropOldCollectionSlugs forgets the old addresses that collections no longer have.
delete from catalog_collection_old_slugs where collection_id = any(@collection_ids::uuid[]) and slug <> all(coalesce(@slugs::text[], '{}'));

-- name: StoreOldCollectionSlugs :exec
insert into catalog_collection_old_slugs as o (slug, collection_id)
select slug, collection_id from (select unnest(@slugs::text[]) as slug, unnest(@collection_ids::uuid[]) as collection_id) new
order by slug collate "C"
on conflict (slug) do update set collection_id = excluded.collection_id where o.collection_id <> excluded.collection_id;

-- name: FindCollection :one
-- FindCollection finds a collection by its address, or else by one that it had.
select category_id from (
    (select c.category_id, 0 as rank, c.state, c.ticket from catalog_categories c where c.slug = @slug and c.kind = 'collection')
    union all
    (select o.collection_id, 1, '', 0 from catalog_collection_old_slugs o where o.slug = @slug)
) found
order by state = 'gone', rank, ticket desc
limit 1;

-- name: GetCategoryTexts :one
-- GetCategoryTexts returns what a category or a collection is called in a language, text by text the shop's own where that has none; all of it for no language.
select coalesce(nullif(t.name, ''), c.name)::text as name, coalesce(nullif(t.seo_title, ''), c.seo_title)::text as seo_title,
    coalesce(nullif(t.seo_description, ''), c.seo_description)::text as seo_description, coalesce(nullif(t.description, ''), c.description)::text as description
from catalog_categories c
left join catalog_category_texts t on t.category_id = c.category_id and t.locale = @locale
where c.category_id = @category_id;

-- name: StoreMemberships :exec
-- StoreMemberships says in which collections locked products are, by a later question than what is there.
update catalog_pages p set collection_ids = string_to_array(new.collection_ids, E'\x1f')::uuid[], collection_ranks = string_to_array(new.ranks, E'\x1f')::smallint[],
    collections_ticket = @ticket::bigint
from (
    select unnest(@product_ids::uuid[]) as product_id, unnest(@collection_ids::text[]) as collection_ids, unnest(@ranks::text[]) as ranks
) new
where p.product_id = any(@product_ids::uuid[]) and p.product_id = new.product_id;

-- name: LeaveCollections :exec
-- LeaveCollections takes locked products out of collections, each out of the one beside it.
delete from catalog_listings l
using (select unnest(@product_ids::uuid[]) as product_id, unnest(@collection_ids::uuid[]) as collection_id) gone
where l.product_id = any(@product_ids::uuid[]) and l.product_id = gone.product_id and l.category_id = gone.collection_id;

-- name: EnterCollections :exec
-- EnterCollections puts locked products that are for sale into collections, each into the one beside it, as they stand among all products, or
-- moves them there. A rank of 0 is the product's own.
insert into catalog_listings as l (product_id, category_id, supply, rank, create_time, price, name_key, availability, card)
select a.product_id, entered.collection_id, a.supply, coalesce(nullif(entered.rank, 0), a.rank), a.create_time, a.price, a.name_key, a.availability, a.card
from (
    select unnest(@product_ids::uuid[]) as product_id, unnest(@collection_ids::uuid[]) as collection_id, unnest(@ranks::smallint[]) as rank
) entered
join catalog_listings a on a.product_id = entered.product_id and a.category_id = @all_products::uuid
order by entered.collection_id, a.price
on conflict (product_id, category_id) do update set rank = excluded.rank;

-- name: MoveTerms :exec
-- MoveTerms exchanges terms of locked products. Terms of one product are joined by the unit separator.
update catalog_products p
set terms = ts_delete(p.terms, string_to_array(new.lost, E'\x1f')) || array_to_tsvector(string_to_array(new.gained, E'\x1f'))
from (
    select unnest(@product_ids::uuid[]) as product_id, unnest(@lost::text[]) as lost, unnest(@gained::text[]) as gained
) new
where p.product_id = any(@product_ids::uuid[]) and p.product_id = new.product_id;

-- name: CountStanding :many
-- CountStanding counts products by facet in the collections beside them, whether they stand there already or not.
select s.collection_id::uuid as category_id, facet::text as facet, count(*)::int as products
from (select unnest(@product_ids::uuid[]) as product_id, unnest(@collection_ids::uuid[]) as collection_id) s
join catalog_products p on p.product_id = s.product_id,
unnest(array_append(p.facets, '')) as facet
group by s.collection_id, facet;

-- name: ListByHand :many
-- ListByHand is a page of a collection whose products staff put in order, of what filters leave of it. It looks at all of its products, which
-- are few enough to be put in order by hand.
with fits as (
    select l.product_id, l.supply, l.rank, l.create_time
    from catalog_listings l
    join catalog_products p on p.product_id = l.product_id
    where l.category_id = @category_id and array_to_tsvector(p.facets) @@ (select cast(@filter::text as tsquery))
        and p.price between @price_from and @price_to
), page as (
    select f.product_id, count(*) over () as total, f.supply, f.rank, f.create_time from fits f
    order by f.supply desc, f.rank desc, f.create_time desc, f.product_id desc
    limit @page_size offset @page_start
)
select l.card, l.availability, page.total from page
join catalog_listings l on l.product_id = page.product_id and l.category_id = @category_id
order by page.supply desc, page.rank desc, page.create_time desc, page.product_id desc;
