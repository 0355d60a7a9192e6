-- +goose Up
-- What inventory said last of each variant, for rules of collections that ask for stock. It is asked again after each change there; nobody sells by it.
create table product_variant_stock (
    variant_id uuid    primary key references product_variants on delete cascade,
    units      bigint  not null, -- that can be sold now; never negative
    backorder  boolean not null, -- whether it sells on when nothing is left
    ticket     bigint  not null
) with (fillfactor = 80);

-- Numbers what was asked: an answer never replaces one that was asked for later.
create sequence product_stock_tickets;

-- How far the stock of variants is learned that were there before anybody kept it. The row goes when that is done.
create table product_stock_lesson (
    only_one   boolean primary key default true constraint product_stock_lesson_one check (only_one),
    after_id   uuid not null -- the last variant that was asked for
);
insert into product_stock_lesson (after_id) values ('00000000-0000-0000-0000-000000000000');
