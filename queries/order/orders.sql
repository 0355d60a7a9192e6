-- name: CreateOrder :exec
-- CreateOrder writes an order with its lines and the first entry of its timeline.
with created as (
    insert into orders (
        id, number, cart_id, owner, state, payment_state, email, delivery_address, billing_address,
        currency_code, goods_minor, discount_minor, shipping_minor, tax_minor, tax_included, tax_name, tax_relief_minor, rounding_minor, total_minor, promotions,
        item_count, delivery, digital, gift_cards_minor, vat_number, reverse_charge, taxes, note, gift_message, terms_version, terms_time, create_time, update_time, expire_time, expiry_try_time, confirm_time
    ) values (
        @id, @number, @cart_id, @owner, @state, @payment_state, @email, @delivery_address, @billing_address,
        @currency_code, @goods_minor, @discount_minor, @shipping_minor, @tax_minor, @tax_included, @tax_name, @tax_relief_minor, @rounding_minor, @total_minor, @promotions,
        @item_count, @delivery, @digital, @gift_cards_minor, @vat_number, @reverse_charge, @taxes, @note, @gift_message, @terms_version, sqlc.narg(terms_time), @now, @now, sqlc.narg(expire_time), sqlc.narg(expire_time), sqlc.narg(confirm_time)
    )
), lines as (
    insert into order_lines (
        id, order_id, position, variant_id, product_id, product_slug, product_name, variant_name, sku,
        quantity, unit_price_minor, discount_minor, discounts, gift, gift_card, total_minor, tax_minor, image, parts
    )
    select line.id, @id, line.position, line.variant_id, line.product_id, line.product_slug, line.product_name, line.variant_name, line.sku,
        line.quantity, line.unit_price_minor, line.discount_minor, line.discounts, line.gift, coalesce(line.gift_card, false), line.quantity * line.unit_price_minor - line.discount_minor, line.tax_minor,
        line.image, line.parts
    from jsonb_to_recordset(@lines::jsonb) as line (
        id uuid, position int, variant_id uuid, product_id uuid, product_slug text, product_name text, variant_name text, sku text,
        quantity int, unit_price_minor bigint, discount_minor bigint, discounts jsonb, gift boolean, gift_card boolean, tax_minor bigint, image jsonb, parts jsonb
    )
)
insert into order_timeline (id, order_id, time, kind, text, actor) values (@entry_id, @id, @now, @entry_kind, @entry_text, @entry_actor);

-- name: NextOrderNumber :one
-- NextOrderNumber never gives a number twice. Numbers of orders that were not placed after all are skipped.
select nextval('order_numbers');

-- name: GetOrder :one
select * from orders where id = @id;

-- name: ListOrderNumbers :many
-- ListOrderNumbers returns how people call some orders.
select id, number from orders where id = any(@ids::uuid[]) limit 100;

-- name: FindOrder :one
select id from orders where lower(number) = lower(@number) and lower(email) = lower(@email);

-- name: LockOrder :one
-- LockOrder makes payments, expiry and staff move one order in turn.
select * from orders where id = @id for no key update;

-- name: MoveOrder :one
-- MoveOrder stores where a locked order stands now.
update orders
set state = @state, payment_state = @payment_state, expire_time = sqlc.narg(expire_time), expiry_try_time = sqlc.narg(expire_time),
    confirm_time = sqlc.narg(confirm_time), update_time = @now
where id = @id
returning *;

-- name: TakeDueOrders :many
-- TakeDueOrders returns unpaid orders whose time is over and sets when each may be tried again, so that two workers do not try the same and one
-- whose payment cannot be settled does not keep others waiting. They stand in an array because the server would join thousands that it expects
-- by reading the whole table.
update orders set expiry_try_time = @next_try::timestamptz
where id = any(array(
    select o.id from orders o where o.expiry_try_time <= @now order by o.expiry_try_time limit @batch for no key update skip locked
))
returning *;

-- name: ListOrders :many
-- ListOrders and the lists after it are one each for the filters that staff use, since one statement for all would read the whole table for some.
select * from orders
where (create_time, id) < (@before_time::timestamptz, @before_id::uuid)
order by create_time desc, id desc limit @count;

-- name: ListOrdersInState :many
select * from orders
where state = @state and (create_time, id) < (@before_time::timestamptz, @before_id::uuid)
order by create_time desc, id desc limit @count;

-- name: ListOrdersInPaymentState :many
select * from orders
where payment_state = @payment_state and (create_time, id) < (@before_time::timestamptz, @before_id::uuid)
order by create_time desc, id desc limit @count;

-- name: ListOrdersInStates :many
select * from orders
where state = @state and payment_state = @payment_state and (create_time, id) < (@before_time::timestamptz, @before_id::uuid)
order by create_time desc, id desc limit @count;

-- name: ListOrdersByEmail :many
-- ListOrdersByEmail and ListOrdersByNumber find few orders, so their other filters may be absent.
select * from orders
where lower(email) = lower(@email) and (create_time, id) < (@before_time::timestamptz, @before_id::uuid)
    and (@state::text = '' or state = @state) and (@payment_state::text = '' or payment_state = @payment_state)
order by create_time desc, id desc limit @count;

-- name: ListOrdersByNumber :many
select * from orders
where lower(number) = lower(@number) and (create_time, id) < (@before_time::timestamptz, @before_id::uuid)
    and (@state::text = '' or state = @state) and (@payment_state::text = '' or payment_state = @payment_state)
order by create_time desc, id desc limit @count;

-- name: CountOrders :one
-- CountOrders and the counts after it count what the lists of the same names hold, up to a limit. They count in the order of an index, so that few rows
-- among many are not looked for in the whole table.
select count(*)::int from (select from orders order by create_time limit @count_limit) counted;

-- name: CountOrdersInState :one
select count(*)::int from (select from orders where state = @state order by create_time limit @count_limit) counted;

-- name: CountOrdersInPaymentState :one
select count(*)::int from (select from orders where payment_state = @payment_state order by create_time limit @count_limit) counted;

-- name: CountOrdersInStates :one
select count(*)::int from (select from orders where state = @state and payment_state = @payment_state order by create_time limit @count_limit) counted;

-- name: CountOrdersByEmail :one
select count(*)::int from (select from orders where lower(email) = lower(@email) and (@state::text = '' or state = @state) and (@payment_state::text = '' or payment_state = @payment_state) limit @count_limit) counted;

-- name: FindNeighbours :one
-- FindNeighbours and those after it return which orders stand beside a place in the lists of the same names; empty at an end.
select
    coalesce((select n.id from orders n where (n.create_time, n.id) > (@at_time::timestamptz, @at_id::uuid) order by n.create_time, n.id limit 1)::text, '')::text as newer,
    coalesce((select o.id from orders o where (o.create_time, o.id) < (@at_time, @at_id) order by o.create_time desc, o.id desc limit 1)::text, '')::text as older;

-- name: FindNeighboursInState :one
select
    coalesce((select n.id from orders n where n.state = @state and (n.create_time, n.id) > (@at_time::timestamptz, @at_id::uuid) order by n.create_time, n.id limit 1)::text, '')::text as newer,
    coalesce((select o.id from orders o where o.state = @state and (o.create_time, o.id) < (@at_time, @at_id) order by o.create_time desc, o.id desc limit 1)::text, '')::text as older;

-- name: FindNeighboursInPaymentState :one
select
    coalesce((select n.id from orders n where n.payment_state = @payment_state and (n.create_time, n.id) > (@at_time::timestamptz, @at_id::uuid) order by n.create_time, n.id limit 1)::text, '')::text as newer,
    coalesce((select o.id from orders o where o.payment_state = @payment_state and (o.create_time, o.id) < (@at_time, @at_id) order by o.create_time desc, o.id desc limit 1)::text, '')::text as older;

-- name: FindNeighboursInStates :one
select
    coalesce((select n.id from orders n where n.state = @state and n.payment_state = @payment_state and (n.create_time, n.id) > (@at_time::timestamptz, @at_id::uuid) order by n.create_time, n.id limit 1)::text, '')::text as newer,
    coalesce((select o.id from orders o where o.state = @state and o.payment_state = @payment_state and (o.create_time, o.id) < (@at_time, @at_id) order by o.create_time desc, o.id desc limit 1)::text, '')::text as older;

-- name: FindNeighboursByEmail :one
select
    coalesce((select n.id from orders n where lower(n.email) = lower(@email) and (@state::text = '' or n.state = @state) and (@payment_state::text = '' or n.payment_state = @payment_state) and (n.create_time, n.id) > (@at_time::timestamptz, @at_id::uuid) order by n.create_time, n.id limit 1)::text, '')::text as newer,
    coalesce((select o.id from orders o where lower(o.email) = lower(@email) and (@state::text = '' or o.state = @state) and (@payment_state::text = '' or o.payment_state = @payment_state) and (o.create_time, o.id) < (@at_time, @at_id) order by o.create_time desc, o.id desc limit 1)::text, '')::text as older;

-- name: ListOwnedOrders :many
select * from orders
where owner = @owner::text and (create_time, id) < (@before_time::timestamptz, @before_id::uuid)
order by create_time desc, id desc limit @count;

-- name: ClaimOrders :execrows
-- ClaimOrders gives some of a guest's orders to a customer. Two who claim the same wait for each other in the same order.
update orders set owner = @customer::text, update_time = @now
where id = any(array(
    select o.id from orders o where o.owner = @guest::text order by o.create_time desc, o.id desc limit @most for no key update
));
