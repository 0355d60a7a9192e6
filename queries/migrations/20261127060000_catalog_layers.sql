-- +goose Up
-- Products for sale lie in layers: the first few thousand in the order of a list, the next tens of thousands, and so on. What many products
-- have is found in the first layers, what few have by looking through all, and neither takes longer as the shop grows. A layer ends where
-- catalog_layer_ends says, the last never; without ends everything is in the first, which is right, and only slower.
create table catalog_layer_ends (
    layer       smallint    primary key constraint catalog_layer_end check (layer between 0 and 2),
    supply      smallint    not null, -- of its last product, and so on
    rank        smallint    not null,
    create_time timestamptz not null,
    product_id  uuid        not null
);

alter table catalog_products add column layer smallint not null default 0 constraint catalog_product_layer check (layer between 0 and 3);
drop index catalog_products_terms;
create index catalog_products_layer_0 on catalog_products using gin (terms) with (gin_pending_list_limit = 256) where layer = 0;
create index catalog_products_layer_1 on catalog_products using gin (terms) with (gin_pending_list_limit = 256) where layer = 1;
create index catalog_products_layer_2 on catalog_products using gin (terms) with (gin_pending_list_limit = 256) where layer = 2;
create index catalog_products_layer_3 on catalog_products using gin (terms) with (gin_pending_list_limit = 256) where layer = 3;

-- All products for sale, a layer after the other: a query with a limit looks at no more layers than it needs. Each layer has an index
-- of terms, so what asks for terms asks this.
create view catalog_layers as
    select * from catalog_products where layer = 0 union all
    select * from catalog_products where layer = 1 union all
    select * from catalog_products where layer = 2 union all
    select * from catalog_products where layer = 3;
