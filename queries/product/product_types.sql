-- name: AddProductType :one
insert into product_types (id, name, definitions, create_time, update_time) values (@id, @name, @definitions, @now, @now) returning *;

-- name: ListProductTypes :many
select * from product_types where (lower(name), id) > (@after_name::text, @after_id::uuid) order by lower(name), id limit @page_size;

-- name: ListProductTypesByID :many
select * from product_types where id = any(@ids::uuid[]);

-- name: ShareProductTypes :many
-- ShareProductTypes returns types that stay as they are until the transaction ends.
select * from product_types where id = any(@ids::uuid[]) order by id for share;

-- name: LockProductType :one
select * from product_types where id = @id for update;

-- name: ChangeProductType :one
-- ChangeProductType has all products of the type brought in line from the first on.
update product_types set name = @name, definitions = @definitions, version = version + 1, update_time = @now, render_after = @render_after::uuid
where id = @id
returning *;

-- name: DeleteProductType :exec
delete from product_types where id = @id;

-- name: HasProductsOfType :one
select exists (select 1 from products where type_id = @type_id::uuid);

-- name: TakeRenderingType :one
-- TakeRenderingType returns a type whose products wait to be brought in line. It is not locked: edits lock products before types, and so does
-- this work.
select * from product_types where render_after is not null order by id limit 1;

-- name: ListProductsOfType :many
select id from products where type_id = @type_id::uuid and id > @after_id order by id limit @page_size;

-- name: SetRenderAfter :exec
-- SetRenderAfter notes how far the products are, unless the type has changed meanwhile and they begin anew.
update product_types set render_after = sqlc.narg(render_after)::uuid where id = @id and version = @version;

-- name: ListProductNames :many
select id, name from products where id = any(@ids::uuid[]);

-- name: ListTypesKnown :many
-- ListTypesKnown returns types by their ids or by their names in lower case.
select t.id, t.name from product_types t where t.id = any(@ids::uuid[])
union
select t.id, t.name from product_types t where lower(t.name) = any(@names::text[]);
