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

-- name: RaiseCartItems :exec
-- RaiseCartItems gives lines of a cart the quantity that another cart has of the same variant, where that is larger, and the price that was shown for so many.
update cart_items i set quantity = other.quantity, seen_unit_price_minor = other.seen_unit_price_minor
from cart_items other
where i.cart_id = @cart_id and other.cart_id = @other_cart_id and other.variant_id = i.variant_id and other.quantity > i.quantity;

-- name: MoveCartItems :exec
-- MoveCartItems puts the lines of another cart after those of a cart, but for variants that it holds already.
update cart_items i set cart_id = @cart_id, position = i.position + (select coalesce(max(l.position), 0) from cart_items l where l.cart_id = @cart_id)
where i.cart_id = @other_cart_id and not exists (select from cart_items l where l.cart_id = @cart_id and l.variant_id = i.variant_id);

-- name: TrimCart :exec
-- TrimCart leaves in a cart the lines that were added last; ids of lines grow with time.
delete from cart_items where id = any(array(select i.id from cart_items i where i.cart_id = @cart_id order by i.id desc offset @most));
