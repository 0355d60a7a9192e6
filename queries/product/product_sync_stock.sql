-- name: NextSyncStock :one
select * from product_sync_stock where run_id = @run_id order by batch, part limit 1;

-- name: RemoveSyncStock :exec
delete from product_sync_stock where run_id = @run_id and batch = @batch and part = @part;
