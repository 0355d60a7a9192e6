-- +goose Up
-- What lists of products are narrowed and sorted by.
create index products_name on products (name, id);
create index products_brand on products (brand) where brand <> '';
create index products_type on products (type_id) where type_id is not null;
-- As with words, what is written waits in a list, so that imports do not merge it.
create index products_places on products using gin (category_ids, tags) with (gin_pending_list_limit = 32768);

-- What happened to products, for programs that follow it. A product stands here once, at its last change, also when it is gone. Numbers
-- are given out by one transaction at a time after the changes were committed: who has read up to a number has missed nothing before it.
create table product_changes (
    product_id  uuid primary key, -- no foreign key: it outlives the product
    seq         bigint not null constraint product_changes_seq unique,
    version     bigint not null, -- 0 when it is gone
    change_time timestamptz not null
);
create sequence product_changes_numbers owned by product_changes.seq;
insert into product_changes (product_id, seq, version, change_time)
select p.id, nextval('product_changes_numbers'), p.version, p.update_time from (select id, version, update_time from products order by update_time, id) p;
