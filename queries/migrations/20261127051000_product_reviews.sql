-- +goose Up
-- What buyers say of products. Shoppers read what staff published.
create table product_reviews (
    id           uuid primary key,
    product_id   uuid not null references products on delete cascade,
    order_id     uuid, -- owned by order: the order in which it was bought; null when nobody proved that
    rating       smallint not null constraint product_review_rating check (rating between 1 and 5),
    title        text not null,
    body         text not null,
    author       text not null constraint product_review_author check (author <> ''),
    email        text not null, -- never shown
    locale       text not null,
    state        text not null constraint product_review_state check (state in ('pending', 'published', 'rejected')),
    reply        text not null default '', -- the shop's answer
    reply_time   timestamptz,
    moderated_by text not null default '',
    create_time  timestamptz not null,
    update_time  timestamptz not null
);
-- Who bought says it once; who did not waits until what they said was read.
create unique index product_reviews_order on product_reviews (product_id, order_id) where order_id is not null;
create unique index product_reviews_pending_email on product_reviews (product_id, lower(email)) where state = 'pending';
create index product_reviews_state on product_reviews (state, id);
create index product_reviews_published on product_reviews (product_id, id) where state = 'published';
create index product_reviews_rating on product_reviews (product_id, rating, id) where state = 'published';

-- How many published reviews give a product how many stars. Kept in step by whoever publishes.
create table product_ratings (
    product_id uuid not null references products on delete cascade,
    rating     smallint not null constraint product_rating check (rating between 1 and 5),
    reviews    bigint not null,
    primary key (product_id, rating)
);
