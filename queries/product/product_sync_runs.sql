-- name: AddSyncRun :one
insert into product_sync_runs (id, source_id, file_name, format, state, dry, fetches, created_by, create_time, update_time)
values (@id, @source_id, @file_name, @format, @state, @dry, @fetches, @created_by, @now, @now)
returning *;

-- name: GetSyncRun :one
select * from product_sync_runs where id = @id;

-- name: ListSyncRuns :many
select * from product_sync_runs where id < @before_id order by id desc limit @page_size;

-- name: ListSyncRunsOfSource :many
select * from product_sync_runs where source_id = @source_id and id < @before_id order by id desc limit @page_size;

-- name: ListWaitingSyncRuns :many
-- ListWaitingSyncRuns returns runs that no worker has and whose turn it is, oldest first.
select r.* from product_sync_runs r
where r.phase = 'working' and (r.lease_time is null or r.lease_time <= @now::timestamptz) and r.id > @after_id
    and product_sync_has_turn(r.id, r.source_id, r.state)
order by r.id
limit @page_size;

-- name: LockSyncRun :one
select * from product_sync_runs where id = @id for update;

-- name: LockOwnSyncRun :one
-- LockOwnSyncRun returns the run if this worker still has it and nobody has stopped it. Each step of the work begins with it.
select * from product_sync_runs where id = @id and worker = @worker::uuid
    and phase = 'working' for update;

-- name: GrowSyncFile :exec
update product_sync_runs set bytes_total = @bytes_total, update_time = @now where id = @id;

-- name: SetSyncState :one
-- SetSyncState queues a run, or ends it; an end time ends the lease as well.
update product_sync_runs set
    state = @state, problem = @problem, end_time = sqlc.narg(end_time)::timestamptz, update_time = @now, worker = null, lease_time = null,
    rows_per_second = 0, seconds_left = null
where id = @id
returning *;

-- name: QueueMappedRun :one
-- QueueMappedRun queues a run whose file is read by a mapping of its own. What was staged of a compared one no longer counts, so that it is read
-- again from its beginning.
update product_sync_runs set
    state = 'queued', format = @format, mapping = @mapping, staged = case when state = 'compared' then -1 else staged end, gone_held = 0, gone_note = '',
    refused = 0, update_time = @now, worker = null, lease_time = null
where id = @id
returning *;

-- name: TakeSyncRun :one
-- TakeSyncRun gives a waiting run to a worker. No row: another worker has it, it is not its turn, or there is nothing to do.
update product_sync_runs r set
    worker = @worker::uuid, lease_time = @lease_time::timestamptz, takeups = takeups + 1, start_time = coalesce(start_time, @now), update_time = @now,
    state = case when state = 'queued' and fetches then 'fetching' when state = 'queued' then 'reading' else state end
where r.id = @id and r.phase = 'working' and (r.lease_time is null or r.lease_time <= @now::timestamptz)
    and product_sync_has_turn(r.id, r.source_id, r.state)
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
    state = 'reading', staged_through = 0, staged = 0, rows_read = 0, bytes_read = 0, compared_through = 0, would_create = 0, would_update = 0,
    would_keep = 0, would_go = 0, offers_through = case when dry then 0 else offers_through end,
    texts_through = case when dry then 0 else texts_through end, refused = case when applied_through = 0 then 0 else refused end, update_time = @now,
    rejected_rows = (select count(distinct j.row) from product_sync_rejects j where j.run_id = r.id)
where r.id = @id;

-- name: SaveReading :exec
-- SaveReading notes how far the file is read. To read again what is staged already is no progress.
update product_sync_runs set
    format = @format, rows_read = @rows_read, bytes_read = @bytes_read, staged_through = @staged_through, staged = staged + @staged,
    rejected_rows = rejected_rows + @rejected_rows, refused = refused + @refused, rows_per_second = @rows_per_second,
    seconds_left = sqlc.narg(seconds_left)::bigint, lease_time = @lease_time::timestamptz,
    takeups = case when @staged_through > staged_through then 0 else takeups end, update_time = @now
where id = @id;

-- name: SaveJoined :exec
-- SaveJoined notes that parts of products were put together.
update product_sync_runs set
    staged = staged - @joined, rejected_rows = rejected_rows + @rejected_rows, lease_time = @lease_time::timestamptz, takeups = 0, update_time = @now
where id = @id;

-- name: StartApplying :exec
-- StartApplying counts what there is to merge, and what was merged before the file had to be read again.
update product_sync_runs r set
    state = 'applying', dry = false, offers_through = case when dry then 0 else offers_through end,
    texts_through = case when dry then 0 else texts_through end, bytes_read = bytes_total, rows_per_second = 0, seconds_left = null, update_time = @now,
    products_total = created + updated + unchanged
        + (select count(*) from product_sync_rows s where s.run_id = r.id and s.row > r.applied_through)
        + (select count(*) from product_sync_offers o where o.run_id = r.id and o.row > case when r.dry then 0 else r.offers_through end)
        + (select count(*) from product_sync_texts t where t.run_id = r.id and t.row > case when r.dry then 0 else r.texts_through end)
where r.id = @id;

-- name: SaveApplied :exec
update product_sync_runs set
    applied_through = @applied_through, created = created + @created, updated = updated + @updated, unchanged = unchanged + @unchanged,
    staged = staged - @dropped, products_total = products_total - @dropped, refused = refused + @dropped,
    rejected_rows = rejected_rows + @rejected_rows, rows_per_second = @rows_per_second, seconds_left = sqlc.narg(seconds_left)::bigint,
    lease_time = @lease_time::timestamptz, takeups = 0, update_time = @now
where id = @id;

-- name: ListAbandonedSyncRuns :many
-- ListAbandonedSyncRuns returns runs whose file was never completed, and dry runs that nobody applied.
select id, state from product_sync_runs
where phase = 'waiting' and create_time < case state when 'uploading' then @uploading_before::timestamptz else @compared_before::timestamptz end
order by create_time
limit 10;

-- name: ListUnclearedSyncRuns :many
-- ListUnclearedSyncRuns returns runs that ended, but whose file or staged rows were left behind by a worker that died.
select id from product_sync_runs where phase = 'ended' and not cleared order by id limit 10;

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

-- name: StartComparing :exec
-- StartComparing notes how many products there are to compare.
update product_sync_runs r set
    bytes_read = bytes_total, rows_per_second = 0, seconds_left = null, update_time = @now,
    products_total = staged
where r.id = @id;

-- name: SaveCompared :exec
update product_sync_runs set
    compared_through = @compared_through, would_create = would_create + @would_create, would_update = would_update + @would_update,
    would_keep = would_keep + @would_keep, offers_through = @offers_through, texts_through = @texts_through, staged = staged - @dropped, products_total = products_total - @dropped, refused = refused + @dropped,
    rejected_rows = rejected_rows + @rejected_rows, lease_time = @lease_time::timestamptz, takeups = 0, update_time = @now
where id = @id;

-- name: EndComparing :exec
-- EndComparing lets the run wait for staff.
update product_sync_runs set state = 'compared', would_go = @would_go, gone_held = @gone_held, gone_note = @gone_note,
    worker = null, lease_time = null, update_time = @now
where id = @id;

-- name: StartRemoving :exec
update product_sync_runs set state = 'removing', gone_held = 0, gone_note = '', end_time = null, update_time = @now where id = @id;

-- name: SaveRemoved :exec
update product_sync_runs set gone = gone + @gone, lease_time = @lease_time::timestamptz, takeups = 0, update_time = @now where id = @id;

-- name: HoldGone :exec
-- HoldGone notes why nothing was taken off sale.
update product_sync_runs set gone_held = @gone_held, gone_note = @gone_note where id = @id;

-- name: HasNewerSyncRun :one
-- HasNewerSyncRun says whether a source changed products, or is about to, after one of its runs.
select exists (
    select 1 from product_sync_runs r
    where r.source_id = @source_id and r.id > @id and r.state <> 'undone'
        and (r.created + r.updated + r.gone > 0 or r.phase = 'working'));

-- name: StartUndoing :one
update product_sync_runs set
    state = 'undoing', undo_by = @undo_by, end_time = null, worker = null, lease_time = null, takeups = 0, update_time = @now
where id = @id
returning *;

-- name: SaveUndone :exec
update product_sync_runs set
    undo_key = @undo_key, undo_product = @undo_product, undo_removed = undo_removed + @removed, undo_archived = undo_archived + @archived,
    undo_restored = undo_restored + @restored, undo_left = undo_left + @left_alone, lease_time = @lease_time::timestamptz, takeups = 0, update_time = @now
where id = @id;

-- name: SaveFetched :exec
-- SaveFetched notes that the file is here.
update product_sync_runs set
    state = 'reading', file_name = @file_name, bytes_total = @bytes_total, etag = @etag, last_modified = @last_modified, file_hash = @file_hash,
    lease_time = @lease_time::timestamptz, takeups = 0, update_time = @now
where id = @id;

-- name: GetBusySyncRun :one
-- GetBusySyncRun returns a run of the source that is at work or about to be.
select * from product_sync_runs
where source_id = @source_id and phase = 'working'
limit 1;

-- name: HasSyncRunSince :one
-- HasSyncRunSince looks at a source's newest run.
select exists (
    select 1 from (select r.create_time from product_sync_runs r where r.source_id = @source_id order by r.id desc limit 1) newest
    where newest.create_time > @since::timestamptz);

-- name: SaveParts :exec
-- SaveParts notes how far offers, texts and related products are merged. Those that were refused are taken out of the total.
update product_sync_runs set
    offers_through = @offers_through, texts_through = @texts_through, related_through = @related_through, updated = updated + @updated,
    unchanged = unchanged + @unchanged, staged = staged - @dropped, products_total = products_total - @dropped,
    rejected_rows = rejected_rows + @rejected_rows, lease_time = @lease_time::timestamptz, takeups = 0, update_time = @now
where id = @id;

-- name: ListOldSyncRuns :many
-- ListOldSyncRuns returns runs whose time is over. The newest of a source stays, whatever its age: it is what staff look at first.
select r.end_time::timestamptz as end_time, r.id from product_sync_runs r
where r.cleared and r.end_time < @before::timestamptz and (r.end_time, r.id) > (@after_time::timestamptz, @after_id::uuid)
    and exists (select from product_sync_runs n where n.source_id = r.source_id and n.id > r.id)
order by r.end_time, r.id
limit @page_size;

-- name: DeleteSyncRun :exec
delete from product_sync_runs where id = @id and cleared and end_time is not null;
