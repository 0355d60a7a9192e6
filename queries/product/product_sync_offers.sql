-- name: StageOffers :copyfrom
insert into product_sync_offers (run_id, row, sku, gtin, price_minor, compare_at_minor, on_hand, backorder)
values (@run_id, @row, @sku, @gtin, @price_minor, @compare_at_minor, @on_hand, @backorder);

-- name: MatchOffers :many
-- MatchOffers returns the next staged offers with the variants that they name, and what these have now. Several variants have the GTIN where
-- matches is more than one.
select o.row, o.sku, o.gtin, coalesce(v.id::text, '')::text as variant_id, coalesce(v.product_id::text, '')::text as product_id,
    coalesce(v.matches, 0)::bigint as matches, coalesce(v.different, false)::boolean as different, coalesce(v.restocked, false)::boolean as restocked
from (
    select s.* from product_sync_offers s
    where s.run_id = @run_id and s.row > @after
    order by s.row
    limit @page_size
) o
left join lateral (
    select c.id, c.product_id, count(*) over () as matches,
        (c.price_minor, c.compare_at_minor) is distinct from (
            case when o.price_minor is null or 'price' = any(c.staff_fields) and 'price' <> all(@owns::text[]) then c.price_minor else o.price_minor end,
            case when o.compare_at_minor is null or 'compare_at_price' = any(c.staff_fields) and 'compare_at_price' <> all(@owns::text[])
                then c.compare_at_minor else nullif(o.compare_at_minor, 0) end) as different,
        o.on_hand is not null and (c.feed_on_hand, c.feed_backorder) is distinct from (o.on_hand, o.backorder) as restocked
    from product_variants c
    where o.sku <> '' and c.sku = o.sku or o.sku = '' and c.gtin = o.gtin and c.gtin <> ''
    limit 2
) v on true
order by o.row;

-- name: MergeOffers :exec
-- MergeOffers gives variants the prices and counts that files say. A price from which nothing is reduced ends the reduction. Counts to set are
-- queued in calls of 500, where a file says another count than before.
with batch as (
    select unnest(@rows::bigint[]) as row, unnest(@variant_ids::uuid[]) as id
), wanted as (
    select v.id, o.on_hand, o.backorder, v.feed_on_hand, v.feed_backorder,
        case when o.price_minor is null or 'price' = any(v.staff_fields) and 'price' <> all(@owns::text[]) then v.price_minor else o.price_minor end as price_minor,
        case when o.compare_at_minor is null or 'compare_at_price' = any(v.staff_fields) and 'compare_at_price' <> all(@owns::text[])
            then v.compare_at_minor else nullif(o.compare_at_minor, 0) end as compare_at_minor
    from batch
    join product_sync_offers o on o.run_id = @run_id and o.row = batch.row
    join product_variants v on v.id = batch.id
), changed as (
    update product_variants v set
        price_minor = w.price_minor, compare_at_minor = case when w.compare_at_minor > w.price_minor then w.compare_at_minor end,
        feed_on_hand = coalesce(w.on_hand, v.feed_on_hand), feed_backorder = case when w.on_hand is null then v.feed_backorder else w.backorder end
    from wanted w
    where v.id = w.id
), counts as (
    select w.id, w.on_hand, w.backorder, (row_number() over (order by w.id) - 1) / 500 as part
    from wanted w
    where w.on_hand is not null and (w.on_hand, w.backorder) is distinct from (w.feed_on_hand, w.feed_backorder)
)
insert into product_sync_stock (run_id, batch, part, variant_ids, on_hand, backorder)
select @run_id, @batch, part, array_agg(id order by id), array_agg(on_hand order by id), array_agg(backorder order by id)
from counts
group by part;

-- name: ListStagedOffers :many
select o.row, o.sku, o.gtin, o.price_minor, o.compare_at_minor, o.on_hand, o.backorder from product_sync_offers o
where o.run_id = @run_id and o.row = any(@rows::bigint[]);

-- name: UnstageOffers :exec
delete from product_sync_offers where run_id = @run_id and row = any(@rows::bigint[]);
