-- +goose Up
-- The catalogue's copy of what names and values of options and attributes are called in further languages.
create table catalog_word_texts (
    locale      text not null,
    word        text not null, -- in the shop's own language
    kind        text not null,
    translation text not null, -- empty once it was taken away, so that nothing older brings it back
    version     bigint not null, -- product's
    primary key (locale, word, kind)
);
