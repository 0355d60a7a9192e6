-- name: LoadTaxes :many
-- LoadTaxes returns how some places are taxed at a moment, by the place's number: with the zone of its region, or else of its country, and of each class and step
-- the one tax that applies there. A zone without taxes has one row of step 0. A place without a zone has none and is not taxed.
select p.place::int as place, z.name as zone_name, z.included, z.shipping, z.each_line,
    coalesce(t.class, '')::text as class, coalesce(t.step, 0)::int as step, coalesce(t.name, '')::text as name, coalesce(t.rate, 0)::int as rate,
    coalesce(t.compound, false)::boolean as compound,
    s.country_code as shop_country, s.vat_number as shop_number, (@customer_group::text = any(s.exempt_groups))::boolean as exempt
from (select unnest(@countries::text[]) as country, unnest(@regions::text[]) as region, unnest(@postcodes::text[]) as postcode, unnest(@places::int[]) as place) p
cross join tax_settings s
cross join lateral (
    select x.* from tax_zones x where x.country_code = p.country and x.region in ('', p.region) order by x.region desc limit 1
) z
left join lateral (
    select distinct on (x.class, x.step) x.class, x.step, x.name, x.rate, x.compound from taxes x
    where (x.places @> (p.country || '||' || p.postcode) or x.places @> (p.country || '|' || p.region || '|' || p.postcode))
        and x.start_time <= @now::timestamptz and (x.end_time is null or x.end_time > @now::timestamptz)
    order by x.class, x.step, length(x.postcode_from) desc, x.postcode_from desc, x.postcode_until, x.region desc, x.start_time desc
) t on true
order by p.place, t.class, t.step;

-- name: ListTaxes :many
-- ListTaxes returns the taxes of a country in the order of their key, after one that is named by it.
select id, country_code, region, postcode_from, postcode_until, class, step, name, rate, compound, start_time, end_time from taxes
where country_code = @country_code
    and (region, postcode_from, postcode_until, class, step, start_time) > (@after_region::text, @after_from::text, @after_until::text, @after_class::text, @after_step::int, @after_time::timestamptz)
order by region, postcode_from, postcode_until, class, step, start_time
limit @page_size;

-- name: ListTaxesOfZone :many
-- ListTaxesOfZone returns the taxes that a country, or one of its regions, has whatever the postcode.
select id, country_code, region, postcode_from, postcode_until, class, step, name, rate, compound, start_time, end_time from taxes
where country_code = @country_code and region = @region and postcode_from = ''
order by class, step, start_time;

-- name: PutTaxes :exec
-- PutTaxes stores taxes, in place of those with the same key.
insert into taxes as t (id, country_code, region, postcode_from, postcode_until, class, step, name, rate, compound, start_time, end_time)
select n.id, n.country_code, n.region, n.postcode_from, n.postcode_until, n.class, n.step, n.name, n.rate, n.compound, n.start_time, nullif(n.end_time, '0001-01-01 00:00:00Z')
from (select unnest(@ids::uuid[]) as id, unnest(@country_codes::text[]) as country_code, unnest(@regions::text[]) as region,
    unnest(@postcodes_from::text[]) as postcode_from, unnest(@postcodes_until::text[]) as postcode_until, unnest(@classes::text[]) as class,
    unnest(@steps::int[]) as step, unnest(@names::text[]) as name, unnest(@rates::int[]) as rate, unnest(@compounds::boolean[]) as compound,
    unnest(@start_times::timestamptz[]) as start_time, unnest(@end_times::timestamptz[]) as end_time) n
on conflict (country_code, region, postcode_from, postcode_until, class, step, start_time) do update
set name = excluded.name, rate = excluded.rate, compound = excluded.compound, end_time = excluded.end_time;

-- name: DeleteTaxesOfZone :exec
-- DeleteTaxesOfZone removes what ListTaxesOfZone returns.
delete from taxes where country_code = @country_code and region = @region and postcode_from = '';

-- name: DeleteAllTaxesOfZone :exec
-- DeleteAllTaxesOfZone removes all taxes of a country or region, those of postcodes too.
delete from taxes where country_code = @country_code and region = @region;

-- name: DeleteTaxes :execrows
delete from taxes where id = any(@ids::uuid[]);
