-- check: order.lost
-- needs: journal
-- A shopper was told of an order that is not there, or that costs something else.
select a.number || ': told ' || a.total_minor || coalesce(', costs ' || o.total_minor, ', no such order')
from acknowledged_orders a
left join orders o on lower(o.number) = lower(a.number)
where o.id is null or o.total_minor <> a.total_minor

-- check: order.cart
-- A cart became two orders.
select cart_id || ': ' || string_agg(number, ', ' order by number)
from orders
group by cart_id
having count(*) > 1

-- check: order.cart_says
-- An order and its cart do not know each other. Carts are kept for 30 days.
select coalesce(o.number, c.id::text) || ': the cart is ' || coalesce(c.state, 'gone') || coalesce(' and says ' || c.order_id, '')
from orders o
full join (select * from carts where state = 'ordered' or id in (select cart_id from orders)) c on c.id = o.cart_id
where o.id is null or (c.order_id is distinct from o.id or c.state <> 'ordered')
    and (c.id is not null or o.create_time > (select settled from moment) - interval '30 days')

-- check: order.number
-- Two orders have one number.
select lower(number)
from orders
group by lower(number)
having count(*) > 1

-- check: order.lines
-- The lines of an order do not sum to its goods, its discount, its items and its tax.
select o.number || ': goods ' || o.goods_minor || ', lines ' || coalesce(l.total, 0)
from orders o
left join (
    select order_id, sum(quantity::bigint * unit_price_minor) as total, sum(quantity) as items, sum(tax_minor) as tax, sum(discount_minor) as discount,
        bool_or(quantity < 1 or least(unit_price_minor, tax_minor, discount_minor, total_minor) < 0 or total_minor <> quantity * unit_price_minor - discount_minor
            or discount_minor <> (select coalesce(sum((d ->> 'amount_minor')::bigint), 0) from jsonb_array_elements(coalesce(discounts, '[]')) d)) as wrong
    from order_lines group by order_id
) l on l.order_id = o.id
where o.goods_minor <> coalesce(l.total, 0) or o.item_count <> coalesce(l.items, 0) or coalesce(l.tax, 0) > o.tax_minor
    or o.discount_minor <> coalesce(l.discount, 0) or l.wrong

-- check: order.parts
-- A bundle was ordered without so many of each part for each bundle, or with a part twice.
select o.number || ': ' || l.sku || ' ' || l.parts::text
from orders o
join order_lines l on l.order_id = o.id
where l.parts is not null and exists (
    select from jsonb_array_elements(l.parts) p
    group by p ->> 'variant_id'
    having count(*) > 1 or sum((p ->> 'quantity')::int) < l.quantity or sum((p ->> 'quantity')::int) % l.quantity <> 0
)

-- check: order.total
-- The parts of an order do not sum to its total, or one is below zero.
select number || ': ' || goods_minor || ' - ' || discount_minor || ' + ' || shipping_minor || case when tax_included then '' else ' + ' || tax_minor end
    || ' - ' || tax_relief_minor || ' + ' || rounding_minor || ' is not ' || total_minor
from orders
where total_minor <> goods_minor - discount_minor + shipping_minor + case when tax_included then 0 else tax_minor end - tax_relief_minor + rounding_minor
    or least(goods_minor, discount_minor, shipping_minor, tax_minor, tax_relief_minor, total_minor) < 0

-- check: order.overdue
-- An order that was not paid in time still waits.
select number || ': until ' || expire_time
from orders
where state = 'pending' and expiry_try_time < (select settled - interval '4 min' from moment)

-- check: order.endless
-- An order waits without an end, or one that does not wait has one.
select number || ': ' || state
from orders
where (state = 'pending') <> (expire_time is not null) or (expire_time is null) <> (expiry_try_time is null)

-- check: order.payment
-- An order that costs something has no payment.
select o.number || ': ' || o.state
from orders o
where o.total_minor > 0 and not exists (select from payments p where p.order_id = o.id)

-- check: order.downloads
-- A paid order does not let its files be downloaded, one that is not paid does, or a file was counted that nobody downloaded.
select o.number || ': ' || d.file_name || ', counted ' || d.taken
from order_downloads d
join orders o on o.id = d.order_id
where (o.payment_state = 'paid' and o.state not in ('pending', 'cancelled', 'expired')) and d.expire_time is null
    or o.payment_state in ('unpaid', 'pending', 'on_delivery', 'awaiting_transfer') and d.expire_time is not null and o.state not in ('cancelled', 'expired')
    or d.taken > (select count(*) from order_download_takes t where t.download_id = d.id)

-- check: order.digital
-- An order of which nothing is sent is paid and waits to be packed, or has lines without files that are no gift cards.
select o.number || ': ' || o.state
from orders o
where o.digital and (o.state = 'confirmed' or exists (
    select from order_lines l where l.order_id = o.id and not l.gift_card and not exists (select from order_downloads d where d.line_id = l.id)))

-- check: order.sent
-- An order that was sent whole was not due whole, or one of which the rest will not be sent was due for that too.
select o.number || ': ' || o.state || ', ' || f.due || ' of ' || o.total_minor || ' is due' || coalesce(', and ' || e.amount_minor || ' will not be', '')
from (select order_id, sum(amount_minor) as due from order_fulfilments group by order_id) f
join orders o on o.id = f.order_id
left join order_finishes e on e.order_id = o.id
where f.due + coalesce(e.amount_minor, 0) > o.total_minor or o.state in ('fulfilled', 'delivered', 'closed') and f.due + coalesce(e.amount_minor, 0) <> o.total_minor

-- check: order.unsent
-- More of a line was sent and given up than was bought, or an order that was sent has something left to send, or some was given up of one that goes on.
select o.number || ': ' || o.state || ', ' || l.sku || ': ' || u.sent || ' sent and ' || u.unsent || ' not to be, of ' || l.quantity
from orders o
join order_lines l on l.order_id = o.id
cross join lateral (
    select coalesce((select sum(x.quantity) from order_fulfilment_lines x where x.line_id = l.id), 0) as sent,
        coalesce((select x.quantity from order_unsent_lines x where x.line_id = l.id), 0) as unsent
) u
where u.sent + u.unsent > l.quantity or u.unsent > 0 and o.state not in ('fulfilled', 'delivered', 'closed')
    or o.state in ('fulfilled', 'delivered', 'closed') and u.sent + u.unsent < l.quantity and not l.gift_card and not exists (select from order_downloads d where d.line_id = l.id)

-- check: order.finish
-- What went back for what will not be sent is not what its refund says, or nothing was given up though the order was ended so.
select o.number || ': ' || e.refunded_minor || ' goes back, its refund says ' || coalesce(r.amount_minor, 0)
from order_finishes e
join orders o on o.id = e.order_id
left join order_refunds r on r.id = e.refund_id and r.order_id = e.order_id
where e.refunded_minor <> coalesce(r.amount_minor, 0) or not exists (select from order_unsent_lines u where u.order_id = e.order_id)
