-- name: AddExport :one
insert into product_exports (id, schedule_id, format, filter, state, created_by, create_time)
values (@id, sqlc.narg(schedule_id)::uuid, @format, @filter, 'queued', @created_by, @now)
returning *;

-- name: CountWaitingExports :one
select count(*) from (select from product_exports where state in ('queued', 'running') limit @count_limit) counted;

-- name: GetExport :one
select * from product_exports where id = @id;

-- name: ListExports :many
select * from product_exports where id < @before_id order by id desc limit @page_size;

-- name: TakeExport :one
-- TakeExport gives the export that waits longest to a worker. No row: none waits.
update product_exports set
    state = 'running', worker = @worker::uuid, lease_time = @lease_time::timestamptz, takeups = takeups + 1, total = 0, written = 0, left_out = 0,
    start_time = coalesce(start_time, @now::timestamptz)
where id = (
    select e.id from product_exports e
    where e.state in ('queued', 'running') and (e.lease_time is null or e.lease_time <= @now::timestamptz)
    order by e.id limit 1 for update skip locked
)
returning *;

-- name: SaveExportProgress :execrows
-- SaveExportProgress keeps the export with its worker. No row: another has it.
update product_exports set total = @total, written = @written, left_out = @left_out, lease_time = @lease_time::timestamptz
where id = @id and worker = @worker::uuid and state = 'running';

-- name: FinishExport :execrows
update product_exports set
    state = 'done', file_key = @file_key::text, bytes = @bytes, total = @written, written = @written, left_out = @left_out, worker = null, lease_time = null,
    end_time = @now::timestamptz
where id = @id and worker = @worker::uuid and state = 'running';

-- name: FailExport :exec
update product_exports set state = 'failed', problem = @problem, worker = null, lease_time = null, end_time = @now::timestamptz
where id = @id and worker = @worker::uuid and state = 'running';

-- name: CancelExport :one
-- CancelExport takes an export from its worker, which notices when it next says how far it is. What ended stays as it is.
update product_exports set
    state = case when state in ('queued', 'running') then 'cancelled' else state end,
    end_time = case when state in ('queued', 'running') then @now::timestamptz else end_time end, worker = null, lease_time = null
where id = @id
returning *;

-- name: ReleaseExport :exec
-- ReleaseExport lets another worker make it, in a while.
update product_exports set worker = null, lease_time = @lease_time::timestamptz where id = @id and worker = @worker::uuid;

-- name: ListOldExports :many
-- ListOldExports returns exports whose time is over. The newest file of a schedule stays, whatever its age.
select e.id, e.file_key from product_exports e
where e.end_time < @before::timestamptz and (e.schedule_id is null or e.state <> 'done'
    or exists (select from product_exports n where n.schedule_id = e.schedule_id and n.state = 'done' and n.id > e.id))
order by e.end_time
limit @page_size;

-- name: ListReplacedExports :many
-- ListReplacedExports returns files of schedules that newer ones have replaced for a while: whoever was reading has ended.
select o.id, o.file_key from product_export_schedules s
cross join lateral (
    select n.id, n.end_time from product_exports n where n.schedule_id = s.id and n.state = 'done' order by n.id desc limit 1
) newest
cross join lateral (
    select e.id, e.file_key from product_exports e where e.schedule_id = s.id and e.state = 'done' and e.id < newest.id order by e.id desc limit 10
) o
where newest.end_time < @before::timestamptz
limit @page_size;

-- name: DeleteExport :exec
delete from product_exports where id = @id;

-- name: AddExportSchedule :one
insert into product_export_schedules (id, format, filter, every_hours, token, next_time, created_by, create_time)
values (@id, @format, @filter, @every_hours, @token, @next_time, @created_by, @now)
returning *;

-- name: ListExportSchedules :many
select * from product_export_schedules order by id desc limit @page_size;

-- name: DeleteExportSchedule :exec
delete from product_export_schedules where id = @id;

-- name: LockDueExportSchedules :many
select * from product_export_schedules where next_time <= @now order by next_time limit @page_size for update skip locked;

-- name: SetExportScheduleTime :exec
update product_export_schedules set next_time = @next_time where id = @id;

-- name: HasWaitingExport :one
select exists (select from product_exports where schedule_id = @schedule_id::uuid and state in ('queued', 'running'));

-- name: FindScheduledExport :one
select e.* from product_export_schedules s
join product_exports e on e.schedule_id = s.id and e.state = 'done'
where s.token = @token
order by e.id desc
limit 1;
