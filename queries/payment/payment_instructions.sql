-- name: AddInstruction :exec
insert into payment_instructions (id, payment_id, order_id, refund_id, fulfilment_id, kind, amount_minor, final, reason, create_time, update_time)
values (@id, @payment_id, @order_id, sqlc.narg(refund_id), sqlc.narg(fulfilment_id), @kind, @amount_minor, @final, @reason, @now, @now);

-- name: GetInstruction :one
select * from payment_instructions where id = @id;

-- name: ListOrderInstructions :many
-- ListOrderInstructions returns what staff asked for with an order's payments, oldest first.
select * from payment_instructions where order_id = @order_id order by id limit 1000;

-- name: FollowInstructions :exec
-- FollowInstructions notes which instructions the provider has carried out.
update payment_instructions set state = 'done', problem = '', update_time = @now
where payment_id = @payment_id and (id = any(@ids::uuid[]) or @released::bool and kind = 'release') and state <> 'done';

-- name: RefuseInstruction :execrows
-- RefuseInstruction notes that the provider will not do it.
update payment_instructions set state = 'refused', problem = @problem, update_time = @now where id = @id and state = 'given';
