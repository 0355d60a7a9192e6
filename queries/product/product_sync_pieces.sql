-- name: AddSyncPiece :exec
insert into product_sync_pieces (run_id, byte_offset, data) values (@run_id, @byte_offset, @data);

-- name: HasSyncPiece :one
-- HasSyncPiece tells a piece that is sent again from another one.
select exists (select 1 from product_sync_pieces where run_id = @run_id and byte_offset = @byte_offset and data = @data);

-- name: GetSyncPiece :one
select data from product_sync_pieces where run_id = @run_id and byte_offset = @byte_offset;

-- name: RemoveSyncPieces :exec
delete from product_sync_pieces where run_id = @run_id;
