-- name: AddFinish :exec
insert into order_finishes (order_id, amount_minor, refund_id, refunded_minor, taken_minor, released_minor, uncollected_minor, restocked, reason, actor, create_time)
values (@order_id, @amount_minor, sqlc.narg(refund_id), @refunded_minor, @taken_minor, @released_minor, @uncollected_minor, @restocked, @reason, @actor, @now);

-- name: AddUnsentLines :exec
insert into order_unsent_lines (line_id, order_id, quantity, released_quantity, released_minor)
select l.line_id, @order_id, l.quantity, l.released_quantity, l.released_minor
from jsonb_to_recordset(@lines::jsonb) as l (line_id uuid, quantity int, released_quantity int, released_minor bigint);

-- name: GetFinish :one
select * from order_finishes where order_id = @order_id;

-- name: ListUnsentLines :many
select * from order_unsent_lines where order_id = @order_id limit 1000;
