-- +goose Up
-- What shoppers browse and search: rows of catalog's own, brought up to date by asking product and inventory, so they may be
-- emptied and filled again at any time. Cards and pages are kept as they are sent.
create extension if not exists pg_trgm;

-- Numbers what was read elsewhere: taken before asking, so that an answer never replaces one that was asked for later.
create sequence catalog_tickets;

-- A product's page, also of those that are no longer for sale. Whoever refreshes a product holds this row. The page stays in the
-- row up to 8 kB instead of 2, since reading it is most of what is done with it.
create table catalog_pages (
    product_id uuid       primary key, -- owned by product
    version    bigint     not null default 0,
    state      text       not null default 'hidden' constraint catalog_page_state check (state in ('hidden', 'for_sale', 'gone')),
    slug       text       constraint catalog_page_slug unique, -- null until it was for sale, and when another product took it
    leaf_id    uuid,      -- the category that its relatives come from
    page       bytea      constraint catalog_page_shown check (state <> 'for_sale' or page is not null),
    units      smallint[] not null default '{}' -- of each variant, in the page's order: see catalog_variants
) with (toast_tuple_target = 8160, fillfactor = 90);

-- What can be had of each variant, as shoppers are told. A variant may be here before its product is.
create table catalog_variants (
    variant_id uuid     primary key, -- owned by product
    product_id uuid,
    place      int      not null default 0,
    -- Up to 5 units as they are, 6 for more, -1 for none but sold on: what is not shown does not change the row's meaning.
    units      smallint not null constraint catalog_variant_units check (units between -1 and 6),
    ticket     bigint   not null
) with (fillfactor = 80);
create index catalog_variants_product on catalog_variants (product_id, place) where product_id is not null;

-- A product for sale as filters and search find it. Rows are kept small, for a filter reads thousands of them: terms, which only
-- its index reads, are stored apart.
create table catalog_products (
    product_id  uuid        primary key,
    supply      smallint    not null constraint catalog_product_supply check (supply between 0 and 2), -- sold out, on order, in stock
    rank        smallint    not null,
    create_time timestamptz not null,
    price       bigint      not null, -- lowest, in minor units
    name_key    text        not null collate "C", -- the name as it is sorted
    facets      text[]      not null, -- such as brand=Tindle and option.Colour=Moss
    terms       tsvector    not null  -- facets, categories, price band, SKUs, GTINs and words
) with (toast_tuple_target = 512);
alter table catalog_products
    alter column facets set storage main,
    alter column name_key set storage main,
    alter column terms set storage external;
-- Searches read what is not merged yet from end to end, so little of it may gather.
create index catalog_products_terms on catalog_products using gin (terms) with (gin_pending_list_limit = 512);

-- A product as it stands in one category, or in all (the nil category), with its card: a page of a list reads its rows in order
-- and nothing else.
create table catalog_listings (
    product_id   uuid        not null,
    category_id  uuid        not null,
    supply       smallint    not null,
    rank         smallint    not null,
    create_time  timestamptz not null,
    price        bigint      not null,
    name_key     text        not null collate "C",
    availability smallint    not null,
    card         bytea       not null,
    primary key (product_id, category_id)
) with (fillfactor = 90);
create index catalog_listings_usual on catalog_listings (category_id, supply, rank, create_time, product_id);
create index catalog_listings_price on catalog_listings (category_id, price, product_id);
create index catalog_listings_newest on catalog_listings (category_id, create_time, product_id);
create index catalog_listings_name on catalog_listings (category_id, name_key, product_id);

-- Categories as products name them.
create table catalog_categories (
    category_id uuid   primary key, -- owned by product
    slug        text   not null,
    name        text   not null,
    parent_id   uuid,
    ticket      bigint not null
) with (fillfactor = 80);
create index catalog_categories_slug on catalog_categories (slug);

-- How many products for sale stand in a category, in all (facet '') and by facet. Kept in step by every refresh, since counting a
-- large category for each shopper would not do.
create table catalog_counts (
    category_id uuid not null,
    facet       text not null collate "C",
    products    int  not null,
    primary key (category_id, facet)
) with (fillfactor = 70);

-- Words of the shop, for searches that are mistyped.
create table catalog_words (
    word text primary key collate "C",
    term text not null -- as it stands in catalog_products.terms
);
create index catalog_words_like on catalog_words using gist (word gist_trgm_ops (siglen = 32));
