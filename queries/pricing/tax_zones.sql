-- name: ListTaxZones :many
-- ListTaxZones returns zones by country and region after one of them, each with the taxes that it has now for the standard class, whatever the postcode.
select z.country_code, z.region, z.name, z.included, z.shipping, z.each_line, z.version,
    array(select t.name from taxes t where t.country_code = z.country_code and t.region = z.region and t.postcode_from = '' and t.postcode_until = '' and t.class = ''
        and t.start_time <= @now::timestamptz and (t.end_time is null or t.end_time > @now::timestamptz) order by t.step limit 9)::text[] as taxes
from tax_zones z
where (z.country_code, z.region) > (@after_country::text, @after_region::text)
order by z.country_code, z.region
limit @page_size;

-- name: GetTaxZone :one
select * from tax_zones where country_code = @country_code and region = @region;

-- name: LockTaxZone :one
select * from tax_zones where country_code = @country_code and region = @region for update;

-- name: AddTaxZone :one
insert into tax_zones (country_code, region, name, included, shipping, each_line)
values (@country_code, @region, @name, @included, @shipping, @each_line)
returning *;

-- name: ChangeTaxZone :one
update tax_zones set name = @name, included = @included, shipping = @shipping, each_line = @each_line, version = version + 1
where country_code = @country_code and region = @region
returning *;

-- name: DeleteTaxZone :execrows
delete from tax_zones where country_code = @country_code and region = @region;
