-- name: ListAllPlacements :many
-- ListAllPlacements returns everything that is placed by hand. Its number is bounded.
select query, category_id, pinned, boosted, buried from catalog_placements order by id limit @most;

-- name: ListPlacements :many
select * from catalog_placements where id > @after order by id limit @page_size;

-- name: GetPlacement :one
select * from catalog_placements where id = @id;

-- name: CountPlacements :one
select count(*) from catalog_placements;

-- name: CreatePlacement :one
insert into catalog_placements (id, query, shown, category_id, pinned, boosted, buried, create_time, update_time)
values (@id, sqlc.narg('query'), @shown, sqlc.narg('category_id'), @pinned::uuid[], @boosted::uuid[], @buried::uuid[], @now, @now)
returning *;

-- name: UpdatePlacement :one
update catalog_placements set pinned = @pinned::uuid[], boosted = @boosted::uuid[], buried = @buried::uuid[], version = version + 1, update_time = @now
where id = @id and version = @version
returning *;

-- name: DeletePlacement :exec
delete from catalog_placements where id = @id;

-- name: HasPlacement :one
select exists (select from catalog_placements where id = @id);
