-- name: AddRefund :exec
insert into order_refunds (id, order_id, amount_minor, shipping_minor, other_minor, reason, note, actor, gift_card_id, create_time)
values (@id, @order_id, @amount_minor, @shipping_minor, @other_minor, @reason, @note, @actor, sqlc.narg(gift_card_id), @now);

-- name: AddRefundLines :exec
insert into order_refund_lines (refund_id, line_id, quantity, amount_minor)
select @refund_id, l.line_id, l.quantity, l.amount_minor
from jsonb_to_recordset(@lines::jsonb) as l (line_id uuid, quantity int, amount_minor bigint);

-- name: ListRefunds :many
-- ListRefunds returns an order's refunds, oldest first.
select * from order_refunds where order_id = @order_id order by id limit 1000;

-- name: ListRefundLines :many
select l.* from order_refunds r join order_refund_lines l on l.refund_id = r.id where r.order_id = @order_id limit 10000;
