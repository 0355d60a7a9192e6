-- +goose Up
-- What files say of variants and texts of products that the shop has, without describing whole products. Not logged, as all that is staged.
create unlogged table product_sync_offers (
    run_id           uuid not null,
    row              bigint not null,
    sku              text not null, -- empty when the GTIN names the variant
    gtin             text not null,
    price_minor      bigint, -- null when the file says nothing
    compare_at_minor bigint, -- 0 ends a reduction, null says nothing
    on_hand          bigint,
    backorder        boolean not null,
    primary key (run_id, row)
);

create unlogged table product_sync_texts (
    run_id      uuid not null,
    row         bigint not null,
    key         text not null,
    slug        text not null,
    translation jsonb not null, -- as in products.translations
    primary key (run_id, row)
);

alter table product_sync_runs
    add column offers_through  bigint not null default 0, -- rows
    add column texts_through   bigint not null default 0,
    add column related_through bigint not null default 0;
