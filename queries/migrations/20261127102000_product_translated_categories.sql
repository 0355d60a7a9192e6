-- +goose Up
-- What staff say of categories and collections in further languages, as of products: [{"locale", "name", "description", "slug", "seo_title",
-- "seo_description"}].
alter table product_categories add column translations jsonb not null default '[]';
alter table product_collections add column translations jsonb not null default '[]';
