-- name: AddGiftCards :exec
-- AddGiftCards notes the cards that were issued for a locked order, and that they were.
with issued as (
    update orders set gift_cards_time = @now where id = @order_id
)
insert into order_gift_cards (gift_card_id, order_id, line_id, unit, last_four, amount_minor, create_time)
select c.gift_card_id, @order_id, c.line_id, c.unit, c.last_four, c.amount_minor, @now
from (
    select unnest(@gift_card_ids::uuid[]) as gift_card_id, unnest(@line_ids::uuid[]) as line_id, unnest(@units::int[]) as unit,
        unnest(@last_fours::text[]) as last_four, unnest(@amounts::bigint[]) as amount_minor
) c;

-- name: ListOrderGiftCards :many
-- ListOrderGiftCards returns the cards that an order's buyer has bought, as its lines have them.
select c.* from order_gift_cards c join order_lines l on l.id = c.line_id where c.order_id = @order_id order by l.position, c.unit;

-- name: VoidOrderGiftCards :exec
update order_gift_cards set void_time = @now where order_id = @order_id and gift_card_id = any(@gift_card_ids::uuid[]);
