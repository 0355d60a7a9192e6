-- name: ListDestinations :many
-- ListDestinations returns which of some countries can be delivered to at prices in a currency.
select c.code::text as code from (select unnest(@countries::text[]) as code) c
where exists (select from shipping_areas a
    join shipping_methods m on m.zone_id = a.zone_id and m.active
    join shipping_prices p on p.zone_id = m.zone_id and p.code = m.code and p.currency_code = @currency_code
    where a.country_code = c.code);

-- name: ListMethods :many
-- ListMethods returns the ways to deliver to a place, with prices in a currency and in the shop's, each in the order in which they are tried: those of the zone with
-- the narrowest area that holds the place. No rows: nothing is delivered there. The rate is what the currency is worth of the shop's in billionths; 0 when nobody said.
select m.code, m.name, m.min_days, m.max_days, m.pickup, m.hours,
    p.currency_code, p.most_grams, p.most_units, p.least_goods_minor, p.price_minor,
    coalesce((select r.rate from exchange_rates r where r.currency_code = @currency_code and r.start_time <= @now order by r.start_time desc limit 1), 0)::bigint as exchange_rate
from (
    select a.zone_id from shipping_areas a
    where a.places @> (@country_code::text || '||' || @postcode::text) or a.places @> (@country_code::text || '|' || @region::text || '|' || @postcode::text)
    order by length(a.postcode_from) desc, a.postcode_from desc, a.postcode_until, a.region desc limit 1
) z
join shipping_methods m on m.zone_id = z.zone_id and m.active
join shipping_prices p on p.zone_id = m.zone_id and p.code = m.code and p.currency_code in (@currency_code, @shop_currency)
order by m.position, m.code, p.position;

-- name: ListShippingZones :many
-- ListShippingZones returns zones by name after one of them.
select * from shipping_zones where (name, id) > (@after_name::text, @after_id::uuid) order by name, id limit @page_size;

-- name: GetShippingZone :one
select * from shipping_zones where id = @id;

-- name: LockShippingZone :one
select * from shipping_zones where id = @id for update;

-- name: AddShippingZone :one
insert into shipping_zones (id, name) values (@id, @name) returning *;

-- name: ChangeShippingZone :one
update shipping_zones set name = @name, version = version + 1 where id = @id returning *;

-- name: DeleteShippingZone :exec
-- DeleteShippingZone removes a zone with all that belongs to it.
delete from shipping_zones where id = @id;

-- name: ListAreas :many
select country_code, region, postcode_from, postcode_until, zone_id from shipping_areas where zone_id = any(@zone_ids::uuid[])
order by country_code, region, postcode_from, postcode_until;

-- name: ListZoneMethods :many
select * from shipping_methods where zone_id = any(@zone_ids::uuid[]) order by position, code;

-- name: ListZonePrices :many
select * from shipping_prices where zone_id = any(@zone_ids::uuid[]) order by currency_code, position;

-- name: DeleteAreas :exec
delete from shipping_areas where zone_id = @zone_id;

-- name: AddAreas :many
-- AddAreas gives places to a zone and returns those that it got: a place that another zone has stays there.
insert into shipping_areas (zone_id, country_code, region, postcode_from, postcode_until)
select @zone_id, unnest(@country_codes::text[]), unnest(@regions::text[]), unnest(@postcodes_from::text[]), unnest(@postcodes_until::text[])
on conflict (country_code, region, postcode_from, postcode_until) do nothing
returning country_code, region, postcode_from, postcode_until;

-- name: DeleteMethods :exec
-- DeleteMethods removes the methods of a zone with their prices.
delete from shipping_methods where zone_id = @zone_id;

-- name: AddMethods :exec
insert into shipping_methods (zone_id, code, position, name, active, min_days, max_days, pickup, hours)
select @zone_id, n.code, n.position, n.name, n.active, n.min_days, n.max_days, nullif(n.pickup, '')::jsonb, n.hours
from (select unnest(@codes::text[]) as code, unnest(@positions::int[]) as position, unnest(@names::text[]) as name, unnest(@actives::boolean[]) as active,
    unnest(@min_days::int[]) as min_days, unnest(@max_days::int[]) as max_days, unnest(@pickups::text[]) as pickup, unnest(@hours::text[]) as hours) n;

-- name: AddPrices :exec
insert into shipping_prices (zone_id, code, currency_code, position, most_grams, most_units, least_goods_minor, price_minor)
select @zone_id, unnest(@codes::text[]), unnest(@currency_codes::text[]), unnest(@positions::int[]), unnest(@most_grams::bigint[]), unnest(@most_units::bigint[]),
    unnest(@least_goods::bigint[]), unnest(@prices::bigint[]);
