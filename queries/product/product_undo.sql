-- name: ListKeptByRun :many
-- ListKeptByRun returns how products were before a run changed them.
select distinct on (h.product_id) h.product_id, h.version
from product_history h
where h.run_id = @run_id::uuid and h.product_id > @after
order by h.product_id, h.version
limit @page_size;

-- name: ListChangedSince :many
-- ListChangedSince returns who changed products after a run had made or changed them, the last of each. What a run changed that was itself
-- undone is as it was, unless it was left alone then.
select distinct on (h.product_id) h.product_id, h.changed_by, h.change_time
from product_history h
where h.product_id = any(@product_ids::uuid[]) and h.run_id is distinct from @run_id::uuid
    and not exists (
        select 1 from product_sync_runs r where r.id = h.run_id and r.state = 'undone'
            and not exists (select 1 from product_sync_left l where l.run_id = r.id and l.product_id = h.product_id))
    and h.version > coalesce((select min(k.version) from product_history k where k.product_id = h.product_id and k.run_id = @run_id::uuid), 0)
order by h.product_id, h.version desc;

-- name: ListAddedTo :many
-- ListAddedTo returns which of these products have something that no feed gives: reviews, or variants with files or listed prices.
select p.id from products p
where p.id = any(@product_ids::uuid[]) and (
    exists (select 1 from product_reviews r where r.product_id = p.id)
    or exists (
        select 1 from product_variants v
        where v.product_id = p.id and (
            exists (select 1 from product_files f where f.variant_id = v.id) or exists (select 1 from product_prices l where l.variant_id = v.id))));

-- name: ListKeptSKUsTaken :many
-- ListKeptSKUsTaken returns products whose variants had SKUs that other products have now.
select distinct on (b.product_id) b.product_id::uuid as product_id, v.sku::text as sku, v.product_id as owner_id
from (select unnest(@product_ids::uuid[]) as product_id, unnest(@versions::bigint[]) as version) b
join product_history h on h.product_id = b.product_id and h.version = b.version
cross join lateral jsonb_array_elements(h.contents -> 'variants') o(kept)
join product_variants v on v.sku = o.kept ->> 'sku'
where v.product_id <> b.product_id and v.product_id <> all(@product_ids::uuid[])
order by b.product_id, v.sku;

-- name: RestoreProducts :many
-- RestoreProducts makes products what they were. An address that another product has by now stays as it is; one that is given up leads on.
with kept as (
    select h.product_id, h.contents -> 'product' as was
    from (select unnest(@product_ids::uuid[]) as product_id, unnest(@versions::bigint[]) as version) b
    join product_history h on h.product_id = b.product_id and h.version = b.version
), addresses as (
    select k.product_id, p.slug as now_slug,
        case when exists (select 1 from products o where o.slug = k.was ->> 'slug' and o.id <> k.product_id) then p.slug else k.was ->> 'slug' end as slug
    from kept k
    join products p on p.id = k.product_id
), redirects as (
    insert into product_old_slugs (slug, product_id, create_time)
    select a.now_slug, a.product_id, @now from addresses a where a.now_slug <> a.slug
    on conflict (slug) do update set product_id = excluded.product_id, create_time = excluded.create_time
)
update products p set
    slug = a.slug, asked_slug = k.was ->> 'asked_slug', name = k.was ->> 'name', description = k.was ->> 'description', brand = k.was ->> 'brand',
    state = k.was ->> 'state', attributes = k.was -> 'attributes', options = k.was -> 'options',
    tags = array(select jsonb_array_elements_text(k.was -> 'tags')),
    category_ids = array(select jsonb_array_elements_text(k.was -> 'category_ids')::uuid),
    type_id = (k.was ->> 'type_id')::uuid, tax_class = coalesce(k.was ->> 'tax_class', ''), seo_title = k.was ->> 'seo_title', seo_description = k.was ->> 'seo_description',
    translations = k.was -> 'translations', related_ids = array(select jsonb_array_elements_text(k.was -> 'related_ids')::uuid),
    publish_time = (k.was ->> 'publish_time')::timestamptz, staff_fields = array(select jsonb_array_elements_text(k.was -> 'staff_fields')),
    version = p.version + 1, update_time = @now
from kept k
join addresses a on a.product_id = k.product_id
where p.id = k.product_id
returning p.slug;

-- name: RestoreVariants :exec
-- RestoreVariants makes the variants of products what they were. What the feed said of stock stays, since stock does. Variants that come back have
-- their files again, and their prices in lists that are still there.
with kept as (
    select h.product_id, (o.was ->> 'id')::uuid as id, o.was
    from (select unnest(@product_ids::uuid[]) as product_id, unnest(@versions::bigint[]) as version) b
    join product_history h on h.product_id = b.product_id and h.version = b.version
    cross join lateral jsonb_array_elements(h.contents -> 'variants') o(was)
), removed as (
    delete from product_variants v
    where v.product_id = any(@product_ids::uuid[]) and not exists (select 1 from kept k where k.id = v.id)
), changed as (
    update product_variants v set
        position = (k.was ->> 'position')::int, sku = k.was ->> 'sku', gtin = k.was ->> 'gtin',
        option_values = array(select jsonb_array_elements_text(k.was -> 'option_values')), price_minor = (k.was ->> 'price_minor')::bigint,
        compare_at_minor = (k.was ->> 'compare_at_minor')::bigint, currency = k.was ->> 'currency', weight_grams = (k.was ->> 'weight_grams')::int,
        image_id = (k.was ->> 'image_id')::uuid, mpn = k.was ->> 'mpn',
        staff_fields = array(select jsonb_array_elements_text(k.was -> 'staff_fields'))
    from kept k
    where v.id = k.id
), added as (
    insert into product_variants (id, product_id, position, sku, gtin, option_values, price_minor, compare_at_minor, currency, weight_grams, image_id,
        mpn, staff_fields, feed_on_hand, feed_backorder)
    select k.id, k.product_id, (k.was ->> 'position')::int, k.was ->> 'sku', k.was ->> 'gtin',
        array(select jsonb_array_elements_text(k.was -> 'option_values')), (k.was ->> 'price_minor')::bigint, (k.was ->> 'compare_at_minor')::bigint,
        k.was ->> 'currency', (k.was ->> 'weight_grams')::int, (k.was ->> 'image_id')::uuid, k.was ->> 'mpn',
        array(select jsonb_array_elements_text(k.was -> 'staff_fields')), (k.was ->> 'feed_on_hand')::bigint, (k.was ->> 'feed_backorder')::boolean
    from kept k
    where not exists (select 1 from product_variants v where v.id = k.id)
    returning id
), files as (
    insert into product_files (id, variant_id, position, name, content_type, size_bytes, blob_key, create_time)
    select f.id, k.id, f.position, f.name, f.content_type, f.size_bytes, f.blob_key, f.create_time
    from added a
    join kept k on k.id = a.id
    cross join lateral jsonb_to_recordset(coalesce(k.was -> 'files', '[]')) as f(
        id uuid, position int, name text, content_type text, size_bytes bigint, blob_key text, create_time timestamptz)
)
insert into product_prices (list_id, variant_id, min_quantity, price_minor, compare_at_minor)
select l.id, k.id, p.min_quantity, p.price_minor, p.compare_at_minor
from added a
join kept k on k.id = a.id
cross join lateral jsonb_to_recordset(coalesce(k.was -> 'prices', '[]')) as p(list_id uuid, min_quantity int, price_minor bigint, compare_at_minor bigint)
join product_price_lists l on l.id = p.list_id;

-- name: RestoreImages :exec
-- RestoreImages makes the pictures of products what they were. Those that are there keep their files, others get back the ones that they had.
with kept as (
    select h.product_id, (o.was ->> 'id')::uuid as id, o.was
    from (select unnest(@product_ids::uuid[]) as product_id, unnest(@versions::bigint[]) as version) b
    join product_history h on h.product_id = b.product_id and h.version = b.version
    cross join lateral jsonb_array_elements(h.contents -> 'images') o(was)
), removed as (
    delete from product_images i
    where i.product_id = any(@product_ids::uuid[]) and not exists (select 1 from kept k where k.id = i.id)
), changed as (
    update product_images i set position = (k.was ->> 'position')::int, alt = k.was ->> 'alt'
    from kept k
    where i.id = k.id
)
insert into product_images (id, product_id, position, source_url, alt, files, hash, attempts, next_try, problem)
select k.id, k.product_id, (k.was ->> 'position')::int, k.was ->> 'source_url', k.was ->> 'alt', nullif(k.was -> 'files', 'null'), k.was ->> 'hash',
    (k.was ->> 'attempts')::int, (k.was ->> 'next_try')::timestamptz, k.was ->> 'problem'
from kept k
where not exists (select 1 from product_images i where i.id = k.id);

-- name: AddUndoLeft :exec
insert into product_sync_left (run_id, product_id, name, reason)
select @run_id, b.id, p.name, b.reason
from (select unnest(@product_ids::uuid[]) as id, unnest(@reasons::text[]) as reason) b
join products p on p.id = b.id
on conflict do nothing;

-- name: ListUndoLeft :many
select product_id, name, reason from product_sync_left
where run_id = @run_id and product_id > @after
order by product_id
limit @page_size;

-- name: ListVariantCounts :many
-- ListVariantCounts returns what feeds last said of the stock of products' variants.
select v.id, v.product_id, v.sku, v.option_values, v.feed_on_hand, v.feed_backorder from product_variants v where v.product_id = any(@product_ids::uuid[]);
