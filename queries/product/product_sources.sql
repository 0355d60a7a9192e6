-- name: LockSource :one
-- LockSource returns the source of a name, made if there is none, and makes those who bring products of it take turns.
insert into product_sources (id, name, create_time, update_time) values (@id, @name, @now, @now)
on conflict (name) do update set name = excluded.name
returning id;

-- name: ListSourceItems :many
select key, product_id from product_source_items where source_id = @source_id and key = any(@keys::text[]);

-- name: AddSourceItems :exec
insert into product_source_items (source_id, key, product_id)
select @source_id, unnest(@keys::text[]), unnest(@product_ids::uuid[]);
