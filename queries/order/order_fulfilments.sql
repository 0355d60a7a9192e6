-- name: AddFulfilment :exec
insert into order_fulfilments (id, order_id, number, amount_minor, carrier, tracking_number, tracking_url, actor, create_time)
values (@id, @order_id, @number, @amount_minor, @carrier, @tracking_number, @tracking_url, @actor, @now);

-- name: AddFulfilmentLines :exec
insert into order_fulfilment_lines (fulfilment_id, line_id, quantity)
select @fulfilment_id, l.line_id, l.quantity from jsonb_to_recordset(@lines::jsonb) as l (line_id uuid, quantity int);

-- name: ListFulfilments :many
-- ListFulfilments returns what was sent of an order, oldest first.
select * from order_fulfilments where order_id = @order_id order by number limit 1000;

-- name: ListFulfilmentLines :many
select l.* from order_fulfilments f join order_fulfilment_lines l on l.fulfilment_id = f.id where f.order_id = @order_id limit 10000;
