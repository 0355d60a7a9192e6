-- name: ListOffers :many
-- ListOffers returns what a cart needs of variants: the variant's own picture, or else the product's first, among those that are there.
select v.id, v.product_id, p.slug, p.name, v.option_values, v.sku, v.price_minor, v.currency, v.weight_grams, p.state, p.tax_class, p.category_ids, p.gift_card,
    array(select m.collection_id from product_collection_members m where m.product_id = v.product_id order by m.collection_id)::uuid[] as collection_ids,
    coalesce(i.id::text, '')::text as image_id, coalesce(i.alt, '')::text as image_alt, coalesce(i.files, '[]')::jsonb as image_files,
    exists (select from product_files f where f.variant_id = v.id) as digital, exists (select from product_bundle_parts b where b.bundle_id = v.id) as bundle
from product_variants v
join products p on p.id = v.product_id
left join lateral (
    select product_images.id, product_images.alt, product_images.files from product_images
    where product_images.product_id = v.product_id and product_images.files is not null
    order by product_images.id is not distinct from v.image_id desc, product_images.position
    limit 1
) i on true
where v.id = any(@ids::uuid[]);

-- name: MergeVariants :exec
-- MergeVariants makes the variants of products what the feed says. A variant is known again by its SKU, or else by its option
-- values, so that its id, and with it its stock and its place in carts, outlives a change of either. Variants that are gone
-- are removed, except of products some of whose rows were refused. Counts to set are queued in calls of 500: for new variants,
-- and for those of which the feed says another count than before. Only known products are searched for what they have.
-- Fields that staff made theirs stay, unless the source owns them or another variant needs the value; where staff chose the variants
-- themselves, none comes and none goes.
with batch as (
    select unnest(@rows::bigint[]) as row, unnest(@product_ids::uuid[]) as product_id
), frozen as (
    select p.id from products p
    where p.id = any(@known_ids::uuid[]) and 'variants' = any(p.staff_fields) and 'variants' <> all(@owns::text[])
), wanted as (
    select batch.row, batch.product_id, s.position, s.id, s.sku, s.gtin, s.option_values, s.price_minor, s.compare_at_minor, s.weight_grams,
        case when s.image is not null then (
            select i.id from product_images i where i.product_id = batch.product_id and i.source_url = s.image limit 1
        ) end as image_id, s.on_hand, s.backorder, s.mpn
    from batch
    join product_sync_variants s on s.run_id = @run_id and s.row = batch.row
), existing as (
    select v.id, v.product_id, v.sku, v.option_values, v.feed_on_hand, v.feed_backorder,
        array(select f from unnest(v.staff_fields) f where f <> all(@owns::text[])) as kept
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
        and not exists (select 1 from frozen f where f.id = e.product_id)
        and exists (
            select 1 from wanted w
            join product_sync_rows r on r.run_id = @run_id and r.row = w.row
            where w.product_id = e.product_id and (not r.incomplete or w.option_values = e.option_values))
), become as (
    select v.id, w.position,
        case when 'sku' = any(e.kept) and not exists (select 1 from wanted o where o.product_id = w.product_id and o.id <> w.id and o.sku = v.sku)
            then v.sku else w.sku end as sku,
        case when 'gtin' = any(e.kept) then v.gtin else w.gtin end as gtin,
        case when 'option_values' = any(e.kept)
                and not exists (select 1 from wanted o where o.product_id = w.product_id and o.id <> w.id and o.option_values = v.option_values)
            then v.option_values else w.option_values end as option_values,
        case when 'price' = any(e.kept) then v.price_minor else w.price_minor end as price_minor,
        case when 'compare_at_price' = any(e.kept) then v.compare_at_minor else w.compare_at_minor end as compare_at_minor,
        case when 'price' = any(e.kept) then v.currency else @currency::text end as currency,
        case when 'weight_grams' = any(e.kept) then v.weight_grams else w.weight_grams end as weight_grams,
        case when 'image_id' = any(e.kept) then v.image_id else w.image_id end as image_id,
        case when 'mpn' = any(e.kept) or w.mpn = '' then v.mpn else w.mpn end as mpn,
        coalesce(w.on_hand, v.feed_on_hand) as feed_on_hand,
        case when w.on_hand is null then v.feed_backorder else w.backorder end as feed_backorder
    from matched m
    join wanted w on w.id = m.wanted_id
    join existing e on e.id = m.existing_id
    join product_variants v on v.id = m.existing_id
), changed as (
    update product_variants v set
        position = b.position, sku = b.sku, gtin = b.gtin, option_values = b.option_values, price_minor = b.price_minor,
        compare_at_minor = case when b.compare_at_minor > b.price_minor then b.compare_at_minor end, currency = b.currency,
        weight_grams = b.weight_grams, image_id = b.image_id, mpn = b.mpn, feed_on_hand = b.feed_on_hand, feed_backorder = b.feed_backorder
    from become b
    where v.id = b.id
        and (v.position, v.sku, v.gtin, v.option_values, v.price_minor, v.compare_at_minor, v.currency, v.weight_grams, v.image_id, v.mpn,
            v.feed_on_hand, v.feed_backorder)
        is distinct from (b.position, b.sku, b.gtin, b.option_values, b.price_minor, b.compare_at_minor, b.currency, b.weight_grams, b.image_id, b.mpn,
            b.feed_on_hand, b.feed_backorder)
), coming as (
    select w.* from wanted w
    where not exists (select 1 from matched m where m.wanted_id = w.id) and not exists (select 1 from frozen f where f.id = w.product_id)
), added as (
    insert into product_variants (id, product_id, position, sku, gtin, option_values, price_minor, compare_at_minor, currency, weight_grams,
        image_id, mpn, feed_on_hand, feed_backorder)
    select w.id, w.product_id, w.position, w.sku, w.gtin, w.option_values, w.price_minor, w.compare_at_minor, @currency::text, w.weight_grams,
        w.image_id, w.mpn, w.on_hand, case when w.on_hand is not null then w.backorder end
    from coming w
), counts as (
    select c.variant_id, c.on_hand, c.backorder, (row_number() over (order by c.variant_id) - 1) / 500 as part
    from (
        select w.id as variant_id, coalesce(w.on_hand, @default_stock::bigint) as on_hand, w.backorder from coming w
        union all
        select e.id, w.on_hand, w.backorder
        from matched m
        join wanted w on w.id = m.wanted_id
        join existing e on e.id = m.existing_id
        where w.on_hand is not null and (w.on_hand, w.backorder) is distinct from (e.feed_on_hand, e.feed_backorder)
    ) c
)
insert into product_sync_stock (run_id, batch, part, variant_ids, on_hand, backorder)
select @run_id, @batch, part, array_agg(variant_id order by variant_id), array_agg(on_hand order by variant_id), array_agg(backorder order by variant_id)
from counts
group by part;
