-- name: ListDestinations :many
-- ListDestinations returns the countries that some delivery goes to.
select d.country_code, d.name from destinations d
where exists (select from shipping_rates r where r.country_code in (d.country_code, '*') and r.currency_code = @currency_code)
order by d.name;

-- name: ListRates :many
-- ListRates returns the deliveries to a country, each with the tax there: that of the region if it has one of its own. A rate for
-- the country goes before the one of the same code for everywhere. No rows: the shop does not deliver there.
select r.code, r.name, r.price_minor, r.free_from_minor, r.min_days, r.max_days, r.max_weight_grams,
    coalesce(t.rate, 0)::int as tax_rate, coalesce(t.name, '')::text as tax_name,
    coalesce(t.included, false)::boolean as tax_included, coalesce(t.on_shipping, false)::boolean as tax_on_shipping
from destinations d
join lateral (
    select distinct on (o.code) o.* from shipping_rates o
    where o.country_code in (d.country_code, '*') and o.currency_code = @currency_code
    order by o.code, o.country_code desc -- '*' sorts before letters
) r on true
left join lateral (
    select x.* from tax_rates x
    where x.country_code = d.country_code and (x.region = '' or upper(x.region) = upper(@region) or upper(x.region_name) = upper(@region))
    order by x.region desc limit 1 -- the region's own before the country's
) t on true
where d.country_code = @country_code;
