-- +goose Up
-- What the merchant decides about search and lists, which no refresh changes, and what shoppers looked for in vain.

-- Phrases that mean the same. With asked, only who asks for one of those finds the phrases too, and not the other way round.
create table catalog_synonyms (
    id          uuid        primary key,
    locale      text        not null, -- empty for every language
    asked       text[]      not null,
    phrases     text[]      not null constraint catalog_synonym_phrases check (cardinality(phrases) > 0),
    version     bigint      not null default 1,
    create_time timestamptz not null,
    update_time timestamptz not null,
    constraint catalog_synonyms_same unique (locale, asked, phrases)
);

-- Products that are put somewhere by hand, in one category or for one search.
create table catalog_placements (
    id          uuid        primary key,
    query       text        constraint catalog_placements_query unique, -- stems, see searchKey
    shown       text        not null default '', -- the query as staff wrote it
    category_id uuid        constraint catalog_placements_category unique,
    pinned      uuid[]      not null, -- come first, in this order, also where the words do not find them
    boosted     uuid[]      not null, -- come before all others that are found
    buried      uuid[]      not null, -- come after all others
    version     bigint      not null default 1,
    create_time timestamptz not null,
    update_time timestamptz not null,
    constraint catalog_placement_target check (num_nonnulls(query, category_id) = 1)
);

-- Searches that found nothing, by day. Only so many different ones are kept of a day, and days for a while.
create table catalog_missed_searches (
    day      date not null,
    query    text not null collate "C",
    searches int  not null,
    primary key (day, query)
) with (fillfactor = 80);
create index catalog_missed_searches_often on catalog_missed_searches (day, searches, query);
