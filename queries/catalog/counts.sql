-- name: CountProducts :many
-- CountProducts counts some products by category and facet, as catalog_counts does for all.
select l.category_id, facet::text as facet, count(*)::int as products
from catalog_listings l
join catalog_products p on p.product_id = l.product_id,
unnest(array_append(p.facets, '')) as facet
where l.product_id = any(@product_ids::uuid[])
group by l.category_id, facet;

-- name: AddCounts :exec
-- AddCounts adds what a refresh changed. It comes last before the commit, since every refresh changes some of the same rows, and
-- always in the same order.
insert into catalog_counts as c (category_id, facet, products)
select category_id, facet, products
from (select unnest(@category_ids::uuid[]) as category_id, unnest(@facets::text[]) as facet, unnest(@products::int[]) as products) new
order by category_id, facet collate "C"
on conflict (category_id, facet) do update set products = c.products + excluded.products;

-- name: ListCounts :many
-- ListCounts returns a category's facets, most frequent first.
select facet, products from catalog_counts
where category_id = @category_id and facet <> '' and products > 0
order by products desc, facet collate "C"
limit @most_facets;

-- name: GetCount :one
select products from catalog_counts where category_id = @category_id and facet = '';
