-- name: HoldStock :many
-- HoldStock holds all lines of an order or none, on rows that are locked. It first frees what expired there. Each line comes back with what could be
-- had and whether that is enough; the lines are held if it is for every one.
with lines as (
    select unnest(@ids::uuid[]) as id, unnest(@variant_ids::uuid[]) as variant_id, unnest(@quantities::int[]) as quantity
), expired as (
    update stock_holds h set state = 'expired', update_time = @now
    where h.variant_id = any(@variant_ids::uuid[]) and h.state = 'active' and not h.pinned and h.expire_time <= @now
    returning h.variant_id, h.quantity
), freed as (
    select variant_id, sum(quantity) as quantity from expired group by variant_id
), standing as (
    select lines.id, lines.variant_id, lines.quantity, s.held - coalesce(freed.quantity, 0) as held,
        coalesce(s.on_hand - s.held + coalesce(freed.quantity, 0), 0) as available,
        coalesce(s.backorder or lines.quantity <= s.on_hand - s.held + coalesce(freed.quantity, 0), false) as enough
    from lines
    left join stock_items s on s.variant_id = lines.variant_id
    left join freed on freed.variant_id = lines.variant_id
), verdict as (
    select bool_and(enough) as holds from standing
), raised as (
    update stock_items s
    set held = standing.held + case when verdict.holds then standing.quantity else 0 end, update_time = @now
    from standing, verdict
    where s.variant_id = standing.variant_id and (verdict.holds or s.held <> standing.held)
), held as (
    insert into stock_holds (id, order_id, variant_id, quantity, state, pinned, expire_time, create_time, update_time)
    select standing.id, @order_id::uuid, standing.variant_id, standing.quantity, 'active', @pinned::boolean, @expire_time::timestamptz, @now, @now
    from standing, verdict
    where verdict.holds
)
select variant_id::uuid as variant_id, quantity::int as quantity, greatest(available, 0)::bigint as available, enough::boolean as enough
from standing order by variant_id;

-- name: ListLostHolds :many
-- ListLostHolds returns what an order once held and holds no longer.
select variant_id, max(quantity)::int as quantity from stock_holds
where order_id = @order_id
group by variant_id
having bool_and(state in ('expired', 'released'))
order by variant_id;

-- name: PinHolds :exec
-- PinHolds takes holds off the clock. Those whose time is over but which nobody freed yet are still the order's.
update stock_holds set pinned = true, expire_time = @expire_time, update_time = @now
where order_id = @order_id and state = 'active';

-- name: UnpinHolds :exec
update stock_holds set pinned = false, expire_time = @expire_time, update_time = @now
where order_id = @order_id and state = 'active';

-- name: CommitHolds :exec
-- CommitHolds takes an order's units out of the building. Where a count left less than was held, or more was sold than there is, only what is
-- there can leave.
with leaving as (
    select h.id, h.variant_id, h.quantity, least(s.on_hand, h.quantity)::int as taken
    from stock_holds h
    join stock_items s on s.variant_id = h.variant_id
    where h.order_id = @order_id and h.state = 'active'
), committed as (
    update stock_holds h set state = 'committed', taken = leaving.taken, update_time = @now
    from leaving
    where h.id = leaving.id
), moved as (
    insert into stock_moves (variant_id, delta, reason, order_id, reference, create_time)
    select variant_id, -taken, 'sold', @order_id, @reference::text, @now from leaving where taken > 0
)
update stock_items s
set held = s.held - leaving.quantity, on_hand = s.on_hand - leaving.taken, update_time = @now
from leaving
where s.variant_id = leaving.variant_id;

-- name: ReleaseHolds :many
-- ReleaseHolds gives back what an order holds.
with released as (
    update stock_holds h set state = 'released', update_time = @now
    where h.order_id = @order_id and h.state = 'active'
    returning h.variant_id, h.quantity
)
update stock_items s
set held = s.held - released.quantity, update_time = @now
from released
where s.variant_id = released.variant_id
returning s.variant_id;

-- name: RestockHolds :many
-- RestockHolds puts back what CommitHolds took.
with returned as (
    update stock_holds h set state = 'released', update_time = @now
    where h.order_id = @order_id and h.state = 'committed'
    returning h.variant_id, h.taken
), moved as (
    insert into stock_moves (variant_id, delta, reason, order_id, reference, create_time)
    select variant_id, taken, 'cancelled', @order_id, @reference::text, @now from returned where taken > 0
)
update stock_items s
set on_hand = s.on_hand + returned.taken, update_time = @now
from returned
where s.variant_id = returned.variant_id
returning s.variant_id;

-- name: ExpireHolds :many
-- ExpireHolds frees holds of locked rows whose time is over.
with expired as (
    update stock_holds h set state = 'expired', update_time = @now
    where h.id in (
        select due.id from stock_holds due
        where due.variant_id = any(@variant_ids::uuid[]) and due.state = 'active' and not due.pinned and due.expire_time <= @now
        order by due.expire_time limit @batch
    )
    returning h.variant_id, h.quantity
), freed as (
    select variant_id, count(*) as holds, sum(quantity) as quantity from expired group by variant_id
)
update stock_items s
set held = s.held - freed.quantity, update_time = @now
from freed
where s.variant_id = freed.variant_id
returning s.variant_id, freed.holds;
