-- +goose Up
-- What the merchant sells, as staff and feeds describe it. Shoppers read the catalogue's own copy.
create table products (
    id           uuid primary key,
    key          text not null constraint products_key unique, -- the merchant's own, stable from feed to feed
    slug         text not null constraint products_slug unique,
    -- What the slug was made from when it was given. Only when a feed asks for another one does the address change.
    asked_slug   text not null,
    name         text not null constraint product_name check (name <> ''),
    description  text not null,
    brand        text not null,
    state        text not null constraint product_state check (state in ('draft', 'active', 'archived')),
    attributes   jsonb not null, -- [{"name", "value"}], in the merchant's order
    options      jsonb not null, -- [{"name", "values"}], in the merchant's order
    tags         text[] not null,
    category_ids uuid[] not null, -- each path from root to leaf
    -- How a feed last described it; see feed.Hash. Equal hashes mean that there is nothing to do.
    content_hash bytea not null,
    stock_hash   bytea not null,
    version      bigint not null default 1,
    create_time  timestamptz not null,
    update_time  timestamptz not null
);
-- Lists are read from the newest, and imports write at the end, which costs least.
create index products_update_time on products (update_time, id);
create index products_state_update_time on products (state, update_time, id);
-- What is written waits in a list until the index is vacuumed, up to 32 MB, since merging it while an import runs costs most.
create index products_words on products using gin (to_tsvector('simple', name)) with (gin_pending_list_limit = 32768);

create table product_categories (
    id        uuid primary key,
    parent_id uuid references product_categories,
    slug      text not null constraint product_categories_slug unique,
    name      text not null,
    path      text not null -- names from root to leaf, separated by the unit separator U+001F
);
create unique index product_categories_path on product_categories (lower(path));

-- The two unique constraints are checked at the end of a statement, so that one statement can let variants change places.
create table product_variants (
    id               uuid primary key,
    product_id       uuid not null references products on delete cascade,
    position         int not null,
    sku              text constraint product_variant_sku check (sku <> ''), -- null for none
    gtin             text not null constraint product_variant_gtin check (gtin ~ '^([0-9]{14})?$'),
    option_values    text[] not null,
    price_minor      bigint not null constraint product_variant_price check (price_minor >= 0),
    compare_at_minor bigint constraint product_variant_compare_at check (compare_at_minor > price_minor),
    currency         text not null constraint product_variant_currency check (currency ~ '^[A-Z]{3}$'),
    weight_grams     int not null constraint product_variant_weight check (weight_grams >= 0),
    image_id         uuid, -- one of the product's images; null for its first
    -- The count that a feed last gave: stock is set when a feed says something new, not each time it says the same.
    feed_on_hand     bigint,
    feed_backorder   boolean,
    constraint product_variants_options unique (product_id, option_values) deferrable initially immediate,
    constraint product_variants_sku unique (sku) deferrable initially immediate
);

create table product_images (
    id         uuid primary key,
    product_id uuid not null references products on delete cascade,
    position   int not null,
    source_url text not null,
    alt        text not null,
    files      jsonb, -- [{"path", "width", "height", "type"}], smallest first; null until fetched
    hash       text, -- SHA-256 of what was fetched, in hexadecimal
    attempts   int not null default 0,
    next_try   timestamptz, -- null when there is nothing more to try
    problem    text not null default ''
);
create index product_images_product on product_images (product_id, position);
create index product_images_due on product_images (next_try, id) where next_try is not null;
