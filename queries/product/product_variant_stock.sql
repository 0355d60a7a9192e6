-- name: NextStockTicket :one
-- NextStockTicket numbers what inventory is about to be asked. It is taken before: then whoever holds the higher number has seen all that was
-- true when the lower one was given out.
select nextval('product_stock_tickets');

-- name: StoreVariantStock :exec
-- StoreVariantStock keeps what inventory said of variants that are there, unless that was asked for later elsewhere.
insert into product_variant_stock as s (variant_id, units, backorder, ticket)
select told.variant_id, told.units, told.backorder, @ticket::bigint
from (select unnest(@variant_ids::uuid[]) as variant_id, unnest(@units::bigint[]) as units, unnest(@backorders::boolean[]) as backorder) told
join product_variants v on v.id = told.variant_id
order by told.variant_id
on conflict (variant_id) do update set units = excluded.units, backorder = excluded.backorder, ticket = excluded.ticket
where s.ticket < excluded.ticket;

-- name: ListProductsOfVariants :many
select distinct product_id from product_variants where id = any(@ids::uuid[]);

-- name: GetStockLesson :one
select after_id from product_stock_lesson;

-- name: ListVariantsToLearn :many
select id from product_variants where id > @after_id order by id limit @page_size;

-- name: SaveStockLesson :exec
update product_stock_lesson set after_id = @after_id;

-- name: EndStockLesson :exec
delete from product_stock_lesson;
