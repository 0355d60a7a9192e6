-- +goose Up
-- What shoppers read in further languages. A shop with one language has no rows here. Prices, pictures and what can be had stand in the
-- rows that every language shares, so that a change of these touches no texts.
create table catalog_texts (
    product_id      uuid not null, -- for sale
    locale          text not null collate "C",
    slug            text,          -- null where the product stands at the same address as in the shop's own language
    name            text not null,
    name_key        text not null collate "C", -- folded, as a search looks for it
    description     text not null,
    seo_title       text not null,
    seo_description text not null,
    primary key (product_id, locale)
) with (fillfactor = 90);
create unique index catalog_texts_slug on catalog_texts (slug, locale) where slug is not null;

-- Every product by its name in each further language, as that language sorts: those without texts in it stand among the others.
create table catalog_names (
    product_id  uuid  not null,
    category_id uuid  not null,
    locale      text  not null collate "C",
    sort_key    bytea not null, -- of the Unicode collation algorithm
    primary key (product_id, category_id, locale)
) with (fillfactor = 90);
create index catalog_names_order on catalog_names (locale, category_id, sort_key, product_id);

-- catalog_words of further languages. All share one index of what looks alike, in which few are looked at before the language is.
create table catalog_local_words (
    locale text not null collate "C",
    word   text not null collate "C",
    term   text not null, -- as it stands in catalog_products.terms
    primary key (locale, word)
);
create index catalog_local_words_like on catalog_local_words using gist (word gist_trgm_ops (siglen = 32));
