-- name: ReturnHolds :many
-- ReturnHolds puts back some of what CommitHolds took, for units that will not be sent. Units that were not there when they were sold do not come back: they are the first of those that are not sent.
with unsent as (
    select unnest(@variant_ids::uuid[]) as variant_id, unnest(@quantities::int[]) as quantity
), kept as (
    select h.id, h.variant_id, h.quantity - unsent.quantity as quantity, least(h.taken, h.quantity - unsent.quantity) as taken,
        h.taken - least(h.taken, h.quantity - unsent.quantity) as back
    from stock_holds h
    join unsent on unsent.variant_id = h.variant_id
    where h.order_id = @order_id and h.state = 'committed'
), returned as (
    update stock_holds h
    set state = case when kept.quantity = 0 then 'released' else h.state end, quantity = case when kept.quantity = 0 then h.quantity else kept.quantity end,
        taken = case when kept.quantity = 0 then h.taken else kept.taken end, update_time = @now
    from kept
    where h.id = kept.id
), moved as (
    insert into stock_moves (variant_id, delta, reason, order_id, reference, create_time)
    select variant_id, back, 'cancelled', @order_id, @reference::text, @now from kept where back > 0
)
update stock_items s
set on_hand = s.on_hand + kept.back, update_time = @now
from kept
where s.variant_id = kept.variant_id and kept.back > 0
returning s.variant_id;
