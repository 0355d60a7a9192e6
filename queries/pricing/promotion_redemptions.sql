-- name: LockCustomer :exec
-- LockCustomer makes orders of one customer take turns.
select pg_advisory_xact_lock(hashtextextended('pricing.customer ' || encode(@customer::bytea, 'hex'), 0));

-- name: NoteOrder :exec
-- NoteOrder notes an order for which it makes no difference what else its customer ordered.
insert into promotion_orders (order_id, customer) values (@order_id, @customer);

-- name: AddOrder :one
-- AddOrder notes an order of a locked customer, and says whether there are others.
with added as (
    insert into promotion_orders (order_id, customer) values (@order_id, @customer)
)
select exists (select from promotion_orders o where o.customer = @customer and not o.released) as returning;

-- name: GetGivenUpOrder :one
-- GetGivenUpOrder returns whose an order is that was given up.
select customer from promotion_orders where order_id = @order_id and released;

-- name: HasOrders :one
-- HasOrders says whether a locked customer has orders that were not given up.
select exists (select from promotion_orders o where o.customer = @customer and not o.released) as returning;

-- name: ReclaimOrder :exec
update promotion_orders set released = false where order_id = @order_id;

-- name: CountCustomerUses :many
-- CountCustomerUses returns how often a locked customer has used promotions.
select promotion_id, count(*) as uses from promotion_redemptions
where customer = @customer and promotion_id = any(@promotion_ids::uuid[]) and not released
group by promotion_id;

-- name: HoldPromotions :many
-- HoldPromotions returns which promotions still count, and keeps their limits from being set until the order that uses them is written.
select id, active from promotions where id = any(@promotion_ids::uuid[]) order by id for key share;

-- name: LockLimits :many
-- LockLimits makes orders that use the same limited promotions take turns.
select * from promotion_limits where promotion_id = any(@promotion_ids::uuid[]) order by promotion_id for update;

-- name: UseLimits :exec
update promotion_limits l set uses = l.uses + 1, spent_minor = l.spent_minor + used.amount_minor
from (select unnest(@promotion_ids::uuid[]) as promotion_id, unnest(@amounts::bigint[]) as amount_minor) used
where l.promotion_id = used.promotion_id;

-- name: LockCodes :many
-- LockCodes makes orders that use the same limited codes take turns. Codes without a limit are left out.
select code, most_uses, uses from promotion_codes where code = any(@codes::text[]) and most_uses > 0 order by code for update;

-- name: UseCodes :exec
-- UseCodes counts the use of locked codes.
update promotion_codes set uses = uses + 1 where code = any(@codes::text[]) and most_uses > 0;

-- name: AddRedemptions :exec
insert into promotion_redemptions (order_id, promotion_id, code, customer, amount_minor, first_order, create_time)
select @order_id, unnest(@promotion_ids::uuid[]), unnest(@codes::text[]), @customer, unnest(@amounts::bigint[]), unnest(@first_orders::boolean[]), @now;

-- name: LockRedemptions :many
-- LockRedemptions returns what an order redeemed and did not give back.
select * from promotion_redemptions where order_id = @order_id and not released order by promotion_id for update;

-- name: ListGivenUpRedemptions :many
-- ListGivenUpRedemptions returns what an order gave back.
select * from promotion_redemptions where order_id = @order_id and released order by promotion_id;

-- name: ReclaimRedemptions :exec
update promotion_redemptions set released = false where order_id = @order_id and released;

-- name: ReleaseRedemptions :exec
update promotion_redemptions set released = true where order_id = @order_id and not released;

-- name: ReleaseOrder :execrows
update promotion_orders set released = true where order_id = @order_id and not released;

-- name: FreeLimits :exec
update promotion_limits l set uses = l.uses - 1, spent_minor = l.spent_minor - freed.amount_minor
from (select unnest(@promotion_ids::uuid[]) as promotion_id, unnest(@amounts::bigint[]) as amount_minor) freed
where l.promotion_id = freed.promotion_id;

-- name: FreeCodes :exec
update promotion_codes c set uses = c.uses - 1
where c.code = any(array(select o.code from promotion_codes o where o.code = any(@codes::text[]) and o.most_uses > 0 order by o.code for update)) and c.uses > 0;

-- name: IsUsed :one
-- IsUsed says whether an order has used a locked promotion, also one that was given up: its money may come after all.
select exists (select from promotion_redemptions where promotion_id = @promotion_id);

-- name: ListRedemptions :many
-- ListRedemptions returns what a promotion took off orders, newest first, after the one named by its time and order.
select order_id, code, amount_minor, released, create_time from promotion_redemptions
where promotion_id = @promotion_id and create_time <= @before_time::timestamptz and (create_time < @before_time or order_id > @after_order::uuid)
order by create_time desc, order_id
limit @page_size;

-- name: CountUsageByDay :many
-- CountUsageByDay counts the newest orders that used a promotion by the day in UTC, up to a bound.
select to_char(newest.create_time at time zone 'utc', 'YYYY-MM-DD')::text as day, count(*) as uses, sum(newest.amount_minor)::bigint as spent_minor
from (
    select create_time, amount_minor from promotion_redemptions
    where promotion_id = @promotion_id and not released and create_time >= @since::timestamptz
    order by create_time desc limit @most
) newest
group by day
order by day desc;
