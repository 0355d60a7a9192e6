-- name: ListDisputes :many
select * from payment_disputes where payment_id = @payment_id order by create_time, id;

-- name: ListOrderDisputes :many
select d.* from payments p join payment_disputes d on d.payment_id = p.id where p.order_id = @order_id order by d.create_time, d.id;

-- name: PutDispute :exec
insert into payment_disputes (payment_id, id, state, amount_minor, reason, evidence_time, create_time, update_time)
values (@payment_id, @id, @state, @amount_minor, @reason, sqlc.narg(evidence_time), @now, @now)
on conflict (payment_id, id) do update set state = excluded.state, amount_minor = excluded.amount_minor, reason = excluded.reason,
    evidence_time = excluded.evidence_time, update_time = excluded.update_time;
