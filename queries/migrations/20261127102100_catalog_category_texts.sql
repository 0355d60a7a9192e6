-- +goose Up
-- What shoppers read of categories and collections in further languages of the shop. What is empty there is shown in its own.
create table catalog_category_texts (
    category_id     uuid not null,
    locale          text not null collate "C",
    slug            text not null collate "C", -- empty for that of the shop's own language
    name            text not null,
    description     text not null,
    seo_title       text not null,
    seo_description text not null,
    primary key (category_id, locale)
);
create index catalog_category_texts_slug on catalog_category_texts (slug, locale) where slug <> '';

-- Addresses in further languages at which shoppers found something once, which lead to where it is now. Product keeps none of these: what was
-- never shown, because it changed again at once or another had the address, needs to lead nowhere.
create table catalog_old_text_slugs (
    slug       text not null collate "C",
    locale     text not null collate "C",
    product_id uuid not null,
    primary key (slug, locale)
);
create table catalog_category_old_text_slugs (
    slug        text not null collate "C",
    locale      text not null collate "C",
    kind        text not null constraint catalog_category_old_text_kind check (kind in ('category', 'collection')),
    category_id uuid not null,
    primary key (slug, locale, kind)
);
