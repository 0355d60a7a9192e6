-- +goose Up
-- What names and values of options and attributes are called in other languages. One list holds for all products: whoever calls Red "Rot" does so once.
create table product_words (
    id          uuid primary key,
    locale      text not null constraint product_word_locale check (locale <> ''),
    kind        text not null constraint product_word_kind check (kind in ('name', 'value')),
    word        text not null constraint product_word_word check (word <> ''), -- in the shop's own language
    translation text not null, -- empty once it was taken away: the row stays, so that those who keep a copy can hear of it
    version     bigint not null default 1,
    update_time timestamptz not null,
    constraint product_words_word unique (locale, word, kind)
);
