-- name: ListOffers :many
-- ListOffers returns what a cart needs of variants: the variant's own picture, or else the product's first, among those that are there.
select v.id, v.product_id, p.slug, p.name, v.option_values, v.sku, v.price_minor, v.currency, v.weight_grams, p.state,
    coalesce(i.id::text, '')::text as image_id, coalesce(i.alt, '')::text as image_alt, coalesce(i.files, '[]')::jsonb as image_files
from product_variants v
join products p on p.id = v.product_id
left join lateral (
    select product_images.id, product_images.alt, product_images.files from product_images
    where product_images.product_id = v.product_id and product_images.files is not null
    order by product_images.id is not distinct from v.image_id desc, product_images.position
    limit 1
) i on true
where v.id = any(@ids::uuid[]);

-- name: ListTakenSKUs :many
-- ListTakenSKUs returns those of the next staged products' variants whose SKU belongs to another product.
select s.row, s.position, s.file_row, n.key, v.sku::text as sku, owner.key as owner_key
from (
    select r.row, r.key from product_sync_rows r
    where r.run_id = @run_id and r.row > @after
    order by r.row
    limit @page_size
) n
join product_sync_variants s on s.run_id = @run_id and s.row = n.row
join product_variants v on v.sku = s.sku
join products owner on owner.id = v.product_id and owner.key <> n.key
order by s.row, s.position;

-- name: MergeVariants :exec
-- MergeVariants makes the variants of products what the feed says. A variant is known again by its SKU, or else by its option
-- values, so that its id, and with it its stock and its place in carts, outlives a change of either. Variants that are gone
-- are removed, except of products some of whose rows were refused. Counts to set are queued in calls of 500: for new variants,
-- and for those of which the feed says another count than before. Only known products are searched for what they have.
with batch as (
    select unnest(@rows::bigint[]) as row, unnest(@product_ids::uuid[]) as product_id
), wanted as (
    select batch.row, batch.product_id, s.position, s.id, s.sku, s.gtin, s.option_values, s.price_minor, s.compare_at_minor, s.weight_grams,
        case when s.image is not null then (
            select i.id from product_images i where i.product_id = batch.product_id and i.source_url = s.image limit 1
        ) end as image_id, s.on_hand, s.backorder
    from batch
    join product_sync_variants s on s.run_id = @run_id and s.row = batch.row
), existing as (
    select v.id, v.product_id, v.sku, v.option_values, v.feed_on_hand, v.feed_backorder
    from product_variants v
    where v.product_id = any(@known_ids::uuid[])
), pairs as (
    select distinct on (w.id) w.id as wanted_id, e.id as existing_id, coalesce(e.sku = w.sku, false) as by_sku
    from wanted w
    join existing e on e.product_id = w.product_id and (e.sku = w.sku or e.option_values = w.option_values)
    order by w.id, coalesce(e.sku = w.sku, false) desc
), matched as (
    select distinct on (existing_id) wanted_id, existing_id from pairs order by existing_id, by_sku desc
), removed as (
    delete from product_variants v
    using existing e
    where v.id = e.id and not exists (select 1 from matched m where m.existing_id = e.id)
        and exists (
            select 1 from wanted w
            join product_sync_rows r on r.run_id = @run_id and r.row = w.row
            where w.product_id = e.product_id and (not r.incomplete or w.option_values = e.option_values))
), changed as (
    update product_variants v set
        position = w.position, sku = w.sku, gtin = w.gtin, option_values = w.option_values, price_minor = w.price_minor,
        compare_at_minor = w.compare_at_minor, currency = @currency, weight_grams = w.weight_grams, image_id = w.image_id,
        feed_on_hand = coalesce(w.on_hand, v.feed_on_hand),
        feed_backorder = case when w.on_hand is null then v.feed_backorder else w.backorder end
    from matched m
    join wanted w on w.id = m.wanted_id
    where v.id = m.existing_id
        and (v.position, v.sku, v.gtin, v.option_values, v.price_minor, v.compare_at_minor, v.currency, v.weight_grams, v.image_id,
            v.feed_on_hand, v.feed_backorder)
        is distinct from (w.position, w.sku, w.gtin, w.option_values, w.price_minor, w.compare_at_minor, @currency, w.weight_grams, w.image_id,
            coalesce(w.on_hand, v.feed_on_hand), case when w.on_hand is null then v.feed_backorder else w.backorder end)
), added as (
    insert into product_variants (id, product_id, position, sku, gtin, option_values, price_minor, compare_at_minor, currency, weight_grams,
        image_id, feed_on_hand, feed_backorder)
    select w.id, w.product_id, w.position, w.sku, w.gtin, w.option_values, w.price_minor, w.compare_at_minor, @currency, w.weight_grams,
        w.image_id, w.on_hand, case when w.on_hand is not null then w.backorder end
    from wanted w
    where not exists (select 1 from matched m where m.wanted_id = w.id)
), counts as (
    select coalesce(e.id, w.id) as variant_id, coalesce(w.on_hand, @default_stock::bigint) as on_hand, w.backorder,
        (row_number() over (order by coalesce(e.id, w.id)) - 1) / 500 as part
    from wanted w
    left join matched m on m.wanted_id = w.id
    left join existing e on e.id = m.existing_id
    where e.id is null
        or w.on_hand is not null and (w.on_hand, w.backorder) is distinct from (e.feed_on_hand, e.feed_backorder)
)
insert into product_sync_stock (run_id, batch, part, variant_ids, on_hand, backorder)
select @run_id, @batch, part, array_agg(variant_id order by variant_id), array_agg(on_hand order by variant_id), array_agg(backorder order by variant_id)
from counts
group by part;
