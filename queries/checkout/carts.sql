-- name: CreateCart :one
insert into carts (id, owner, state, create_time, update_time) values (@id, @owner, 'open', @now, @now) returning *;

-- name: LoadCart :many
-- LoadCart returns a shopper's cart with its lines, one row a line, or one row without when it is empty.
select sqlc.embed(c), i.id as item_id, i.variant_id, i.quantity, i.seen_unit_price_minor
from carts c
left join cart_items i on i.cart_id = c.id
where c.id = @id and c.owner = @owner
order by i.position, i.id;

-- name: LockCart :one
-- LockCart makes a shopper's open tabs change one cart in turn. Another shopper's cart does not exist.
select * from carts where id = @id and owner = @owner for no key update;

-- name: TouchCart :exec
update carts set version = version + 1, update_time = @now where id = @id;

-- name: SetCartContact :exec
-- SetCartContact forgets a delivery that is not offered where the parcel goes now. What is null stays as it is.
update carts
set email = @email, delivery_address = @delivery_address, billing_address = sqlc.narg(billing_address), pickup = @pickup,
    pickup_country = @pickup_country, pickup_region = @pickup_region,
    delivery_code = case when delivery_code = any(@offered::text[]) then delivery_code else '' end,
    vat_number = coalesce(sqlc.narg(vat_number), vat_number), note = coalesce(sqlc.narg(note), note), gift_message = coalesce(sqlc.narg(gift_message), gift_message),
    version = version + 1, update_time = @now
where id = @id;

-- name: SetCartDelivery :exec
update carts set delivery_code = @delivery_code, version = version + 1, update_time = @now where id = @id;

-- name: SetCartPayment :exec
update carts
set payment_method = @payment_method, saved_method_id = @saved_method_id, save_method = @save_method,
    version = version + 1, update_time = @now where id = @id;

-- name: SetCartCodes :exec
update carts set codes = @codes, version = version + 1, update_time = @now where id = @id;

-- name: OrderCart :exec
-- OrderCart ends a cart that is still as it was read: it becomes an order.
update carts set state = 'ordered', order_id = @order_id, version = version + 1, update_time = @now
where id = @id and owner = @owner and state = 'open' and version = @version;

-- name: RemoveOldCarts :execrows
-- RemoveOldCarts removes carts that nobody has touched since a moment, with the e-mails and addresses in them. One that is being changed is
-- left for the next time.
delete from carts where id = any(array(
    select c.id from carts c
    where c.create_time < @before and c.update_time < @before
    order by c.create_time limit @most
    for update skip locked
));

-- name: SetCartGiftCards :exec
update carts set gift_card_ids = @gift_card_ids, version = version + 1, update_time = @now where id = @id;

-- name: LockCustomer :exec
-- LockCustomer has the browsers of one customer claim carts in turn: each must see what the one before left open.
select pg_advisory_xact_lock(hashtextextended('checkout.customer ' || @customer::text, 0));

-- name: FindOpenCart :one
-- FindOpenCart returns the open cart that a shopper touched last.
select id from carts where owner = @owner and state = 'open' order by update_time desc, id desc limit 1;

-- name: LockCarts :many
-- LockCarts locks carts to make one of them, always in the same order, so that no two who claim wait for each other.
select * from carts where id = any(@ids::uuid[]) order by id limit 2 for update;

-- name: ClaimCart :exec
-- ClaimCart gives a locked cart to a customer, with what was kept of another cart of theirs.
update carts set owner = @owner, codes = @codes, gift_card_ids = @gift_card_ids, version = version + 1, update_time = @now where id = @id;

-- name: RemoveCart :exec
delete from carts where id = @id;
