-- +goose Up
-- Places in one country, as text: its code, a region's code and a postcode, with | between. Postcodes compare sign by sign, so that each covers those that begin
-- with it.
create type place_range as range (subtype = text, collation = "C");

-- What goods can be taxed as.
create table tax_classes (
    code text primary key constraint tax_class_code check (code ~ '^[a-z0-9_-]{0,50}$'), -- empty: what has no class of its own
    name text not null constraint tax_class_name check (length(name) between 1 and 100)
);
insert into tax_classes (code, name) values ('', 'Standard'), ('reduced', 'Reduced'), ('zero', 'Zero');

-- How a country, or a region of it, taxes.
create table tax_zones (
    country_code text    not null constraint tax_zone_country check (country_code ~ '^[A-Z]{2}$'), -- ISO 3166-1 alpha-2
    region       text    not null constraint tax_zone_region check (length(region) <= 100 and region !~ '\|'), -- ISO 3166-2 without the country; empty for the rest of the country
    name         text    not null constraint tax_zone_name check (length(name) between 1 and 100), -- of several taxes together
    included     boolean not null, -- whether prices shown to shoppers there hold the tax
    shipping     text    not null constraint tax_zone_shipping check (shipping in ('untaxed', 'standard', 'goods')), -- what delivery is taxed like
    each_line    boolean not null, -- whether the tax of each line is rounded by itself
    version      bigint  not null default 1, -- raised by each change, of its taxes as well
    primary key (country_code, region)
);

-- Of the taxes of one step only one applies to some goods: that of their class before that of the standard class, then that of the narrowest place, then the one
-- that began last. Taxes of different steps are taken together.
create table taxes (
    id             uuid    primary key,
    country_code   text    not null constraint tax_country check (country_code ~ '^[A-Z]{2}$'),
    region         text    not null constraint tax_region check (length(region) <= 100 and region !~ '\|'), -- empty: all of the country
    postcode_from  text    not null constraint tax_postcode_from check (postcode_from ~ '^[A-Z0-9 -]{0,20}$'), -- empty: all
    postcode_until text    not null constraint tax_postcode_until check (postcode_until ~ '^[A-Z0-9 -]{0,20}$' and (postcode_from = '') = (postcode_until = '')),
    class          text    not null references tax_classes,
    step           int     not null constraint tax_step check (step between 1 and 9),
    name           text    not null constraint tax_name check (length(name) between 1 and 100),
    rate           int     not null constraint tax_rate check (rate between 0 and 1000000), -- millionths
    compound       boolean not null, -- whether it is taken of the price with the other taxes in it
    start_time     timestamptz not null, -- 0001-01-01: always
    end_time       timestamptz constraint tax_end check (end_time > start_time), -- null: never
    places         place_range not null generated always as (place_range(
        country_code || '|' || region || '|' || postcode_from, country_code || '|' || region || '|' || postcode_until || '~', '[]')) stored
);
create unique index taxes_key on taxes (country_code, region, postcode_from, postcode_until, class, step, start_time);
create index taxes_places on taxes using gist (places);
create index taxes_class on taxes (class);

-- What a shop says of itself to tax offices, and who is exempt.
create table tax_settings (
    one           boolean primary key default true constraint tax_settings_one check (one),
    country_code  text    not null default '' constraint tax_settings_country check (country_code ~ '^([A-Z]{2})?$'), -- where the shop is established; empty while nobody said
    vat_number    text    not null default '' constraint tax_settings_number check (length(vat_number) <= 40),
    exempt_groups text[]  not null default '{}', -- groups of customers who owe no tax
    version       bigint  not null default 1
);
insert into tax_settings default values;

-- What stood in tax_rates, which processes of the release before still read.
insert into tax_zones (country_code, region, name, included, shipping, each_line)
select country_code, region, case when rate > 0 then regexp_replace(name, ' [0-9.]+ %$', '') else name end, included,
    case when not on_shipping then 'untaxed' when included then 'goods' else 'standard' end, false
from tax_rates;
insert into taxes (id, country_code, region, postcode_from, postcode_until, class, step, name, rate, compound, start_time)
select gen_random_uuid(), country_code, region, '', '', '', 1, name, rate, false, '0001-01-01 00:00:00Z' from tax_rates where rate > 0;
