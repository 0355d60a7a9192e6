-- name: StoreCategories :exec
-- StoreCategories stores what categories are called and where they stand, unless that was asked for later elsewhere.
insert into catalog_categories as c (category_id, slug, name, parent_id, ticket)
select category_id, slug, name, nullif(parent_id, '')::uuid, @ticket::bigint
from (
    select unnest(@category_ids::uuid[]) as category_id, unnest(@slugs::text[]) as slug, unnest(@names::text[]) as name,
        unnest(@parent_ids::text[]) as parent_id
) new
order by category_id
on conflict (category_id) do update set slug = excluded.slug, name = excluded.name, parent_id = excluded.parent_id, ticket = excluded.ticket
where c.ticket < excluded.ticket;

-- name: ListCategories :many
-- ListCategories returns every category and collection with how many products it has for sale, and the card that stands first in each root.
select c.category_id, c.kind, c.slug, c.name, c.parent_id, c.ticket, c.state, c.seo_title, c.seo_description, c.by_hand,
    octet_length(c.description) > 0 as described,
    coalesce(c.home_position, 0)::int as home_position, coalesce(n.products, 0)::int as products, first.card
from catalog_categories c
left join catalog_counts n on n.category_id = c.category_id and n.facet = ''
left join lateral (
    select l.card from catalog_listings l where l.category_id = c.category_id and c.parent_id is null
    order by l.supply desc, l.rank desc, l.create_time desc, l.product_id desc limit 1
) first on true
order by c.category_id;

-- name: FindCategory :one
-- FindCategory finds a category by its address, or else by one that it had.
select category_id from (
    (select c.category_id, 0 as rank, c.state, c.ticket from catalog_categories c where c.slug = @slug and c.kind = 'category')
    union all
    (select o.category_id, 1, '', 0 from catalog_category_old_slugs o where o.slug = @slug)
) found
order by state = 'gone', rank, ticket desc
limit 1;

-- name: DescribeCategories :many
-- DescribeCategories stores what is said of categories in newer versions than those that are there, or with again in the same ones too, and
-- returns which these were.
insert into catalog_categories as c (category_id, slug, name, parent_id, ticket, version, state, seo_title, seo_description, description)
select category_id, slug, name, nullif(parent_id, '')::uuid, @ticket::bigint, version, state, seo_title, seo_description, description
from (
    select unnest(@category_ids::uuid[]) as category_id, unnest(@slugs::text[]) as slug, unnest(@names::text[]) as name,
        unnest(@parent_ids::text[]) as parent_id, unnest(@versions::bigint[]) as version, unnest(@states::text[]) as state,
        unnest(@seo_titles::text[]) as seo_title, unnest(@seo_descriptions::text[]) as seo_description, unnest(@descriptions::text[]) as description
) new
order by category_id
on conflict (category_id) do update set slug = excluded.slug, name = excluded.name, parent_id = excluded.parent_id,
    ticket = greatest(c.ticket, excluded.ticket), version = excluded.version, state = excluded.state, seo_title = excluded.seo_title,
    seo_description = excluded.seo_description, description = excluded.description
where c.version < excluded.version or @again::boolean and c.version = excluded.version
returning category_id;

-- name: EndCategories :many
-- EndCategories remembers that categories were deleted. Their ids never come back.
update catalog_categories set state = 'gone' where category_id = any(@category_ids::uuid[]) and state <> 'gone'
returning category_id;

-- name: DropOldCategorySlugs :exec
-- DropOldCategorySlugs forgets the old addresses that categories no longer have.
delete from catalog_category_old_slugs where category_id = any(@category_ids::uuid[]) and slug <> all(coalesce(@slugs::text[], '{}'));

-- name: StoreOldCategorySlugs :exec
insert into catalog_category_old_slugs as o (slug, category_id)
select slug, category_id from (select unnest(@slugs::text[]) as slug, unnest(@category_ids::uuid[]) as category_id) new
order by slug collate "C"
on conflict (slug) do update set category_id = excluded.category_id where o.category_id <> excluded.category_id;

-- name: DropEmptyCategories :exec
-- DropEmptyCategories forgets categories that no product has named since a rebuild began, and that have none.
delete from catalog_categories c
where c.ticket < @since and c.state <> 'gone' and not exists (select from catalog_listings l where l.category_id = c.category_id);
