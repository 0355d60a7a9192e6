-- name: StoreProducts :exec
-- StoreProducts stores how filters and search find products for sale. Lists within a list are joined by the unit separator. A product is in the
-- layer after those that end before it.
insert into catalog_products as p (product_id, supply, rank, create_time, price, name_key, facets, terms, layer)
select product_id, supply, rank, create_time, price, name_key, string_to_array(facets, E'\x1f'), array_to_tsvector(string_to_array(terms, E'\x1f')),
    (select count(*) from catalog_layer_ends e
    where (e.supply, e.rank, e.create_time, e.product_id) > (new.supply, new.rank, new.create_time, new.product_id))
from (
    select unnest(@product_ids::uuid[]) as product_id, unnest(@supplies::smallint[]) as supply, unnest(@ranks::smallint[]) as rank,
        unnest(@create_times::timestamptz[]) as create_time, unnest(@prices::bigint[]) as price, unnest(@name_keys::text[]) as name_key,
        unnest(@facets::text[]) as facets, unnest(@terms::text[]) as terms
) new
order by product_id
on conflict (product_id) do update set
    supply = excluded.supply, rank = excluded.rank, create_time = excluded.create_time, price = excluded.price,
    name_key = excluded.name_key, facets = excluded.facets, terms = excluded.terms, layer = excluded.layer
where (p.supply, p.rank, p.create_time, p.price, p.name_key, p.facets, p.terms, p.layer)
    is distinct from (excluded.supply, excluded.rank, excluded.create_time, excluded.price, excluded.name_key, excluded.facets, excluded.terms, excluded.layer);

-- name: DropProducts :exec
delete from catalog_products where product_id = any(@product_ids::uuid[]);

-- name: ListSupplies :many
select product_id, supply from catalog_products where product_id = any(@product_ids::uuid[]);

-- name: UpdateSupplies :exec
-- UpdateSupplies exchanges the one facet that says whether a product can be had, and puts the product where it belongs then.
update catalog_products p set
    supply = new.supply,
    layer = (select count(*) from catalog_layer_ends e
        where (e.supply, e.rank, e.create_time, e.product_id) > (new.supply, p.rank, p.create_time, p.product_id)),
    facets = (select array_agg(f) from unnest(p.facets) f where f <> all(@supply_facets::text[])) || new.facet,
    terms = ts_delete(p.terms, @supply_facets::text[]) || array_to_tsvector(array[new.facet])
from (
    select unnest(@product_ids::uuid[]) as product_id, unnest(@supplies::smallint[]) as supply, unnest(@facets::text[]) as facet
) new
where p.product_id = new.product_id;

-- name: ListNarrowed :many
-- ListNarrowed is a page of what filters and words leave, where that is not much: as many as are counted are read by the index and
-- sorted here. Each level is a query and how well what it finds fits; what products fit by several queries adds up. Of those that fit
-- alike, what can be had comes first, then names with the very phrase, the earlier the better: a name says what it is before it says what
-- it is for. What is placed by hand comes before or after all that. Queries are joined and so hidden from the planner, which then
-- always takes the index; the lists are hidden too, or a plan for their length would always look cheaper and be made anew each time.
with matched as materialized (
    select p.product_id, p.supply, p.rank, p.create_time, p.price, p.name_key, level.fit
    from (select unnest((select @levels::text[])) as query, unnest((select @fits::int[])) as fit) level
    cross join lateral (
        select p.product_id, p.supply, p.rank, p.create_time, p.price, p.name_key from catalog_layers p
        where p.terms @@ cast(level.query as tsquery) and p.price between @price_from::bigint and @price_to::bigint limit @most
    ) p
), best as (
    select m.product_id, m.supply, m.rank, m.create_time, m.price, m.name_key, sum(m.fit) as fit
    from matched m group by m.product_id, m.supply, m.rank, m.create_time, m.price, m.name_key
), page as (
    select sorted.product_id, sorted.total, row_number() over () as place from (
        select b.product_id, count(*) over () as total from best b
        order by
            case @sort::int when 0 then coalesce(array_position(@pinned::uuid[], b.product_id), 1000)
                + case when b.product_id = any(@boosted::uuid[]) then 0 when b.product_id = any(@buried::uuid[]) then 2 else 1 end end,
            case @sort when 0 then b.fit end desc, case @sort when 0 then b.supply end desc,
            case @sort when 0 then coalesce(nullif(strpos(b.name_key, @phrase::text), 0), 1000) end,
            case @sort when 0 then b.rank end desc,
            case @sort when 1 then b.price when 2 then -b.price end,
            case when @sort in (0, 3) then b.create_time end desc,
            case @sort when 4 then b.name_key end,
            case when @sort in (1, 4) then b.product_id end, b.product_id desc
        limit @page_size offset @page_start
    ) sorted
)
select l.card, l.availability, page.total from page
join catalog_listings l on l.product_id = page.product_id and l.category_id = @all_products::uuid
order by page.place;

-- name: CountNarrowed :many
-- CountNarrowed counts the facets of what several narrowings leave, each among as many products as are counted. The empty facet says how many
-- those were.
with counts as (
    select narrowing.number, facet, count(*) as products
    from (
        select unnest((select @queries::text[])) as query, unnest((select @price_froms::bigint[])) as price_from,
            unnest((select @price_tos::bigint[])) as price_to, unnest((select @numbers::int[])) as number
    ) narrowing
    cross join lateral (
        select p.facets from catalog_layers p
        where p.terms @@ cast(narrowing.query as tsquery) and p.price between narrowing.price_from and narrowing.price_to limit @most
    ) matched, unnest(array_append(matched.facets, '')) as facet
    group by narrowing.number, facet
)
select c.number::int as number, c.facet::text as facet, c.products::int as products
from (select distinct number from counts) n
cross join lateral (select * from counts where counts.number = n.number order by products desc, facet collate "C" limit @most_facets) c
order by c.number, c.products desc, c.facet collate "C";

-- name: ListFirst :many
-- ListFirst finds the first products in the usual order that a query finds. Each layer is sorted by itself, and none is looked at once there
-- are enough. The query is hidden from the planner, as in ListNarrowed.
select first.product_id::uuid as product_id from (
    (select p.product_id, p.supply, p.rank, p.create_time from catalog_products p
    where p.layer = 0 and p.terms @@ (select cast(@query::text as tsquery)) and p.price between @price_from::bigint and @price_to::bigint
    order by p.supply desc, p.rank desc, p.create_time desc, p.product_id desc limit @wanted)
    union all
    (select p.product_id, p.supply, p.rank, p.create_time from catalog_products p
    where p.layer = 1 and p.terms @@ (select cast(@query as tsquery)) and p.price between @price_from and @price_to
    order by p.supply desc, p.rank desc, p.create_time desc, p.product_id desc limit @wanted)
    union all
    (select p.product_id, p.supply, p.rank, p.create_time from catalog_products p
    where p.layer = 2 and p.terms @@ (select cast(@query as tsquery)) and p.price between @price_from and @price_to
    order by p.supply desc, p.rank desc, p.create_time desc, p.product_id desc limit @wanted)
    union all
    (select p.product_id, p.supply, p.rank, p.create_time from catalog_products p
    where p.layer = 3 and p.terms @@ (select cast(@query as tsquery)) and p.price between @price_from and @price_to
    order by p.supply desc, p.rank desc, p.create_time desc, p.product_id desc limit @wanted)
    limit @wanted
) first
order by first.supply desc, first.rank desc, first.create_time desc, first.product_id desc;

-- name: KnownTerms :many
-- KnownTerms returns which terms find a product at all.
select term::text as term from unnest(@terms::text[]) as term
cross join lateral (select from catalog_layers where terms @@ (select cast(term as tsquery)) limit 1) known;
