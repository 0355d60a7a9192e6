-- name: CountOrder :execrows
-- CountOrder counts each two of an order's products, unless the order is counted already. Rows are taken by product, so that orders that are counted
-- at the same time wait for each other and none holds what the other needs.
with counted as (
    insert into catalog_counted_orders (order_id, confirm_time) values (@order_id, @confirm_time::timestamptz)
    on conflict do nothing
    returning confirm_time
)
insert into catalog_pairs as p (product_id, other_id, orders, weight, last_time)
select one.id, other.id, 1, @weight::double precision, counted.confirm_time
from counted
cross join (select unnest(@product_ids::uuid[]) as id) one
cross join (select unnest(@product_ids::uuid[]) as id) other
where one.id <> other.id
order by one.id, other.id
on conflict (product_id, other_id) do update set
    orders = p.orders + 1, weight = p.weight + excluded.weight, last_time = greatest(p.last_time, excluded.last_time);

-- name: ListBoughtTogether :many
-- ListBoughtTogether returns the cards of what is bought most with some products and can be had, without those that are left out. Of each product its
-- index is read in order, and no further than is looked at.
select l.card, l.availability
from (
    select p.other_id, sum(p.weight)::double precision as weight
    from (select unnest(@product_ids::uuid[]) as id) asked
    cross join lateral (
        select t.other_id, t.weight from catalog_pairs t
        where t.product_id = asked.id and t.orders > 1 and t.other_id <> all(coalesce(@left_out::uuid[], '{}'))
        order by t.weight desc, t.other_id limit @looked_at
    ) p
    group by p.other_id
    order by sum(p.weight) desc, p.other_id limit @most_others
) often
cross join lateral (
    select c.card, c.availability from catalog_listings c
    where c.product_id = often.other_id and c.category_id = @all_products::uuid and c.supply > 0
    limit 1
) l
order by often.weight desc, often.other_id
limit @most;

-- name: DropOldPairs :execrows
-- DropOldPairs forgets some pairs that no order has had for long. One that is being counted again stays.
delete from catalog_pairs
where ctid = any(array(
    select p.ctid from catalog_pairs p where p.last_time < @before order by p.last_time limit @most for update skip locked
));

-- name: DropCountedOrders :execrows
delete from catalog_counted_orders
where order_id = any(array(
    select o.order_id from catalog_counted_orders o where o.confirm_time < @before order by o.confirm_time limit @most for update skip locked
));
