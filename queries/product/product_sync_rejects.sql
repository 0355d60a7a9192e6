-- name: AddSyncRejects :copyfrom
insert into product_sync_rejects (run_id, row, part, column_name, value, reason, product_key)
values (@run_id, @row, @part, @column_name, @value, @reason, @product_key);

-- name: CountSyncRejects :one
select count(*) from product_sync_rejects where run_id = @run_id;

-- name: ListSyncRejectedAmong :many
-- ListSyncRejectedAmong returns which of these rows are listed already.
select distinct row from product_sync_rejects where run_id = @run_id and row = any(@rows::bigint[]);

-- name: ListSyncRejects :many
select * from product_sync_rejects
where run_id = @run_id and (row, part) > (@after_row::bigint, @after_part::int)
order by row, part
limit @page_size;

-- name: RemoveSyncRejects :execrows
-- RemoveSyncRejects makes room for the same refusals, when they are found again.
delete from product_sync_rejects j
using (select unnest(@rows::bigint[]) as row, unnest(@parts::int[]) as part) f
where j.run_id = @run_id and j.row = f.row and j.part = f.part;

-- name: RemoveReadingRejects :exec
-- RemoveReadingRejects makes room for the same refusals, when a file is read again from its beginning.
delete from product_sync_rejects where run_id = @run_id and part < 1000;

-- name: RemoveAllRejects :exec
delete from product_sync_rejects where run_id = @run_id;
