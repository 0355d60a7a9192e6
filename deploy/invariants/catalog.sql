-- check: catalog.missing
-- A product that is for sale cannot be found by shoppers.
select p.slug || ': ' || coalesce(c.state, 'no page')
from products p
left join catalog_pages c on c.product_id = p.id
left join catalog_products l on l.product_id = p.id
where p.state = 'active' and p.update_time < (select settled from moment)
    and exists (select from product_variants v where v.product_id = p.id)
    and (c.state is distinct from 'for_sale' or l.product_id is null)

-- check: catalog.ghost
-- Shoppers find a product that is not for sale.
select coalesce(p.slug, c.product_id::text) || ': ' || coalesce(p.state, 'gone')
from catalog_pages c
left join products p on p.id = c.product_id
where c.state = 'for_sale' and p.state is distinct from 'active' and coalesce(p.update_time < (select settled from moment), true)

-- check: catalog.stale
-- Shoppers see an older version of a product.
select p.slug || ': version ' || c.version || ' of ' || p.version
from catalog_pages c
join products p on p.id = c.product_id
where c.version <> p.version and p.update_time < (select settled from moment)

-- check: catalog.variant
-- A variant that is for sale is not shown, or one that is gone is.
select p.slug || ': ' || coalesce(v.id, c.variant_id)
from (select * from product_variants where product_id in (select product_id from catalog_pages where state = 'for_sale')) v
full join (select * from catalog_variants where product_id in (select product_id from catalog_pages where state = 'for_sale')) c on c.variant_id = v.id
join products p on p.id = coalesce(v.product_id, c.product_id)
where v.product_id is distinct from c.product_id and p.update_time < (select settled from moment)

-- check: catalog.price
-- Shoppers see another price than the product's lowest.
select p.slug || ': ' || c.price || ' shown, costs ' || v.price
from catalog_products c
join products p on p.id = c.product_id
join (select product_id, min(price_minor) as price from product_variants group by product_id) v on v.product_id = c.product_id
where c.price <> v.price and p.update_time < (select settled from moment)

-- check: catalog.stock
-- Shoppers are told of other stock than there is.
select c.variant_id || ': ' || c.units || ' told, ' || coalesce(s.on_hand - s.held, 0) || ' can be had'
from catalog_variants c
left join stock_items s on s.variant_id = c.variant_id
where c.product_id is not null and not exists (select from product_bundle_parts b where b.bundle_id = c.variant_id)
    and not exists (select from products p where p.id = c.product_id and p.gift_card) -- they do not run out
    and coalesce(s.update_time < (select settled from moment), true)
    and not exists ( -- nobody's any more, freed already or not
        select from stock_holds h where h.variant_id = c.variant_id and h.state = 'active' and not h.pinned and h.expire_time <= now()
    )
    and c.units <> case
        when coalesce(s.unlimited, false) then 6
        when coalesce(s.backorder, false) then case when s.on_hand - s.held > 0 then 6 else -1 end
        else greatest(least(coalesce(s.on_hand - s.held, 0), 6), 0)
    end

-- check: catalog.bundle
-- Shoppers are told of other bundles than their parts make.
select c.variant_id || ': ' || c.units || ' told, ' || coalesce(m.sold, m.made) || ' can be made'
from catalog_variants c
join (
    select b.bundle_id, bool_and(coalesce(p.state = 'active', false)) as whole, bool_and(coalesce(s.backorder, false)) as sells_on,
        min(greatest(coalesce(s.on_hand - s.held, 0), 0) / b.quantity) as made,
        min(greatest(coalesce(s.on_hand - s.held, 0), 0) / b.quantity) filter (where not coalesce(s.backorder, false)) as sold,
        max(greatest(s.update_time, p.update_time)) as changed,
        bool_or(exists (
            select from stock_holds h where h.variant_id = b.part_id and h.state = 'active' and not h.pinned and h.expire_time <= now()
        )) as expiring
    from product_bundle_parts b
    left join product_variants v on v.id = b.part_id
    left join products p on p.id = v.product_id
    left join stock_items s on s.variant_id = b.part_id
    group by b.bundle_id
) m on m.bundle_id = c.variant_id
where c.product_id is not null and coalesce(m.changed < (select settled from moment), true) and not m.expiring
    and c.units <> case
        when not m.whole then 0
        when m.sells_on then case when m.made > 0 then 6 else -1 end
        when m.made = 0 and m.sold > 0 then -1
        else least(m.sold, 6)
    end

-- check: catalog.parts
-- The catalogue knows of other parts of a bundle than it is made of.
select coalesce(b.bundle_id, c.bundle_id) || ': ' || coalesce(b.quantity, 0) || ' of ' || coalesce(b.part_id, c.part_id) || ', known ' || coalesce(c.quantity, 0)
from product_bundle_parts b
full join catalog_bundle_parts c on c.bundle_id = b.bundle_id and c.part_id = b.part_id
left join product_variants v on v.id = coalesce(b.bundle_id, c.bundle_id)
left join products p on p.id = v.product_id
where b.quantity is distinct from c.quantity and p.state = 'active' and p.update_time < (select settled from moment)

-- check: catalog.page
-- A product's page tells of other stock than its variants.
select p.product_id || ': ' || p.units::text || ' told, ' || coalesce(v.units::text, '{}')
from catalog_pages p
left join (
    select product_id, array_agg(units order by place) as units from catalog_variants where product_id is not null group by product_id
) v on v.product_id = p.product_id
where p.state = 'for_sale' and p.units is distinct from coalesce(v.units, '{}')

-- check: catalog.card
-- A product's card or its filters tell of other stock than its page.
select l.product_id || ' in ' || l.category_id || ': supply ' || l.supply || ', availability ' || l.availability
from catalog_listings l
join catalog_pages p on p.product_id = l.product_id
join catalog_products c on c.product_id = l.product_id
cross join lateral (select coalesce(sum(greatest(u, 0)), 0) as units, coalesce(bool_or(u = -1), false) as sells_on from unnest(p.units) u) t
where (l.availability, l.supply, c.supply) <> (
    case when t.units > 5 then 1 when t.units > 0 then 2 when t.sells_on then 4 else 3 end,
    case when t.units > 0 then 2 when t.sells_on then 1 else 0 end,
    case when t.units > 0 then 2 when t.sells_on then 1 else 0 end
)

-- check: catalog.shelf
-- A product stands on a shelf where it does not belong, or is missing on one.
select coalesce(p.slug, l.product_id::text) || ': ' || coalesce(l.category_id, s.category_id)
from catalog_listings l
full join (
    select c.product_id, category_id
    from catalog_products c
    join products p on p.id = c.product_id
    cross join lateral (select distinct category_id from unnest(p.category_ids || '00000000-0000-0000-0000-000000000000'::uuid) as category_id) shelves
) s on s.product_id = l.product_id and s.category_id = l.category_id
left join products p on p.id = coalesce(l.product_id, s.product_id)
where (l.product_id is null or s.product_id is null) and coalesce(p.update_time < (select settled from moment), true)

-- check: catalog.count
-- A category says that it has another number of products than stand in it.
select coalesce(n.category_id, l.category_id) || ': says ' || coalesce(n.products, 0) || ', has ' || coalesce(l.products, 0)
from (select category_id, products from catalog_counts where facet = '') n
full join (select category_id, count(*) as products from catalog_listings group by category_id) l on l.category_id = n.category_id
where coalesce(n.products, 0) <> coalesce(l.products, 0)
