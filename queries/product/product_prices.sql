-- name: AddPriceList :one
insert into product_price_lists (id, name, currency, customer_group, start_time, end_time, create_time, update_time)
values (@id, @name, @currency, @customer_group, sqlc.narg(start_time), sqlc.narg(end_time), @now, @now)
returning *;

-- name: ChangePriceList :one
update product_price_lists set name = @name, customer_group = @customer_group, start_time = sqlc.narg(start_time), end_time = sqlc.narg(end_time),
    version = version + 1, update_time = @now
where id = @id
returning *;

-- name: GetPriceList :one
select * from product_price_lists where id = @id;

-- name: LockPriceList :one
select * from product_price_lists where id = @id for update;

-- name: ListPriceLists :many
select * from product_price_lists where (lower(name), id) > (@after_name::text, @after_id::uuid) order by lower(name), id limit @page_size;

-- name: DeletePriceList :exec
delete from product_price_lists where id = @id;

-- name: ListListedPrices :many
select variant_id, min_quantity, price_minor, compare_at_minor from product_prices
where list_id = @list_id and (variant_id, min_quantity) > (@after_variant::uuid, @after_quantity::int)
order by variant_id, min_quantity
limit @page_size;

-- name: ListProductPrices :many
select p.list_id, p.variant_id, p.min_quantity, p.price_minor, p.compare_at_minor, l.currency
from product_variants v
join product_prices p on p.variant_id = v.id
join product_price_lists l on l.id = p.list_id
where v.product_id = @product_id
order by v.position, p.list_id, p.min_quantity
limit @page_size;

-- name: ListKnownVariants :many
select id from product_variants where id = any(@ids::uuid[]);

-- name: SetListedPrices :exec
insert into product_prices (list_id, variant_id, min_quantity, price_minor, compare_at_minor)
select @list_id::uuid, g.variant_id, g.min_quantity, g.price_minor, g.compare_at_minor
from jsonb_to_recordset(@rows::jsonb) as g(variant_id uuid, min_quantity int, price_minor bigint, compare_at_minor bigint)
on conflict (variant_id, list_id, min_quantity) do update set price_minor = excluded.price_minor, compare_at_minor = excluded.compare_at_minor
where (product_prices.price_minor, product_prices.compare_at_minor) is distinct from (excluded.price_minor, excluded.compare_at_minor);

-- name: RemoveListedPrices :exec
delete from product_prices p
using (select unnest(@variant_ids::uuid[]) as variant_id, unnest(@min_quantities::int[]) as min_quantity) g
where p.list_id = @list_id and p.variant_id = g.variant_id and p.min_quantity = g.min_quantity;

-- name: ListPricesFor :many
-- ListPricesFor returns the prices that a shopper may have for variants, the variants' own among them.
select v.id as variant_id, ''::text as list_id, 1::int as min_quantity, v.price_minor, v.compare_at_minor
from product_variants v
where v.id = any(@variant_ids::uuid[]) and v.currency = @currency
union all
select p.variant_id, p.list_id::text, p.min_quantity, p.price_minor, p.compare_at_minor
from product_prices p
join product_price_lists l on l.id = p.list_id
where p.variant_id = any(@variant_ids::uuid[]) and l.currency = @currency and l.customer_group in ('', @customer_group::text)
    and (l.start_time is null or l.start_time <= @now::timestamptz) and (l.end_time is null or l.end_time > @now::timestamptz);

-- name: ListLowestPrices :many
-- ListLowestPrices looks at the 30 days before a reduction began, or before now. A reduction goes on, however often the price changes, until
-- there is none.
select v.id, v.currency, v.price_minor, v.price_time, (v.compare_at_minor is not null)::boolean as reduced,
    coalesce(r.since, v.price_time)::timestamptz as since,
    coalesce((
        select min(h.price_minor) from product_price_history h
        where h.variant_id = v.id and h.currency = v.currency
            and h.from_time < case when v.compare_at_minor is null then @now::timestamptz else coalesce(r.since, v.price_time) end
            and h.until_time > case when v.compare_at_minor is null then @now::timestamptz else coalesce(r.since, v.price_time) end - interval '30 days'
    ), -1)::bigint as lowest
from product_variants v
left join lateral (
    select coalesce(
        (select h.until_time from product_price_history h where h.variant_id = v.id and h.compare_at_minor is null order by h.from_time desc limit 1),
        (select h.from_time from product_price_history h where h.variant_id = v.id order by h.from_time limit 1)
    ) as since
) r on true
where v.id = any(@variant_ids::uuid[]);

-- name: ListPastPrices :many
select from_time, until_time, currency, price_minor, compare_at_minor from product_price_history
where variant_id = @variant_id and from_time < @before_time
order by from_time desc
limit @page_size;

-- name: ListOldPrices :many
select until_time, variant_id, from_time from product_price_history
where until_time < @before and (until_time, variant_id, from_time) > (@after_until::timestamptz, @after_variant::uuid, @after_from::timestamptz)
order by until_time, variant_id, from_time
limit @page_size;

-- name: RemoveOldPrices :execrows
-- RemoveOldPrices forgets old prices of variants. A reduction may last for years, and is always told with the lowest price of the 30 days before it
-- began: the last price without a reduction stays, with those that overlapped its last 30 days. Of what was reduced from its beginning the first
-- price stays, which says so. Nobody is told anything of variants that are gone.
delete from product_price_history h
where h.variant_id = any(@variant_ids::uuid[]) and h.until_time < @before and not exists (
    select from product_variants v
    left join lateral (
        select u.until_time from product_price_history u where u.variant_id = v.id and u.compare_at_minor is null order by u.from_time desc limit 1
    ) reduced on true
    where v.id = h.variant_id and case when reduced.until_time is null
        then h.from_time = (select f.from_time from product_price_history f where f.variant_id = v.id order by f.from_time limit 1)
        else h.from_time < reduced.until_time and h.until_time > reduced.until_time - interval '30 days' end
);
