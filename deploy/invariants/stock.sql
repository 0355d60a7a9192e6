-- check: stock.negative
-- Less than nothing is on hand or held.
select variant_id || ': ' || on_hand || ' on hand, ' || held || ' held'
from stock_items
where on_hand < 0 or held < 0

-- check: stock.oversold
-- More is promised than there is, it does not sell on, and nobody has counted less since.
select s.variant_id || ': ' || s.held || ' held of ' || s.on_hand
from stock_items s
where s.held > s.on_hand and not s.backorder and not exists (
    select from stock_moves m
    where m.variant_id = s.variant_id and m.delta < 0 and m.order_id is null
        and m.create_time >= (select min(h.create_time) from stock_holds h where h.variant_id = s.variant_id and h.state = 'active')
)

-- check: stock.sold_short
-- Units were sold that were not there, it does not sell on, and nobody counted less meanwhile. (It also shows what was sold on before
-- selling on was switched off: the books do not keep that.)
select h.order_id || ': ' || h.taken || ' of ' || h.quantity || ' of ' || h.variant_id
from stock_holds h
join stock_items s on s.variant_id = h.variant_id
where h.state = 'committed' and h.taken < h.quantity and not s.backorder and not exists (
    select from stock_moves m
    where m.variant_id = h.variant_id and m.delta < 0 and m.order_id is null and m.create_time between h.create_time and h.update_time
)

-- check: stock.moves
-- The moves of a variant do not sum to what is on hand.
select s.variant_id || ': ' || s.on_hand || ' on hand, moves say ' || coalesce(m.sum, 0)
from stock_items s
left join (select variant_id, sum(delta) from stock_moves group by variant_id) m using (variant_id)
where s.on_hand <> coalesce(m.sum, 0)

-- check: stock.held
-- What is held is not the sum of the live holds.
select s.variant_id || ': ' || s.held || ' held, holds say ' || coalesce(h.sum, 0)
from stock_items s
left join (select variant_id, sum(quantity) from stock_holds where state = 'active' group by variant_id) h using (variant_id)
where s.held <> coalesce(h.sum, 0)

-- check: stock.sold
-- What left for an order is not what its holds say.
select order_id || ': ' || coalesce(m.left, 0) || ' of ' || variant_id || ' left, holds say ' || coalesce(h.taken, 0)
from (select order_id, variant_id, -sum(delta) as left from stock_moves where order_id is not null group by order_id, variant_id) m
full join (
    select order_id, variant_id, sum(taken) as taken from stock_holds where state = 'committed' group by order_id, variant_id
) h using (order_id, variant_id)
where coalesce(m.left, 0) <> coalesce(h.taken, 0)

-- check: stock.overdue
-- A hold is past its time, no payment keeps it, and it was not freed.
select order_id || ': ' || quantity || ' of ' || variant_id || ' until ' || expire_time
from stock_holds
where state = 'active' and not pinned and expire_time < (select settled - interval '1 min' from moment)

-- check: stock.pinned
-- A hold waits for a payment that is not there.
select h.order_id || ': ' || h.quantity || ' of ' || h.variant_id
from stock_holds h
where h.state = 'active' and h.pinned and not exists (
    select from payments p
    where p.order_id = h.order_id and p.state in ('created', 'requires_action', 'authorized', 'partly_captured', 'unknown')
)

-- check: stock.unpinned
-- A payment is under way whose goods are not kept for it. A bundle keeps what it is made of.
select n.number || ': ' || n.quantity || ' of ' || n.variant_id
from (
    select o.id as order_id, o.number, o.state, need.variant_id, sum(need.quantity) as quantity
    from orders o
    join order_lines l on l.order_id = o.id
    cross join lateral (
        select l.variant_id, l.quantity where l.parts is null and not l.gift_card
        union all
        select (p ->> 'variant_id')::uuid, (p ->> 'quantity')::int from jsonb_array_elements(l.parts) p
    ) need
    group by o.id, o.number, o.state, need.variant_id
) n
where n.state = 'pending' and exists (
    select from payments p
    where p.order_id = n.order_id and (p.provider_key is not null or p.provider = 'bank_transfer') and p.state in ('created', 'requires_action', 'authorized', 'partly_captured', 'unknown')
) and n.quantity is distinct from (
    select sum(h.quantity) from stock_holds h
    where h.order_id = n.order_id and h.variant_id = n.variant_id and h.state = 'active' and h.pinned
)

-- check: stock.ended
-- An order that came to nothing, or none at all, keeps stock; or one whose goods left still holds some.
select h.order_id || ': ' || h.state || ', ' || h.quantity || ' of ' || h.variant_id
from stock_holds h
left join orders o on o.id = h.order_id
where h.state in ('active', 'committed') and (o.id is null or o.state in ('cancelled', 'expired'))
    or h.state = 'active' and o.state <> 'pending'

-- check: stock.confirmed
-- An order that will be sent has no stock, or less or more of it than its lines need. A bundle needs what it is made of, and what went back on the shelf since it will not be sent is not needed.
select n.number || ': ' || coalesce(n.quantity, 0) || ' of ' || n.variant_id
from (
    select o.id as order_id, o.number, o.state, need.variant_id, nullif(sum(need.quantity - need.quantity / l.quantity * coalesce(u.quantity, 0)), 0) as quantity
    from orders o
    join order_lines l on l.order_id = o.id
    left join order_finishes e on e.order_id = o.id and e.restocked
    left join order_unsent_lines u on u.order_id = e.order_id and u.line_id = l.id
    cross join lateral (
        select l.variant_id, l.quantity where l.parts is null and not l.gift_card
        union all
        select (p ->> 'variant_id')::uuid, (p ->> 'quantity')::int from jsonb_array_elements(l.parts) p
    ) need
    group by o.id, o.number, o.state, need.variant_id
) n
where n.state in ('confirmed', 'partly_fulfilled', 'fulfilled', 'delivered', 'closed') and n.quantity is distinct from (
    select sum(h.quantity) from stock_holds h
    where h.order_id = n.order_id and h.variant_id = n.variant_id and h.state = 'committed'
)

-- check: stock.needless
-- An order keeps stock of something that none of its lines needs: the bundle instead of its parts, or a part of another bundle.
select o.number || ': ' || h.quantity || ' of ' || h.variant_id
from stock_holds h
join orders o on o.id = h.order_id
where h.state in ('active', 'committed') and not exists (
    select from order_lines l where l.order_id = o.id and l.parts is null and not l.gift_card and l.variant_id = h.variant_id
) and not exists (
    select from order_lines l, jsonb_array_elements(l.parts) p where l.order_id = o.id and (p ->> 'variant_id')::uuid = h.variant_id
)
