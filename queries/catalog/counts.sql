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

-- name: ListCountedCategories :many
select distinct category_id from catalog_counts where category_id > @after order by category_id limit @most;

-- name: MendCounts :exec
-- MendCounts adds to what is kept of a category whatever it is short of. One statement sees products and counts as the same refreshes left
-- them, so refreshes need not wait: what they add meanwhile adds up.
insert into catalog_counts as c (category_id, facet, products)
select @category_id::uuid, coalesce(real.facet, kept.facet), coalesce(real.products, 0) - coalesce(kept.products, 0)
from (
    select facet, count(*) as products
    from catalog_listings l
    join catalog_products p on p.product_id = l.product_id,
    unnest(array_append(p.facets, '')) as facet
    where l.category_id = @category_id
    group by facet
) real
full join (select k.facet, k.products from catalog_counts k where k.category_id = @category_id) kept on kept.facet = real.facet
where coalesce(real.products, 0) <> coalesce(kept.products, 0)
order by coalesce(real.facet, kept.facet) collate "C"
on conflict (category_id, facet) do update set products = c.products + excluded.products;

-- name: DropNoCounts :exec
-- DropNoCounts locks as refreshes do before it deletes.
with empty as (
    select c.category_id, c.facet from catalog_counts c where c.category_id = @category_id and c.products = 0
    order by c.facet for update
)
delete from catalog_counts c using empty where c.category_id = empty.category_id and c.facet = empty.facet;

-- name: LockMending :exec
-- LockMending lets one rebuild at a time mend counts, since what two add would be too much, and lets it take its time.
select set_config('statement_timeout', '240s', true) from (select pg_advisory_xact_lock(hashtext('catalog_counts'))) locked;
