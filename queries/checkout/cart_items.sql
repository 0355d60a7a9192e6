-- name: AddCartItem :one
-- AddCartItem raises the quantity of a line that is there already, and returns how many it holds.
insert into cart_items (id, cart_id, variant_id, quantity, seen_unit_price_minor, position)
values (@id, @cart_id, @variant_id, @quantity, @seen_unit_price_minor,
    (select coalesce(max(i.position), 0) + 1 from cart_items i where i.cart_id = @cart_id))
on conflict (cart_id, variant_id) do update
set quantity = cart_items.quantity + excluded.quantity, seen_unit_price_minor = excluded.seen_unit_price_minor
returning quantity;

-- name: SetSeenPrice :exec
-- SetSeenPrice notes the price that the shopper is shown for as many as there are now.
update cart_items set seen_unit_price_minor = @seen_unit_price_minor where cart_id = @cart_id and variant_id = @variant_id;

-- name: CountCartItems :one
select count(*) from cart_items where cart_id = @cart_id;

-- name: SetCartItemQuantity :execrows
update cart_items set quantity = @quantity, seen_unit_price_minor = @seen_unit_price_minor where id = @id and cart_id = @cart_id;

-- name: RemoveCartItem :execrows
delete from cart_items where id = @id and cart_id = @cart_id;
