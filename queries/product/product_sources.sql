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

-- name: GetSource :one
select * from product_sources where id = @id;

-- name: LockSourceSettings :one
select * from product_sources where id = @id for update;

-- name: AddSource :one
insert into product_sources (name, kind, location, format, mapping, owns, gone_policy, gone_limit_percent, every_minutes, daily_at, next_time,
    create_time, update_time, id)
values (@name, @kind, @location, @format, @mapping, @owns, @gone_policy, @gone_limit_percent, @every_minutes, @daily_at,
    sqlc.narg(next_time)::timestamptz, @now, @now, @id)
returning *;

-- name: ChangeSource :one
-- ChangeSource replaces the settings. How the last file was marked is forgotten, since another place or mapping may tell other things.
update product_sources set
    name = @name, kind = @kind, location = @location, format = @format, mapping = @mapping, owns = @owns, gone_policy = @gone_policy,
    gone_limit_percent = @gone_limit_percent, every_minutes = @every_minutes, daily_at = @daily_at, next_time = sqlc.narg(next_time)::timestamptz,
    etag = '', last_modified = '', file_hash = '', failures = 0, last_error = '', version = version + 1, update_time = @now
where id = @id
returning *;

-- name: ListSources :many
select * from product_sources where name > @after_name order by name limit @page_size;

-- name: RemoveSource :exec
delete from product_sources where id = @id;

-- name: ListDueSources :many
-- ListDueSources locks sources that are due; another worker skips them.
select * from product_sources where next_time <= @now::timestamptz order by next_time limit @page_size for update skip locked;

-- name: SetSourceTime :exec
update product_sources set next_time = sqlc.narg(next_time)::timestamptz where id = @id;

-- name: SaveSourceFailure :exec
update product_sources set failures = failures + 1, last_error = @last_error, next_time = sqlc.narg(next_time)::timestamptz where id = @id;

-- name: SaveSourceSuccess :exec
-- SaveSourceSuccess notes that asking went well, and how the file was marked once it is applied.
update product_sources s set failures = 0, last_error = '', etag = r.etag, last_modified = r.last_modified, file_hash = r.file_hash
from product_sync_runs r
where s.id = @id and r.id = @run_id and r.fetches;

-- name: ClearSourceFailures :exec
update product_sources set failures = 0, last_error = '' where id = @id and failures > 0;

-- name: ListLastRuns :many
select distinct on (r.source_id) r.source_id, r.id from product_sync_runs r
where r.source_id = any(@source_ids::uuid[])
order by r.source_id, r.id desc;
