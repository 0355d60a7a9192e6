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
-- ListCategories returns every category with how many products it has for sale, and the card that stands first in each root.
select c.category_id, c.slug, c.name, c.parent_id, c.ticket, coalesce(n.products, 0)::int as products, first.card
from catalog_categories c
left join catalog_counts n on n.category_id = c.category_id and n.facet = ''
left join lateral (
    select l.card from catalog_listings l where l.category_id = c.category_id and c.parent_id is null
    order by l.supply desc, l.rank desc, l.create_time desc, l.product_id desc limit 1
) first on true
order by c.category_id;

-- name: HasCategory :one
select exists (select from catalog_categories where slug = @slug);

-- name: DropEmptyCategories :exec
-- DropEmptyCategories forgets categories that no product has named since a rebuild began, and that have none.
delete from catalog_categories c
where c.ticket < @since and not exists (select from catalog_listings l where l.category_id = c.category_id);
