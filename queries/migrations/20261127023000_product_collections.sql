-- +goose Up
-- Collections of products, by hand or by rule.
create table product_collections (
    id              uuid primary key,
    slug            text not null constraint product_collections_slug unique,
    name            text not null constraint product_collection_name check (name <> ''),
    description     text not null,
    seo_title       text not null,
    seo_description text not null,
    hidden          boolean not null,
    rule            jsonb, -- productv1.CollectionRule; null when staff choose the products
    -- Raised with each change of any rule: who knows the highest and how many rules there are knows all of them.
    rule_number     bigint not null default 0,
    rebuild_after   uuid, -- while products are gathered: the last one that was looked at
    rebuild_done    bigint not null default 0,
    rebuild_total   bigint not null default 0,
    version         bigint not null default 1,
    create_time     timestamptz not null,
    update_time     timestamptz not null
);
create index product_collections_name on product_collections (lower(name), id);
create index product_collections_rules on product_collections (rule_number) where rule is not null;
create index product_collections_rebuilding on product_collections (id) where rebuild_after is not null;
create sequence product_collections_numbers owned by product_collections.rule_number;

create table product_collection_members (
    collection_id uuid not null references product_collections on delete cascade,
    product_id    uuid not null references products on delete cascade,
    position      int not null, -- 0 in collections with a rule
    primary key (product_id, collection_id)
);
create index product_collection_members_order on product_collection_members (collection_id, position, product_id);
