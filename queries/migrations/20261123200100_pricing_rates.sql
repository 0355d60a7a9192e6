-- +goose Up
-- Where the shop delivers to, what that costs and which tax applies there. A new shop starts with the rows below and
-- should check them: rates change, and reduced rates and local taxes on top are not in them.
create table destinations (
    country_code text primary key constraint destination_country check (country_code ~ '^[A-Z]{2}$'), -- ISO 3166-1 alpha-2
    name         text not null
);

create table tax_rates (
    country_code text    not null references destinations,
    region       text    not null, -- ISO 3166-2 without the country; empty for the rest of the country
    region_name  text    not null, -- as people write it, for addresses without codes
    -- Millionths: 190000 is 19 %. Basis points would not hold New Jersey's 6.625 %.
    rate         int     not null constraint tax_rate_rate check (rate between 0 and 1000000),
    name         text    not null,
    included     boolean not null, -- whether prices shown to shoppers there hold the tax
    on_shipping  boolean not null, -- whether delivery is taxed like the goods
    primary key (country_code, region)
);

create table shipping_rates (
    code             text   not null constraint shipping_rate_code check (code ~ '^[a-z0-9_-]{1,50}$'),
    country_code     text   not null constraint shipping_rate_country check (country_code = '*' or country_code ~ '^[A-Z]{2}$'), -- '*': every destination without a row of its own for this code
    currency_code    text   not null constraint shipping_rate_currency check (currency_code ~ '^[A-Z]{3}$'),
    name             text   not null,
    price_minor      bigint not null constraint shipping_rate_price check (price_minor >= 0),
    free_from_minor  bigint constraint shipping_rate_free_from check (free_from_minor >= 0),  -- goods of this value go free; null: never
    min_days         int    not null constraint shipping_rate_min_days check (min_days >= 0), -- working days
    max_days         int    not null constraint shipping_rate_max_days check (max_days >= min_days),
    max_weight_grams bigint constraint shipping_rate_weight check (max_weight_grams > 0), -- null: any weight
    primary key (code, country_code, currency_code)
);

insert into destinations (country_code, name) values
    ('AT', 'Austria'), ('AU', 'Australia'), ('BE', 'Belgium'), ('BG', 'Bulgaria'), ('CA', 'Canada'), ('CH', 'Switzerland'), ('CY', 'Cyprus'), ('CZ', 'Czechia'),
    ('DE', 'Germany'), ('DK', 'Denmark'), ('EE', 'Estonia'), ('ES', 'Spain'), ('FI', 'Finland'), ('FR', 'France'), ('GB', 'United Kingdom'), ('GR', 'Greece'),
    ('HR', 'Croatia'), ('HU', 'Hungary'), ('IE', 'Ireland'), ('IT', 'Italy'), ('JP', 'Japan'), ('LT', 'Lithuania'), ('LU', 'Luxembourg'), ('LV', 'Latvia'),
    ('MT', 'Malta'), ('NL', 'Netherlands'), ('NO', 'Norway'), ('NZ', 'New Zealand'), ('PL', 'Poland'), ('PT', 'Portugal'), ('RO', 'Romania'), ('SE', 'Sweden'),
    ('SI', 'Slovenia'), ('SK', 'Slovakia'), ('US', 'United States');

-- VAT in the European Union: standard rates in force since 2025-08-01 (Romania 21 %) as the European Commission lists them (Taxes in Europe
-- Database). United Kingdom: HMRC, 20 % since 2011-01-04. Switzerland: 8.1 % since 2024-01-01 (FTA). Norway: 25 % (Skatteetaten). Australia and
-- New Zealand: GST 10 % (ATO) and 15 % (Inland Revenue). Japan: consumption tax 10 % since 2019-10-01 (National Tax Agency).
insert into tax_rates (country_code, region, region_name, rate, name, included, on_shipping)
select country, '', '', rate, name, true, true
from (values
    ('AT', 200000, 'VAT 20 %'), ('BE', 210000, 'VAT 21 %'), ('BG', 200000, 'VAT 20 %'), ('CY', 190000, 'VAT 19 %'), ('CZ', 210000, 'VAT 21 %'),
    ('DE', 190000, 'VAT 19 %'), ('DK', 250000, 'VAT 25 %'), ('EE', 240000, 'VAT 24 %'), ('ES', 210000, 'VAT 21 %'), ('FI', 255000, 'VAT 25.5 %'),
    ('FR', 200000, 'VAT 20 %'), ('GR', 240000, 'VAT 24 %'), ('HR', 250000, 'VAT 25 %'), ('HU', 270000, 'VAT 27 %'), ('IE', 230000, 'VAT 23 %'),
    ('IT', 220000, 'VAT 22 %'), ('LT', 210000, 'VAT 21 %'), ('LU', 170000, 'VAT 17 %'), ('LV', 210000, 'VAT 21 %'), ('MT', 180000, 'VAT 18 %'),
    ('NL', 210000, 'VAT 21 %'), ('PL', 230000, 'VAT 23 %'), ('PT', 230000, 'VAT 23 %'), ('RO', 210000, 'VAT 21 %'), ('SE', 250000, 'VAT 25 %'),
    ('SI', 220000, 'VAT 22 %'), ('SK', 230000, 'VAT 23 %'),
    ('GB', 200000, 'VAT 20 %'), ('CH', 81000, 'VAT 8.1 %'), ('NO', 250000, 'VAT 25 %'), ('AU', 100000, 'GST 10 %'), ('NZ', 150000, 'GST 15 %'),
    ('JP', 100000, 'Consumption tax 10 %')
) as rates (country, rate, name);

-- United States: state base rates of general sales tax as of 2025-07-01 (Federation of Tax Administrators), without county and city taxes. A shop
-- collects only where it has nexus; rows that do not apply should go. States that are not listed, and those without the tax, add none.
-- Delivery charged apart is taxed in the states marked so, and untaxed in the others (the states' revenue departments).
insert into tax_rates (country_code, region, region_name, rate, name, included, on_shipping)
select 'US', region, region_name, rate, case when rate > 0 then 'Sales tax' else 'No sales tax' end, false, on_shipping
from (values
    ('',   '',              0,     false), ('AK', 'Alaska',       0,     false), ('DE', 'Delaware',  0,     false), ('MT', 'Montana', 0, false),
    ('NH', 'New Hampshire', 0,     false), ('OR', 'Oregon',       0,     false),
    ('CA', 'California',    72500, false), ('CO', 'Colorado',     29000, false), ('FL', 'Florida',   60000, false), ('GA', 'Georgia', 40000, true),
    ('IL', 'Illinois',      62500, false), ('MA', 'Massachusetts', 62500, false), ('MI', 'Michigan', 60000, false),  ('NJ', 'New Jersey', 66250, true),
    ('NY', 'New York',      40000, true),  ('NC', 'North Carolina', 47500, true), ('OH', 'Ohio',     57500, true),  ('PA', 'Pennsylvania', 60000, true),
    ('TX', 'Texas',         62500, true),  ('VA', 'Virginia',     43000, false), ('WA', 'Washington', 65000, true)
) as rates (region, region_name, rate, on_shipping);

-- Canada: GST, HST and Quebec's QST as of 2025-04-01, when Nova Scotia's HST went to 14 % (Canada Revenue Agency, Revenu Quebec). The provincial
-- sales taxes of British Columbia, Manitoba and Saskatchewan are not in these rates.
insert into tax_rates (country_code, region, region_name, rate, name, included, on_shipping) values
    ('CA', '',   '',                          50000,  'GST 5 %',                false, true),
    ('CA', 'NB', 'New Brunswick',             150000, 'HST 15 %',               false, true),
    ('CA', 'NL', 'Newfoundland and Labrador', 150000, 'HST 15 %',               false, true),
    ('CA', 'NS', 'Nova Scotia',               140000, 'HST 14 %',               false, true),
    ('CA', 'ON', 'Ontario',                   130000, 'HST 13 %',               false, true),
    ('CA', 'PE', 'Prince Edward Island',      150000, 'HST 15 %',               false, true),
    ('CA', 'QC', 'Quebec',                    149750, 'GST and QST 14.975 %',   false, true);

-- Prices of delivery, a first guess for a shop in the United States. A shop in another currency needs rows in it.
insert into shipping_rates (code, country_code, currency_code, name, price_minor, free_from_minor, min_days, max_days, max_weight_grams)
select code, country, currency, name, price, free_from, min_days, max_days, max_weight
from (values
    ('standard', 'US', 'Standard delivery',      595,  7500,  3, 5,  30000),
    ('express',  'US', 'Express delivery',       1495, null,  1, 2,  30000),
    ('freight',  'US', 'Freight',                8900, null,  5, 10, null::bigint),
    ('standard', 'CA', 'Standard delivery',      995,  12500, 4, 8,  30000),
    ('express',  'CA', 'Express delivery',       2495, null,  2, 4,  30000),
    ('standard', '*',  'International delivery', 1495, 20000, 7, 14, 20000),
    ('express',  '*',  'International express',  3495, null,  3, 5,  20000)
) as rates (code, country, name, price, free_from, min_days, max_days, max_weight)
cross join (values ('USD'), ('EUR'), ('GBP')) as currencies (currency);
