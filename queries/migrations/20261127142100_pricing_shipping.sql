-- +goose Up
-- Where to the shop delivers in the same ways.
create table shipping_zones (
    id      uuid   primary key,
    name    text   not null constraint shipping_zone_name check (length(name) between 1 and 100), -- for staff
    version bigint not null default 1 -- raised by each change of it or its methods
);
create index shipping_zones_name on shipping_zones (name, id);

-- The places of a zone. Of several that hold an address the narrowest counts.
create table shipping_areas (
    country_code   text not null constraint shipping_area_country check (country_code ~ '^[A-Z]{2}$'),
    region         text not null constraint shipping_area_region check (length(region) <= 100 and region !~ '\|'), -- empty: all of the country
    postcode_from  text not null constraint shipping_area_from check (postcode_from ~ '^[A-Z0-9 -]{0,20}$'), -- empty: all
    postcode_until text not null constraint shipping_area_until check (postcode_until ~ '^[A-Z0-9 -]{0,20}$' and (postcode_from = '') = (postcode_until = '')),
    zone_id        uuid not null references shipping_zones on delete cascade,
    places         place_range not null generated always as (place_range(
        country_code || '|' || region || '|' || postcode_from, country_code || '|' || region || '|' || postcode_until || '~', '[]')) stored,
    constraint shipping_area_key primary key (country_code, region, postcode_from, postcode_until) -- a place is in one zone
);
create index shipping_areas_zone on shipping_areas (zone_id);
create index shipping_areas_places on shipping_areas using gist (places);

-- Ways to send something, and places to fetch it at.
create table shipping_methods (
    zone_id  uuid    not null references shipping_zones on delete cascade,
    code     text    not null constraint shipping_method_code check (code ~ '^[a-z0-9_-]{1,50}$'), -- kept by carts and orders
    position int     not null, -- as staff see them
    name     text    not null constraint shipping_method_name check (length(name) between 1 and 100),
    active   boolean not null,
    min_days int     not null constraint shipping_method_min_days check (min_days >= 0), -- working days
    max_days int     not null constraint shipping_method_max_days check (max_days >= min_days),
    pickup   jsonb,  -- the address where goods are fetched; null when they are sent
    hours    text    not null constraint shipping_method_hours check (length(hours) <= 500), -- what to know for fetching them
    primary key (zone_id, code)
);

-- What a method costs: the first by position that takes the goods.
create table shipping_prices (
    zone_id           uuid   not null,
    code              text   not null,
    currency_code     text   not null constraint shipping_price_currency check (currency_code ~ '^[A-Z]{3}$'),
    position          int    not null,
    most_grams        bigint not null constraint shipping_price_grams check (most_grams >= 0), -- 0: any weight; the next likewise
    most_units        bigint not null constraint shipping_price_units check (most_units >= 0),
    least_goods_minor bigint not null constraint shipping_price_goods check (least_goods_minor >= 0), -- value of the goods after promotions
    price_minor       bigint not null constraint shipping_price_price check (price_minor >= 0),
    primary key (zone_id, code, currency_code, position),
    foreign key (zone_id, code) references shipping_methods on delete cascade
);

-- What stood in destinations and shipping_rates, which processes of the release before still read: a zone for each country with prices of its own, and one for
-- all others.
insert into shipping_zones (id, name)
select gen_random_uuid(), d.name from destinations d where exists (select from shipping_rates r where r.country_code = d.country_code)
union all
select gen_random_uuid(), 'Everywhere else' where exists (select from shipping_rates where country_code = '*');
insert into shipping_areas (country_code, region, postcode_from, postcode_until, zone_id)
select d.country_code, '', '', '', z.id
from destinations d
join shipping_zones z on z.name = case when exists (select from shipping_rates r where r.country_code = d.country_code) then d.name else 'Everywhere else' end;
create temporary table old_rates on commit drop as
select distinct on (z.id, r.code, r.currency_code) z.id as zone_id, r.*
from shipping_zones z
left join destinations d on d.name = z.name
join shipping_rates r on r.country_code in (d.country_code, '*')
order by z.id, r.code, r.currency_code, r.country_code desc; -- '*' sorts before letters
insert into shipping_methods (zone_id, code, position, name, active, min_days, max_days, hours)
select zone_id, code, row_number() over (partition by zone_id order by price_minor, code), name, true, min_days, max_days, ''
from (select distinct on (zone_id, code) * from old_rates order by zone_id, code, currency_code) m;
insert into shipping_prices (zone_id, code, currency_code, position, most_grams, most_units, least_goods_minor, price_minor)
select zone_id, code, currency_code, 1, coalesce(max_weight_grams, 0), 0, free_from_minor, 0 from old_rates where free_from_minor is not null
union all
select zone_id, code, currency_code, 2, coalesce(max_weight_grams, 0), 0, 0, price_minor from old_rates;
drop table old_rates;
