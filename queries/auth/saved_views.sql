-- name: ListSavedViews :many
-- ListSavedViews returns all that a staff member has, which are bounded.
select * from auth_saved_views where staff_id = @staff_id order by lower(name);

-- name: LockStaff :one
-- LockStaff makes what one staff member saves at the same time wait for each other.
select id from auth_staff where id = @id for no key update;

-- name: CountOtherViews :one
select count(*) from auth_saved_views where staff_id = @staff_id and lower(name) <> lower(@name);

-- name: SaveView :one
insert into auth_saved_views as v (id, staff_id, name, query, create_time) values (@id, @staff_id, @name, @query, @now)
on conflict (staff_id, lower(name)) do update set name = excluded.name, query = excluded.query
returning *;

-- name: RenameView :one
update auth_saved_views set name = @name where id = @id and staff_id = @staff_id returning *;

-- name: DeleteView :execrows
delete from auth_saved_views where id = @id and staff_id = @staff_id;
