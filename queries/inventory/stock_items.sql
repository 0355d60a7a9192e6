-- name: ListStock :many
-- ListStock leaves out holds whose time is over: whoever wants the units can have them, freed already or not.
select s.variant_id, s.on_hand, s.backorder, s.unlimited,
    (s.held - coalesce((
        select sum(h.quantity) from stock_holds h
        where h.variant_id = s.variant_id and h.state = 'active' and not h.pinned and h.expire_time <= @now
    ), 0))::bigint as held
from stock_items s
where s.variant_id = any(@variant_ids::uuid[]);

-- name: LockStock :exec
-- LockStock makes changes of the same variants take turns, always in the same order so that nobody waits in a circle. It stands alone because
-- a statement that waits for a lock goes on with what it saw before; the statement after it sees what the one it waited for left.
select variant_id from stock_items
where variant_id = any(@variant_ids::uuid[])
order by variant_id
for no key update;

-- name: LockOrderStock :exec
-- LockOrderStock is LockStock for what an order holds or held.
select variant_id from stock_items
where variant_id in (select h.variant_id from stock_holds h where h.order_id = @order_id)
order by variant_id
for no key update;

-- name: LockExpiredStock :many
-- LockExpiredStock locks rows that have holds to free. Rows that somebody else is changing are left for another time.
select variant_id from stock_items
where variant_id in (
    select due.variant_id from (
        select h.variant_id from stock_holds h
        where h.state = 'active' and not h.pinned and h.expire_time <= @now
        order by h.expire_time limit @batch
    ) due
)
order by variant_id
for no key update skip locked;

-- name: AddStockItems :many
-- AddStockItems makes rows for variants that have none yet, with their count, and says why it is so. It returns those of which
-- there is something to tell: having none is what everybody takes for granted.
with added as (
    insert into stock_items (variant_id, on_hand, backorder, unlimited, update_time)
    select c.variant_id, c.on_hand, c.backorder, c.unlimited, @now::timestamptz
    from (select unnest(@variant_ids::uuid[]) as variant_id, unnest(@on_hand::bigint[]) as on_hand, unnest(@backorder::boolean[]) as backorder,
        unnest(@unlimited::boolean[]) as unlimited) c
    order by c.variant_id
    on conflict do nothing
    returning variant_id, on_hand, backorder
), moved as (
    insert into stock_moves (variant_id, delta, reason, reference, create_time)
    select variant_id, on_hand, @reason::text, @reference::text, @now from added where on_hand > 0
)
select variant_id from added where on_hand > 0 or backorder order by variant_id;

-- name: LockStockToCount :many
-- LockStockToCount locks the rows that a count would change. A feed repeats most of what it said the day before; that costs no lock.
select s.variant_id from stock_items s
join (select unnest(@variant_ids::uuid[]) as variant_id, unnest(@on_hand::bigint[]) as on_hand, unnest(@backorder::boolean[]) as backorder,
        unnest(@unlimited::boolean[]) as unlimited) c
    on c.variant_id = s.variant_id
where (s.on_hand, s.backorder, s.unlimited) is distinct from (c.on_hand, c.backorder, c.unlimited)
order by s.variant_id
for no key update of s;

-- name: CountStock :many
-- CountStock sets what locked rows hold and says why. It returns what really changed.
with counted as (
    select c.variant_id, c.on_hand, c.backorder, c.unlimited, s.on_hand as was
    from (select unnest(@variant_ids::uuid[]) as variant_id, unnest(@on_hand::bigint[]) as on_hand, unnest(@backorder::boolean[]) as backorder,
        unnest(@unlimited::boolean[]) as unlimited) c
    join stock_items s on s.variant_id = c.variant_id
    where c.variant_id = any(@locked::uuid[]) and (s.on_hand, s.backorder, s.unlimited) is distinct from (c.on_hand, c.backorder, c.unlimited)
), moved as (
    insert into stock_moves (variant_id, delta, reason, reference, create_time)
    select variant_id, on_hand - was, @reason::text, @reference::text, @now::timestamptz from counted where on_hand <> was
)
update stock_items s
set on_hand = counted.on_hand, backorder = counted.backorder, unlimited = counted.unlimited, update_time = @now
from counted
where s.variant_id = counted.variant_id
returning s.variant_id;
