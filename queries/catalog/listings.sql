-- name: ListUsual :many
-- ListUsual is a page of a category that nothing narrows. Each order has a query of its own, which reads its index in order and stops at the
-- end of the page. Cards are looked up afterwards, so that later pages need not read those of earlier ones.
select l.card, l.availability from (
    select p.product_id, p.supply, p.rank, p.create_time from catalog_listings p where p.category_id = @category_id
    order by p.supply desc, p.rank desc, p.create_time desc, p.product_id desc limit @page_size offset @page_start
) page
join catalog_listings l on l.product_id = page.product_id and l.category_id = @category_id
order by page.supply desc, page.rank desc, page.create_time desc, page.product_id desc;

-- name: ListPlaced :many
-- ListPlaced is ListUsual where products are placed by hand: pinned ones in their order, boosted ones, all others as usual, buried ones.
-- Others fill the page up to its end, so that buried ones come only after the last of them.
select placed.card, placed.availability from (
    (select l.card, l.availability, array_position(@pinned::uuid[], l.product_id) as place, l.supply, l.rank, l.create_time, l.product_id
    from catalog_listings l where l.category_id = @category_id and l.product_id = any(@pinned))
    union all
    (select l.card, l.availability, case when l.product_id = any(@boosted::uuid[]) then 1000 else 1002 end, l.supply, l.rank, l.create_time, l.product_id
    from catalog_listings l where l.category_id = @category_id and l.product_id = any(@boosted || @buried::uuid[]))
    union all
    (select l.card, l.availability, 1001, l.supply, l.rank, l.create_time, l.product_id
    from catalog_listings l where l.category_id = @category_id and l.product_id <> all(@pinned || @boosted || @buried)
    order by l.supply desc, l.rank desc, l.create_time desc, l.product_id desc limit @page_end)
) placed
order by placed.place, placed.supply desc, placed.rank desc, placed.create_time desc, placed.product_id desc
limit @page_size offset @page_start;

-- name: SuggestProducts :many
-- SuggestProducts returns a few products whose names have words that begin so. What many have is found among the first of the first layer, and
-- what few have by index, which is asked only then; the last layer only for what no other has. So none takes long in a shop of any size, but while
-- products flood in, and that layer is closed, all is looked for by index.
with first as materialized (
    select f.product_id, f.name_key from (
        select p.product_id, p.name_key from catalog_products p where p.layer = 0
        order by p.supply desc, p.rank desc, p.create_time desc, p.product_id desc limit @looked_at
    ) f
    where ' ' || f.name_key like all(@likes::text[]) limit @enough
), enough as (
    select count(*) >= @enough as enough from first
), found as materialized (
    select p.product_id, p.name_key from catalog_products p
    where p.layer = 0 and not (select enough from enough) and p.terms @@ (select cast(@query::text as tsquery))
    union all
    select p.product_id, p.name_key from catalog_products p
    where p.layer = 1 and not (select enough from enough) and p.terms @@ (select cast(@query as tsquery))
    union all
    select p.product_id, p.name_key from catalog_products p
    where p.layer = 2 and not (select enough from enough) and p.terms @@ (select cast(@query as tsquery))
    limit @most
), others as materialized (
    select p.product_id, p.name_key from catalog_products p
    where p.layer = 3 and not (select enough from enough) and not exists (select from found) and p.terms @@ (select cast(@query as tsquery))
    limit @most
), page as (
    select s.product_id, row_number() over (order by coalesce(nullif(strpos(' ' || s.name_key, ' ' || @phrase::text), 0), 1000), s.name_key, s.product_id) as place
    from (
        select f.product_id, f.name_key from first f
        union select f.product_id, f.name_key from found f
        union select o.product_id, o.name_key from others o
    ) s
    order by place limit @page_size
)
select l.card, l.availability from page join catalog_listings l on l.product_id = page.product_id and l.category_id = @all_products::uuid
order by page.place;

-- name: ListByPrice :many
select l.card, l.availability from (
    select p.product_id, p.price from catalog_listings p where p.category_id = @category_id
    order by p.price, p.product_id limit @page_size offset @page_start
) page
join catalog_listings l on l.product_id = page.product_id and l.category_id = @category_id
order by page.price, page.product_id;

-- name: ListByPriceDown :many
select l.card, l.availability from (
    select p.product_id, p.price from catalog_listings p where p.category_id = @category_id
    order by p.price desc, p.product_id desc limit @page_size offset @page_start
) page
join catalog_listings l on l.product_id = page.product_id and l.category_id = @category_id
order by page.price desc, page.product_id desc;

-- name: ListNewest :many
select l.card, l.availability from (
    select p.product_id, p.create_time from catalog_listings p where p.category_id = @category_id
    order by p.create_time desc, p.product_id desc limit @page_size offset @page_start
) page
join catalog_listings l on l.product_id = page.product_id and l.category_id = @category_id
order by page.create_time desc, page.product_id desc;

-- name: ListByName :many
select l.card, l.availability from (
    select p.product_id, p.name_key from catalog_listings p where p.category_id = @category_id
    order by p.name_key, p.product_id limit @page_size offset @page_start
) page
join catalog_listings l on l.product_id = page.product_id and l.category_id = @category_id
order by page.name_key, page.product_id;

-- name: ListWideByPrice :many
-- ListWideByPrice is a page of a category of which filters or words leave more than is counted and sorted: the index is read in order, and
-- what does not fit is left out on the way, which is not far then. The inner limit keeps the planner from doing it the other way round.
select l.card, l.availability from catalog_listings l
cross join lateral (
    select from catalog_products p
    where p.product_id = l.product_id and p.terms @@ (select cast(@query::text as tsquery))
        and p.price between @price_from and @price_to
    limit 1
) fits
where l.category_id = @category_id
order by l.price, l.product_id
limit @page_size offset @page_start;

-- name: ListWideByPriceDown :many
select l.card, l.availability from catalog_listings l
cross join lateral (
    select from catalog_products p
    where p.product_id = l.product_id and p.terms @@ (select cast(@query::text as tsquery))
        and p.price between @price_from and @price_to
    limit 1
) fits
where l.category_id = @category_id
order by l.price desc, l.product_id desc
limit @page_size offset @page_start;

-- name: ListWideNewest :many
select l.card, l.availability from catalog_listings l
cross join lateral (
    select from catalog_products p
    where p.product_id = l.product_id and p.terms @@ (select cast(@query::text as tsquery))
        and p.price between @price_from and @price_to
    limit 1
) fits
where l.category_id = @category_id
order by l.create_time desc, l.product_id desc
limit @page_size offset @page_start;

-- name: ListWideByName :many
select l.card, l.availability from catalog_listings l
cross join lateral (
    select from catalog_products p
    where p.product_id = l.product_id and p.terms @@ (select cast(@query::text as tsquery))
        and p.price between @price_from and @price_to
    limit 1
) fits
where l.category_id = @category_id
order by l.name_key, l.product_id
limit @page_size offset @page_start;

-- name: StoreListings :exec
-- StoreListings puts products with their cards in their categories, with their own rank where none is said. Rows that are so already stay as they are. They are stored by
-- category, as they are read; no order of locks is needed, since the products' pages are locked.
insert into catalog_listings as l (product_id, category_id, supply, rank, create_time, price, name_key, availability, card)
select stands.product_id, stands.category_id, new.supply, coalesce(nullif(stands.rank, 0), new.rank), new.create_time, new.price, new.name_key, new.availability, new.card
from (
    select unnest(@in_product_ids::uuid[]) as product_id, unnest(@in_category_ids::uuid[]) as category_id, unnest(@in_ranks::smallint[]) as rank
) stands
join (
    select unnest(@product_ids::uuid[]) as product_id, unnest(@supplies::smallint[]) as supply, unnest(@ranks::smallint[]) as rank,
        unnest(@create_times::timestamptz[]) as create_time, unnest(@prices::bigint[]) as price, unnest(@name_keys::text[]) as name_key,
        unnest(@availabilities::smallint[]) as availability, unnest(@cards::bytea[]) as card
) new on new.product_id = stands.product_id
order by stands.category_id, new.price
on conflict (product_id, category_id) do update set
    supply = excluded.supply, rank = excluded.rank, create_time = excluded.create_time, price = excluded.price,
    name_key = excluded.name_key, availability = excluded.availability, card = excluded.card
where (l.supply, l.rank, l.create_time, l.price, l.name_key, l.availability, l.card) is distinct from
    (excluded.supply, excluded.rank, excluded.create_time, excluded.price, excluded.name_key, excluded.availability, excluded.card);

-- name: DropListings :exec
-- DropListings takes products out of the categories that they are not said to stand in.
delete from catalog_listings l
where l.product_id = any(@product_ids::uuid[]) and not exists (
    select from (select unnest(@in_product_ids::uuid[]) as product_id, unnest(@in_category_ids::uuid[]) as category_id) stands
    where stands.product_id = l.product_id and stands.category_id = l.category_id
);

-- name: UpdateListingSupplies :exec
update catalog_listings l set supply = new.supply, availability = new.availability
from (
    select unnest(@product_ids::uuid[]) as product_id, unnest(@supplies::smallint[]) as supply, unnest(@availabilities::smallint[]) as availability
) new
where l.product_id = new.product_id and (l.supply, l.availability) is distinct from (new.supply, new.availability);

-- name: ListCards :many
-- ListCards returns the cards of some products that are for sale, in the order asked for.
select l.card, l.availability from catalog_listings l
where l.product_id = any(@product_ids::uuid[]) and l.category_id = @all_products::uuid
order by array_position(@product_ids, l.product_id);
