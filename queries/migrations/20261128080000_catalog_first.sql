-- +goose Up
-- What a shopper begins to type is looked for in the names of the first products. This index has them side by side; in the table each lies on a page of its own.
create index catalog_products_first on catalog_products (supply, rank, create_time, product_id) include (name_key) where layer = 0;
