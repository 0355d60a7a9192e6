-- name: AddSyncRun :one
insert into product_sync_runs (id, file_name, format, state, created_by, create_time, update_time)
values (@id, @file_name, @format, 'uploading', @created_by, @now, @now)
returning *;

-- name: GetSyncRun :one
select * from product_sync_runs where id = @id;

-- name: ListSyncRuns :many
select * from product_sync_runs where id < @before_id order by id desc limit @page_size;

-- name: ListWaitingSyncRuns :many
-- ListWaitingSyncRuns returns runs that no worker has, oldest first.
select * from product_sync_runs
where state in ('queued', 'reading', 'applying') and (lease_time is null or lease_time <= @now::timestamptz) and id > @after_id
order by id
limit @page_size;

-- name: LockSyncRun :one
select * from product_sync_runs where id = @id for update;

-- name: LockOwnSyncRun :one
-- LockOwnSyncRun returns the run if this worker still has it and nobody has stopped it. Each step of the work begins with it.
select * from product_sync_runs where id = @id and worker = @worker::uuid and state in ('reading', 'applying') for update;

-- name: GrowSyncFile :exec
update product_sync_runs set bytes_total = @bytes_total, update_time = @now where id = @id;

-- name: SetSyncState :one
-- SetSyncState queues a run, or ends it; an end time ends the lease as well.
update product_sync_runs set
    state = @state, problem = @problem, end_time = sqlc.narg(end_time)::timestamptz, update_time = @now, worker = null, lease_time = null,
    rows_per_second = 0, seconds_left = null
where id = @id
returning *;

-- name: TakeSyncRun :one
-- TakeSyncRun gives a waiting run to a worker. No row: another worker has it, or there is nothing to do.
update product_sync_runs set
    worker = @worker::uuid, lease_time = @lease_time::timestamptz, takeups = takeups + 1, start_time = coalesce(start_time, @now), update_time = @now,
    state = case state when 'queued' then 'reading' else state end
where id = @id and state in ('queued', 'reading', 'applying') and (lease_time is null or lease_time <= @now::timestamptz)
returning *;

-- name: RenewSyncLease :execrows
-- RenewSyncLease does not wait for a step that holds the run's row: whoever else would take the run waits for it too, and its
-- end renews the lease.
update product_sync_runs set lease_time = @lease_time::timestamptz
where id = (select r.id from product_sync_runs r where r.id = @id and r.worker = @worker::uuid for update skip locked);

-- name: HasSyncRun :one
-- HasSyncRun says whether a worker still has a run.
select exists (select 1 from product_sync_runs where id = @id and worker = @worker::uuid);

-- name: ReleaseSyncRun :exec
-- ReleaseSyncRun lets another worker go on at once.
update product_sync_runs set worker = null, lease_time = null where id = @id and worker = @worker::uuid;

-- name: RestartReading :exec
-- RestartReading forgets what was read, but not what was merged: reading the same file gives the same rows.
update product_sync_runs r set
    state = 'reading', staged_through = 0, staged = 0, rows_read = 0, bytes_read = 0, update_time = @now,
    rejected_rows = (select count(distinct j.row) from product_sync_rejects j where j.run_id = r.id)
where r.id = @id;

-- name: SaveReading :exec
update product_sync_runs set
    format = @format, rows_read = @rows_read, bytes_read = @bytes_read, staged_through = @staged_through, staged = staged + @staged,
    rejected_rows = rejected_rows + @rejected_rows, rows_per_second = @rows_per_second, seconds_left = sqlc.narg(seconds_left)::bigint,
    lease_time = @lease_time::timestamptz, takeups = 0, update_time = @now
where id = @id;

-- name: SaveJoined :exec
-- SaveJoined notes that parts of products were put together.
update product_sync_runs set
    staged = staged - @joined, rejected_rows = rejected_rows + @rejected_rows, lease_time = @lease_time::timestamptz, takeups = 0, update_time = @now
where id = @id;

-- name: StartApplying :exec
-- StartApplying counts what there is to merge, and what was merged before the file had to be read again.
update product_sync_runs r set
    state = 'applying', bytes_read = bytes_total, rows_per_second = 0, seconds_left = null, update_time = @now,
    products_total = created + updated + unchanged
        + (select count(*) from product_sync_rows s where s.run_id = r.id and s.row > r.applied_through)
where r.id = @id;

-- name: SaveApplied :exec
update product_sync_runs set
    applied_through = @applied_through, created = created + @created, updated = updated + @updated, unchanged = unchanged + @unchanged,
    staged = staged - @dropped, products_total = products_total - @dropped,
    rejected_rows = rejected_rows + @rejected_rows, rows_per_second = @rows_per_second, seconds_left = sqlc.narg(seconds_left)::bigint,
    lease_time = @lease_time::timestamptz, takeups = 0, update_time = @now
where id = @id;

-- name: ListAbandonedSyncRuns :many
-- ListAbandonedSyncRuns returns runs whose file was never completed.
select id from product_sync_runs where state = 'uploading' and create_time < @before::timestamptz order by create_time limit 10;

-- name: ListUnclearedSyncRuns :many
-- ListUnclearedSyncRuns returns runs that ended, but whose file or staged rows were left behind by a worker that died.
select id from product_sync_runs where state in ('done', 'failed', 'cancelled') and not cleared order by id limit 10;

-- name: MarkSyncCleared :exec
update product_sync_runs set cleared = true where id = @id;

-- name: SettleSyncStep :exec
-- SettleSyncStep gives the statements of this transaction more time than a shopper would wait, and has them look rows up by
-- index: the tables are filled so fast that their statistics tell the planner nothing.
select set_config('statement_timeout', '60s', true), set_config('lock_timeout', '30s', true), set_config('plan_cache_mode', 'auto', true),
    set_config('enable_seqscan', 'off', true), set_config('enable_mergejoin', 'off', true), set_config('random_page_cost', '1.1', true);

-- name: LockProductMerge :exec
-- LockProductMerge lets one batch of any run merge at a time, so that no two look for the same slug or category.
select pg_advisory_xact_lock(hashtext('product.merge'));
