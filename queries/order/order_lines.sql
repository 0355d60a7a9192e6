-- name: ListOrderLines :many
select * from order_lines where order_id = @order_id order by position;
