-- name: NextTicket :one
-- NextTicket numbers what is about to be read elsewhere. It is taken before asking: then whoever holds the higher number has seen
-- all that was true when the lower one was given out.
select nextval('catalog_tickets');

-- name: SettleRefresh :exec
-- SettleRefresh has the statements of this transaction look rows up by index: plans are kept, and an import fills the tables faster
-- than anybody notices that they were small when the plans were made. It waits longer than a shopper would: refreshes wait for each other,
-- whoever moves layers for all of them, and all of them for whoever moves layers.
select set_config('enable_seqscan', 'off', true), set_config('lock_timeout', '15s', true), set_config('statement_timeout', '20s', true);

-- name: AddPages :exec
-- AddPages makes rows to lock for products that have none yet.
insert into catalog_pages (product_id)
select product_id from unnest(@product_ids::uuid[]) as product_id
order by product_id
on conflict do nothing;

-- name: LockPages :many
-- LockPages makes refreshes of the same products take turns, always in the same order so that nobody waits in a circle. It stands alone
-- because a statement that waits for a lock goes on with what it saw before.
select product_id, version, state, ticket, ended_ticket, collection_ids, collection_ranks, collections_ticket from catalog_pages
where product_id = any(@product_ids::uuid[])
order by product_id
for no key update;

-- name: FreeSlugs :exec
-- FreeSlugs takes slugs from products that had them until now. Two products of one refresh may have swapped theirs.
update catalog_pages p set slug = null
from (select unnest(@product_ids::uuid[]) as product_id, unnest(@slugs::text[]) as slug) taken
where p.slug = any(@slugs::text[]) and p.slug = taken.slug and p.product_id <> taken.product_id;

-- name: StorePages :many
-- StorePages stores locked products' pages and returns what can be had of their variants. A product that was for sale and is a draft
-- again is gone to shoppers; one that never was stays hidden.
update catalog_pages p set
    version = new.version,
    state = case when new.state = 'hidden' and p.state <> 'hidden' then 'gone' else new.state end,
    slug = case when new.state = 'hidden' then p.slug else new.slug end,
    leaf_id = nullif(new.leaf_id, '')::uuid,
    page = new.page,
    ticket = @ticket::bigint,
    update_time = new.update_time,
    units = coalesce((select array_agg(v.units order by v.place) from catalog_variants v where v.product_id = new.product_id), '{}')
from (
    select unnest(@product_ids::uuid[]) as product_id, unnest(@versions::bigint[]) as version, unnest(@states::text[]) as state,
        unnest(@slugs::text[]) as slug, unnest(@leaf_ids::text[]) as leaf_id, unnest(@pages::bytea[]) as page,
        unnest(@update_times::timestamptz[]) as update_time
) new
where p.product_id = any(@product_ids::uuid[]) and p.product_id = new.product_id
returning p.product_id, p.units;

-- name: EndPages :exec
-- EndPages keeps locked products that no longer exist as gone, if shoppers ever saw them, and remembers when that was asked: who asked before and is
-- slower does not bring them back.
update catalog_pages set state = case when state = 'for_sale' then 'gone' else state end, ended_ticket = greatest(ended_ticket, @ticket::bigint)
where product_id = any(@product_ids::uuid[]);

-- name: UpdateUnits :many
-- UpdateUnits copies what can be had of locked products' variants to their pages and returns those where that changed something.
update catalog_pages p set units = now.units
from (
    select v.product_id, array_agg(v.units order by v.place)::smallint[] as units
    from catalog_variants v
    where v.product_id = any(@product_ids::uuid[])
    group by v.product_id
) now
where p.product_id = now.product_id and p.units <> now.units
returning p.product_id, p.state, p.units;

-- name: ListSlugs :many
-- ListSlugs pages through all that is for sale, with the cards that lists show.
select p.product_id, p.update_time, l.card
from catalog_pages p
join catalog_listings l on l.product_id = p.product_id and l.category_id = @all_products::uuid
where p.product_id > @after and p.state = 'for_sale'
order by p.product_id
limit @page_size;

-- name: SkipSlugs :many
-- SkipSlugs passes over so many products for sale but one, and returns that one and the one after it.
select product_id from catalog_pages
where product_id > @after and state = 'for_sale'
order by product_id
limit 2 offset @passed;

-- name: GetPage :one
select state, leaf_id, page, units from catalog_pages where slug = @slug::text;

-- name: ListPassedOver :many
-- ListPassedOver returns products for sale that were last stored before a rebuild began, by id.
select product_id from catalog_pages
where product_id > @after and state = 'for_sale' and ticket < @since
order by product_id limit @most;

-- name: ListPages :many
-- ListPages returns the pages of some products that are for sale, in no order.
select page from catalog_pages where product_id = any(@product_ids::uuid[]) and state = 'for_sale';
