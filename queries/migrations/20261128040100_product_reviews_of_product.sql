-- +goose Up
-- Whether a product has reviews is asked before an import of it is undone, and with each product that is removed its reviews are looked for.
create index product_reviews_product on product_reviews (product_id);
